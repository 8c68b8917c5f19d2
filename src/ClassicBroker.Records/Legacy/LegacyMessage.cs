using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// A view of one message of format 0 or 1 with its log frame, and the writer of such messages. The view owns nothing; its constructor
/// has checked every length in it.
/// </summary>
/// <remarks>
/// <code>
/// 0   offset      int64
/// 8   size        int32    bytes after this field
/// 12  crc         uint32   CRC-32 (zlib) of everything from 16 on
/// 16  magic       int8     0 or 1
/// 17  attributes  int8     bits 0-2 codec, bit 3 log append time (format 1)
/// 18  timestamp   int64    format 1 only (KIP-32)
/// …   keySize     int32    -1 null
///     key
///     valueSize   int32    -1 null
///     value                of a wrapper: the compressed inner messages
/// </code>
/// </remarks>
public readonly ref struct LegacyMessage
{
    public const int CrcOffset = 12;
    public const int AttributesOffset = 17;
    public const int TimestampOffset = 18;

    /// <summary>What <c>size</c> is for a message of format 0 with neither key nor value.</summary>
    public const int OverheadV0 = 14;

    /// <summary>What <c>size</c> is for a message of format 1 with neither key nor value.</summary>
    public const int OverheadV1 = 22;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <param name="bytes">The message from its offset field to its last byte; what follows is ignored.</param>
    /// <exception cref="CorruptRecordException">The lengths do not fit each other.</exception>
    public LegacyMessage(ReadOnlySpan<byte> bytes)
    {
        if (!BatchHeader.TryRead(bytes, 0, out var header) || header.SizeInBytes > bytes.Length)
        {
            throw new CorruptRecordException($"A message is cut off after {bytes.Length} bytes.");
        }

        if (header.Magic > RecordFormat.MagicV1)
        {
            throw new CorruptRecordException($"Magic {header.Magic} where a message of format 0 or 1 was expected.");
        }

        _bytes = bytes[..header.SizeInBytes];
        var rest = _bytes[HeaderSize(header.Magic)..];
        Key = TakeField(ref rest, "key");
        Value = TakeField(ref rest, "value");
        if (!rest.IsEmpty)
        {
            throw new CorruptRecordException($"A message has {rest.Length} bytes after its value.");
        }
    }

    public long Offset => BinaryPrimitives.ReadInt64BigEndian(_bytes);

    public int SizeInBytes => _bytes.Length;

    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(_bytes[CrcOffset..]);

    public bool IsCrcValid => Crc == ComputeCrc(_bytes);

    public byte Magic => _bytes[RecordFormat.MagicOffset];

    public byte Attributes => _bytes[AttributesOffset];

    public CompressionCodec Codec => (CompressionCodec)(Attributes & RecordBatchAttributes.CodecMask);

    public bool IsCompressed => Codec != CompressionCodec.None;

    public TimestampType TimestampType => Magic == RecordFormat.MagicV0
        ? TimestampType.NoTimestampType
        : (Attributes & RecordBatchAttributes.LogAppendTime) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public long Timestamp => Magic == RecordFormat.MagicV0
        ? RecordFormat.NoTimestamp
        : BinaryPrimitives.ReadInt64BigEndian(_bytes[TimestampOffset..]);

    public NullableBytes Key { get; }

    public NullableBytes Value { get; }

    /// <summary>Bytes before the key size, log frame included.</summary>
    public static int HeaderSize(byte magic) => magic == RecordFormat.MagicV0 ? TimestampOffset : TimestampOffset + sizeof(long);

    /// <summary>The whole message with its log frame.</summary>
    public static int SizeOf(byte magic, int keyLength, int valueLength) =>
        HeaderSize(magic) + sizeof(int) + keyLength + sizeof(int) + valueLength;

    public static uint ComputeCrc(ReadOnlySpan<byte> message) => Crc32.HashToUInt32(message[RecordFormat.MagicOffset..]);

    public static void SetOffset(Span<byte> message, long offset) => BinaryPrimitives.WriteInt64BigEndian(message, offset);

    /// <summary>Stamps type and timestamp of a message of format 1; the checksum is computed again only where something changed.</summary>
    public static void SetTimestamp(Span<byte> message, TimestampType type, long timestamp)
    {
        Debug.Assert(message[RecordFormat.MagicOffset] == RecordFormat.MagicV1, "format 0 has no timestamps");
        var attributes = (byte)(message[AttributesOffset] & ~RecordBatchAttributes.LogAppendTime);
        if (type == TimestampType.LogAppendTime)
        {
            attributes |= (byte)RecordBatchAttributes.LogAppendTime;
        }

        if (message[AttributesOffset] == attributes && BinaryPrimitives.ReadInt64BigEndian(message[TimestampOffset..]) == timestamp)
        {
            return;
        }

        message[AttributesOffset] = attributes;
        BinaryPrimitives.WriteInt64BigEndian(message[TimestampOffset..], timestamp);
        UpdateCrc(message);
    }

    /// <summary>Writes one message, checksum included; returns its size.</summary>
    public static int Write(
        Span<byte> destination, byte magic, byte attributes, long offset, long timestamp, NullableBytes key, NullableBytes value)
    {
        var sizeInBytes = SizeOf(magic, key.Length, value.Length);
        var writer = new SpanWriter(destination[..sizeInBytes]);
        writer.WriteInt64(offset);
        writer.WriteInt32(sizeInBytes - RecordFormat.LogOverhead);
        writer.WriteInt32(0);
        writer.WriteByte(magic);
        writer.WriteByte(attributes);
        if (magic != RecordFormat.MagicV0)
        {
            writer.WriteInt64(timestamp);
        }

        writer.WriteInt32(key.IsNull ? -1 : key.Length);
        writer.WriteBytes(key.Span);
        writer.WriteInt32(value.IsNull ? -1 : value.Length);
        writer.WriteBytes(value.Span);
        UpdateCrc(destination[..sizeInBytes]);
        return sizeInBytes;
    }

    private static void UpdateCrc(Span<byte> message)
    {
        var sizeInBytes = BinaryPrimitives.ReadInt32BigEndian(message[RecordFormat.SizeOffset..]) + RecordFormat.LogOverhead;
        BinaryPrimitives.WriteUInt32BigEndian(message[CrcOffset..], ComputeCrc(message[..sizeInBytes]));
    }

    private static NullableBytes TakeField(scoped ref ReadOnlySpan<byte> rest, string name)
    {
        if (rest.Length < sizeof(int))
        {
            throw new CorruptRecordException($"A message ends before its {name} size.");
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(rest);
        rest = rest[sizeof(int)..];
        if (length < -1 || length > rest.Length)
        {
            throw new CorruptRecordException($"A message has a {name} size of {length} with {rest.Length} bytes left.");
        }

        if (length == -1)
        {
            return NullableBytes.Null;
        }

        var field = rest[..length];
        rest = rest[length..];
        return field;
    }
}
