using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>
/// The broker did not accept this client's login, or did not prove itself; another attempt will meet the same. The message is the broker's
/// own where it gave one.
/// </summary>
public sealed class SaslAuthenticationException : KafkaException
{
    /// <summary>Reports that the broker at <paramref name="address"/> could not be logged in to.</summary>
    public SaslAuthenticationException(string address, ErrorCode code, string reason)
        : base(code, reason) => BrokerAddress = Address = address;

    /// <summary><c>host:port</c> of the broker.</summary>
    public string Address { get; }

    /// <inheritdoc/>
    public override bool IsRetriable => false;
}
