using System.Globalization;

namespace ClassicBroker.Rpc;

/// <summary>
/// Recognises other protocols by their first four bytes, which were taken for a frame length: the usual reason is a wrong port, or TLS on
/// one side only.
/// </summary>
internal static class ForeignBytes
{
    private const int ContentTypeAlert = 0x15;
    private const int ContentTypeHandshake = 0x16;
    private const int TlsMajorVersion = 0x03;

    /// <summary>The protocol's name put into <paramref name="sentence"/>; empty where it is not recognised.</summary>
    public static string Describe(int length, string sentence) =>
        Name(length) is { } name ? string.Format(CultureInfo.InvariantCulture, sentence, name) : "";

    private static string? Name(int length)
    {
        var first = (length >> 24) & 0xFF;
        var second = (length >> 16) & 0xFF;
        if (first is ContentTypeAlert or ContentTypeHandshake && second == TlsMajorVersion)
        {
            return "TLS";
        }

        return length switch
        {
            0x48545450 or 0x47455420 or 0x504F5354 or 0x50555420 or 0x48454144 => "HTTP",
            0x5353482D => "SSH",
            _ => null,
        };
    }
}
