using System.Buffers.Binary;

namespace ClassicBroker.Primitives;

/// <summary>
/// Writes big-endian values front to back into a span its caller sized; writing past the end is the caller's bug and throws.
/// </summary>
public ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Bytes written so far.</summary>
    public int Position { get; private set; }

    public readonly int Remaining => _destination.Length - Position;

    public void WriteByte(byte value) => Next(1)[0] = value;

    public void WriteInt8(sbyte value) => Next(1)[0] = (byte)value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Next(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Next(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Next(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Next(8), value);

    public void WriteVarint(int value) => Position += Varint.Write(_destination[Position..], value);

    public void WriteVarlong(long value) => Position += Varint.Write(_destination[Position..], value);

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Next(value.Length));

    private Span<byte> Next(int count)
    {
        var slice = _destination.Slice(Position, count);
        Position += count;
        return slice;
    }
}
