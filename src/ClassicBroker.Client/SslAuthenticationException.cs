namespace ClassicBroker.Client;

/// <summary>
/// TLS with a broker did not come about, for a reason that another attempt will meet again: a certificate one side does not accept, or no
/// TLS on that port. The message names the reason.
/// </summary>
public sealed class SslAuthenticationException : KafkaException
{
    /// <summary>Reports that <paramref name="address"/> could not be reached by TLS because of <paramref name="cause"/>.</summary>
    public SslAuthenticationException(string address, Exception cause)
        : base($"{address}: {cause.Message}", cause) => BrokerAddress = Address = address;

    /// <summary><c>host:port</c> of the broker.</summary>
    public string Address { get; }

    /// <inheritdoc/>
    public override bool IsRetriable => false;
}
