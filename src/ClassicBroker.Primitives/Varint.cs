using System.Numerics;

namespace ClassicBroker.Primitives;

/// <summary>
/// Variable-length integers: zigzag LEB128 inside record batches (signed), plain LEB128 in flexible messages (unsigned).
/// Seven bits a byte, low bits first, high bit set on all but the last byte.
/// </summary>
public static class Varint
{
    /// <summary>Bytes the longest 32-bit value takes.</summary>
    public const int MaxInt32Length = 5;

    /// <summary>Bytes the longest 64-bit value takes.</summary>
    public const int MaxInt64Length = 10;

    public static int Length(int value) => UnsignedLength(ZigZag(value));

    public static int Length(long value) => UnsignedLength(ZigZag(value));

    public static int UnsignedLength(uint value) => (38 - BitOperations.LeadingZeroCount(value | 1)) / 7;

    public static int UnsignedLength(ulong value) => (70 - BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <summary>Writes zigzag; returns the bytes written.</summary>
    public static int Write(Span<byte> destination, int value) => WriteUnsigned(destination, ZigZag(value));

    /// <summary>Writes zigzag; returns the bytes written.</summary>
    public static int Write(Span<byte> destination, long value) => WriteUnsigned(destination, ZigZag(value));

    public static int WriteUnsigned(Span<byte> destination, uint value) => WriteUnsigned(destination, (ulong)value);

    public static int WriteUnsigned(Span<byte> destination, ulong value)
    {
        var length = 0;
        while (value > 0x7F)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    public static bool TryRead(ReadOnlySpan<byte> source, out int value, out int length)
    {
        var ok = TryReadUnsigned(source, out uint raw, out length);
        value = (int)(raw >> 1) ^ -(int)(raw & 1);
        return ok;
    }

    public static bool TryRead(ReadOnlySpan<byte> source, out long value, out int length)
    {
        var ok = TryReadUnsigned(source, out ulong raw, out length);
        value = (long)(raw >> 1) ^ -(long)(raw & 1);
        return ok;
    }

    /// <summary>
    /// False where the bytes end early or a sixth byte would be needed; bits above the 32nd are dropped, as Kafka drops them.
    /// </summary>
    public static bool TryReadUnsigned(ReadOnlySpan<byte> source, out uint value, out int length)
    {
        value = 0;
        for (length = 0; length < MaxInt32Length && length < source.Length;)
        {
            var next = source[length];
            value |= (next & 0x7Fu) << (7 * length);
            length++;
            if (next <= 0x7F)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>False where the bytes end early or an eleventh byte would be needed.</summary>
    public static bool TryReadUnsigned(ReadOnlySpan<byte> source, out ulong value, out int length)
    {
        value = 0;
        for (length = 0; length < MaxInt64Length && length < source.Length;)
        {
            var next = source[length];
            value |= (next & 0x7FUL) << (7 * length);
            length++;
            if (next <= 0x7F)
            {
                return true;
            }
        }

        return false;
    }

    private static uint ZigZag(int value) => (uint)((value << 1) ^ (value >> 31));

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
