namespace ClassicBroker.Client;

/// <summary>What a connection speaks below Kafka's protocol, <c>security.protocol</c>.</summary>
public enum SecurityProtocol
{
    /// <summary>TCP as it is.</summary>
    Plaintext,

    /// <summary>TLS.</summary>
    Ssl,

    /// <summary>SASL over TCP as it is: passwords of PLAIN can be read on the way.</summary>
    SaslPlaintext,

    /// <summary>SASL over TLS.</summary>
    SaslSsl,
}
