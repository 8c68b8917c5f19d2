using System.Buffers.Binary;
using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Protocol;

/// <summary>
/// Writes messages into a span sized by <see cref="IMessage.Size"/>. External records are not copied: their place is noted in the
/// splices. Writing past the end is a bug of the caller and throws.
/// </summary>
public ref struct ProtocolWriter(Span<byte> destination, PayloadSplices? splices = null)
{
    private readonly Span<byte> _destination = destination;
    private readonly PayloadSplices? _splices = splices;

    /// <summary>Bytes written so far.</summary>
    public int Position { get; private set; }

    public void WriteBool(bool value) => Next(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteInt8(sbyte value) => Next(1)[0] = (byte)value;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Next(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Next(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Next(8), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Next(8), value);

    public void WriteUuid(Uuid value) => value.Write(Next(Uuid.Size));

    public void WriteUnsignedVarint(int value) => Position += Varint.WriteUnsigned(_destination[Position..], (uint)value);

    public void WriteString(string? value, bool flexible)
    {
        if (value is null)
        {
            WriteStringLength(-1, flexible);
            return;
        }

        WriteStringLength(Encoding.UTF8.GetByteCount(value), flexible);
        Position += Encoding.UTF8.GetBytes(value, _destination[Position..]);
    }

    public void WriteBytes(byte[]? value, bool flexible)
    {
        WriteArrayLength(value?.Length ?? -1, flexible);
        value.CopyTo(Next(value?.Length ?? 0));
    }

    public void WriteRecords(in RecordsPayload value, bool flexible)
    {
        WriteArrayLength(value.IsNull ? -1 : value.Length, flexible);
        if (value.External is null)
        {
            value.Memory.Span.CopyTo(Next(value.Length));
            return;
        }

        if (_splices is null)
        {
            throw new InvalidOperationException("external records need a writer with splices");
        }

        _splices.Add(Position, value.External);
    }

    /// <summary>The length prefix of an array, of bytes and of records; -1 for null.</summary>
    public void WriteArrayLength(int count, bool flexible)
    {
        if (flexible)
        {
            WriteUnsignedVarint(count + 1);
        }
        else
        {
            WriteInt32(count);
        }
    }

    /// <summary>What goes before the value of a tagged field.</summary>
    public void WriteTag(int tag, int size)
    {
        WriteUnsignedVarint(tag);
        WriteUnsignedVarint(size);
    }

    private void WriteStringLength(int length, bool flexible)
    {
        if (flexible)
        {
            WriteUnsignedVarint(length + 1);
        }
        else
        {
            WriteInt16((short)length);
        }
    }

    private Span<byte> Next(int count)
    {
        var slice = _destination.Slice(Position, count);
        Position += count;
        return slice;
    }
}
