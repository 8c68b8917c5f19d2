namespace ClassicBroker.Client;

/// <summary>What a connection speaks below Kafka's protocol, <c>security.protocol</c>.</summary>
public enum SecurityProtocol
{
    /// <summary>TCP as it is.</summary>
    Plaintext,

    /// <summary>TLS.</summary>
    Ssl,
}
