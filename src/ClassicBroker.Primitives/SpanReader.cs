using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace ClassicBroker.Primitives;

/// <summary>
/// Reads big-endian values front to back. Reading past the end throws <see cref="MalformedDataException"/>, never anything else.
/// </summary>
public ref struct SpanReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;

    /// <summary>Bytes consumed so far.</summary>
    public int Position { get; private set; }

    public readonly int Remaining => _source.Length - Position;

    public byte ReadByte() => Take(1)[0];

    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>LEB128 without a sign, at most five bytes.</summary>
    public uint ReadUnsignedVarint()
    {
        if (!Varint.TryReadUnsigned(_source[Position..], out uint value, out var length))
        {
            ThrowMalformed("varint is truncated or longer than 5 bytes");
        }

        Position += length;
        return value;
    }

    /// <summary>Zigzag LEB128, at most five bytes.</summary>
    public int ReadVarint()
    {
        if (!Varint.TryRead(_source[Position..], out int value, out var length))
        {
            ThrowMalformed("varint is truncated or longer than 5 bytes");
        }

        Position += length;
        return value;
    }

    /// <summary>Zigzag LEB128, at most ten bytes.</summary>
    public long ReadVarlong()
    {
        if (!Varint.TryRead(_source[Position..], out long value, out var length))
        {
            ThrowMalformed("varlong is truncated or longer than 10 bytes");
        }

        Position += length;
        return value;
    }

    /// <summary>The next <paramref name="count"/> bytes, not copied.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            ThrowMalformed($"{count} bytes wanted where {Remaining} are left");
        }

        var slice = _source.Slice(Position, count);
        Position += count;
        return slice;
    }

    [DoesNotReturn]
    private static void ThrowMalformed(string reason) => throw new MalformedDataException(reason);
}
