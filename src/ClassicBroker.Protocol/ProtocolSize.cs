using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>Encoded sizes of values whose length varies. Null is told by -1 in a plain length, by 0 in a compact one.</summary>
public static class ProtocolSize
{
    /// <summary>The longest string either encoding may carry, in bytes.</summary>
    public const int MaxStringLength = short.MaxValue;

    public static int String(string? value, bool flexible)
    {
        if (value is null)
        {
            return flexible ? 1 : 2;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        if (length > MaxStringLength)
        {
            ThrowTooLong(length);
        }

        return length + (flexible ? CompactLength(length) : 2);
    }

    public static int Bytes(byte[]? value, bool flexible)
    {
        var length = value?.Length ?? 0;
        return length + ArrayLength(value is null ? -1 : length, flexible);
    }

    /// <summary>External payloads count with their length prefix only.</summary>
    public static int Records(in RecordsPayload value, bool flexible)
    {
        var prefix = ArrayLength(value.IsNull ? -1 : value.Length, flexible);
        return value.External is null ? prefix + value.Length : prefix;
    }

    /// <summary>The length prefix of an array, of bytes and of records; -1 for null.</summary>
    public static int ArrayLength(int count, bool flexible) => flexible ? CompactLength(count) : 4;

    /// <summary>A tagged field with its tag and its size.</summary>
    public static int Tagged(uint tag, int size) => Varint.UnsignedLength(tag) + Varint.UnsignedLength((uint)size) + size;

    private static int CompactLength(int length) => Varint.UnsignedLength((uint)(length + 1));

    private static void ThrowTooLong(int length) =>
        throw new ArgumentException($"a string of {length} bytes is longer than the {MaxStringLength} the protocol allows");
}
