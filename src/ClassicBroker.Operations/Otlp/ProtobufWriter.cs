using System.Buffers.Binary;
using System.Text;

namespace ClassicBroker.Operations.Otlp;

/// <summary>
/// Writes the few kinds of protobuf fields that OTLP has. A nested message is written in place: room is left for its length, which is
/// filled in behind it. Threading: one thread.
/// </summary>
internal sealed class ProtobufWriter
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int BytesType = 2;

    /// <summary>A length in four bytes of seven bits each, whatever it is.</summary>
    private const int LengthRoom = 4;

    private byte[] _buffer = new byte[4096];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Varint(int field, ulong value)
    {
        Tag(field, VarintType);
        Varint(value);
    }

    public void Fixed64(int field, ulong value)
    {
        Tag(field, Fixed64Type);
        BinaryPrimitives.WriteUInt64LittleEndian(Room(sizeof(ulong)), value);
        Length += sizeof(ulong);
    }

    public void Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    public void Text(int field, string value)
    {
        Tag(field, BytesType);
        Varint((ulong)Encoding.UTF8.GetByteCount(value));
        Length += Encoding.UTF8.GetBytes(value, Room(Encoding.UTF8.GetMaxByteCount(value.Length)));
    }

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, BytesType);
        Varint((ulong)value.Length);
        Append(value);
    }

    /// <summary>What is already in protobuf's form.</summary>
    public void Append(ReadOnlySpan<byte> written)
    {
        written.CopyTo(Room(written.Length));
        Length += written.Length;
    }

    /// <summary>Opens a nested message; the mark is for <see cref="End"/>.</summary>
    public int Begin(int field)
    {
        Tag(field, BytesType);
        Room(LengthRoom);
        Length += LengthRoom;
        return Length;
    }

    public void End(int mark)
    {
        var length = Length - mark;
        for (var i = 0; i < LengthRoom; i++)
        {
            var more = i < LengthRoom - 1 ? 0x80 : 0;
            _buffer[mark - LengthRoom + i] = (byte)(((length >> (7 * i)) & 0x7F) | more);
        }
    }

    private void Tag(int field, int type) => Varint((ulong)((field << 3) | type));

    private void Varint(ulong value)
    {
        var room = Room(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            room[count++] = (byte)(value | 0x80);
        }

        room[count++] = (byte)value;
        Length += count;
    }

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - Length < bytes)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
        }

        return _buffer.AsSpan(Length);
    }
}
