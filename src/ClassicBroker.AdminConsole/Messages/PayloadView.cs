using System.Text;
using System.Text.Unicode;
using ClassicBroker.Records;

namespace ClassicBroker.AdminConsole.Messages;

/// <summary>
/// A key, a value or a header's value as pages show it: its beginning, as text where it is UTF-8, else as base64. Immutable.
/// </summary>
/// <param name="Size">Bytes in all; null where there is none, as of a tombstone.</param>
/// <param name="Text">The beginning as text; null where it is not UTF-8.</param>
/// <param name="Base64">The beginning as base64; null where it is text.</param>
/// <param name="IsCut">There is more than the beginning.</param>
internal sealed record PayloadView(int? Size, string? Text, string? Base64, bool IsCut)
{
    /// <summary>What a list shows of each payload.</summary>
    public const int PreviewBytes = 2048;

    private static readonly PayloadView None = new(null, null, null, false);

    public static PayloadView Of(NullableBytes bytes)
    {
        if (bytes.IsNull)
        {
            return None;
        }

        var shown = bytes.Span[..Math.Min(bytes.Length, PreviewBytes)];
        var isCut = shown.Length < bytes.Length;
        var whole = isCut ? WithoutCutCharacter(shown) : shown;
        return Utf8.IsValid(whole)
            ? new(bytes.Length, Encoding.UTF8.GetString(whole), null, isCut)
            : new(bytes.Length, null, Convert.ToBase64String(shown), isCut);
    }

    /// <summary>A character of several bytes may lie across the end of what is shown.</summary>
    private static ReadOnlySpan<byte> WithoutCutCharacter(ReadOnlySpan<byte> bytes)
    {
        const byte continuationMask = 0xC0;
        const byte continuation = 0x80;
        const int lengthMax = 4;
        for (var back = 1; back <= Math.Min(lengthMax, bytes.Length); back++)
        {
            var first = bytes[^back];
            if ((first & continuationMask) != continuation)
            {
                var length = first < continuation ? 1 : first >= 0xF0 ? lengthMax : first >= 0xE0 ? 3 : 2;
                return length > back ? bytes[..^back] : bytes;
            }
        }

        return bytes;
    }
}
