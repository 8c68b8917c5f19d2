namespace ClassicBroker.Rpc;

/// <summary>
/// Recognises other protocols by their first four bytes, which were taken for a frame length: the usual reason is a wrong port, or TLS on
/// one side only.
/// </summary>
internal static class ForeignBytes
{
    private const string Tls = "TLS";
    private const string ZooKeeper = "ZooKeeper";
    private const int ContentTypeAlert = 0x15;
    private const int ContentTypeHandshake = 0x16;
    private const int TlsMajorVersion = 0x03;

    /// <summary>What a client that sent these bytes has got wrong; null where they are not recognised.</summary>
    public static string? RequestDescribed(int length) => Name(length) switch
    {
        Tls => "the client speaks TLS; this listener is plaintext",
        ZooKeeper => "the client speaks to a ZooKeeper; this is a broker's port",
        { } other => $"the client speaks {other}",
        null => null,
    };

    /// <summary>What it means that a server answered with these bytes; null where they are not recognised.</summary>
    public static string? AnswerDescribed(int length) => Name(length) switch
    {
        Tls => "it answered with TLS: the port wants security.protocol=SSL",
        { } other => $"it answered with {other}, not with Kafka's protocol",
        null => null,
    };

    private static string? Name(int length)
    {
        var first = (length >> 24) & 0xFF;
        var second = (length >> 16) & 0xFF;
        if (first is ContentTypeAlert or ContentTypeHandshake && second == TlsMajorVersion)
        {
            return Tls;
        }

        return length switch
        {
            0x48545450 or 0x47455420 or 0x504F5354 or 0x50555420 or 0x48454144 => "HTTP",
            0x5353482D => "SSH",
            0x72756F6B or 0x73746174 or 0x6D6E7472 or 0x73727672 or 0x636F6E66 or 0x656E7669 => ZooKeeper,
            _ => null,
        };
    }
}
