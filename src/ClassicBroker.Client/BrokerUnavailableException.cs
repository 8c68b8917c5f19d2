namespace ClassicBroker.Client;

/// <summary>A broker could not be reached, or the connection to it broke before the answer came; the message names the cause.</summary>
public sealed class BrokerUnavailableException : KafkaException
{
    /// <summary>Reports that there is no connection to <paramref name="address"/> because of <paramref name="cause"/>.</summary>
    public BrokerUnavailableException(string address, string reason, Exception? cause = null, bool isRetriable = true)
        : base($"{address}: {reason}", cause)
    {
        BrokerAddress = Address = address;
        IsRetriable = isRetriable;
    }

    /// <summary><c>host:port</c> of the broker.</summary>
    public string Address { get; }

    /// <inheritdoc/>
    public override bool IsRetriable { get; }
}
