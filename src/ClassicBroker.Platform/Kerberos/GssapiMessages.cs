namespace ClassicBroker.Platform;

/// <summary>
/// What both halves say to each other once Kerberos is satisfied (RFC 4752), each wrapped:
/// <code>
/// server  layers offered (1 byte: 1 none, 2 integrity, 4 confidentiality), longest message (3 bytes)
/// client  layer chosen (1 byte), longest message (3 bytes), authorization id
/// </code>
/// Kafka and ZooKeeper have no layers of SASL, TLS does that, so that the only one is 1. Stateless.
/// </summary>
public static class GssapiMessages
{
    public const byte NoLayer = 1;
    public const int Length = 4;

    public static ReadOnlySpan<byte> WithoutLayer => [NoLayer, 0, 0, 0];
}
