using System.Buffers.Binary;
using System.Diagnostics;
using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// A view of the 61 bytes that open a v2 record batch (KIP-98), and the places where a broker stamps a batch it was sent.
/// The view reads from the bytes it was given and owns nothing.
/// </summary>
/// <remarks>
/// <code>
/// 0   baseOffset            int64    producers send 0, the leader overwrites
/// 8   batchLength           int32    bytes after this field
/// 12  partitionLeaderEpoch  int32    -1 from producers, the leader overwrites
/// 16  magic                 int8     2
/// 17  crc                   uint32   CRC-32C of everything from 21 on
/// 21  attributes            int16    bits 0-2 codec, 3 log append time, 4 transactional, 5 control, 6 delete horizon
/// 23  lastOffsetDelta       int32    last offset - base offset, kept by compaction
/// 27  baseTimestamp         int64    of the first record, or the delete horizon (bit 6); -1 none
/// 35  maxTimestamp          int64    or the append time (bit 3)
/// 43  producerId            int64    -1 none
/// 51  producerEpoch         int16    -1 none
/// 53  baseSequence          int32    -1 none
/// 57  recordCount           int32
/// 61  records                        compressed as one block when there is a codec
/// </code>
/// Base offset and leader epoch stand outside the checksum, so that stamping them costs nothing.
/// </remarks>
public readonly ref struct RecordBatchHeader
{
    public const int Size = 61;
    public const int PartitionLeaderEpochOffset = 12;
    public const int CrcOffset = 17;
    public const int AttributesOffset = 21;
    public const int LastOffsetDeltaOffset = 23;
    public const int BaseTimestampOffset = 27;
    public const int MaxTimestampOffset = 35;
    public const int ProducerIdOffset = 43;
    public const int ProducerEpochOffset = 51;
    public const int BaseSequenceOffset = 53;
    public const int RecordCountOffset = 57;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <param name="bytes">The batch from its first byte; at least its header.</param>
    public RecordBatchHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Size)
        {
            throw new CorruptRecordException($"A record batch of {bytes.Length} bytes is smaller than its header of {Size}.");
        }

        _bytes = bytes;
    }

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(_bytes);

    public int BatchLength => BinaryPrimitives.ReadInt32BigEndian(_bytes[RecordFormat.SizeOffset..]);

    /// <summary>The whole batch, its offset and length fields included.</summary>
    public int SizeInBytes => BatchLength + RecordFormat.LogOverhead;

    public int PartitionLeaderEpoch => BinaryPrimitives.ReadInt32BigEndian(_bytes[PartitionLeaderEpochOffset..]);

    public byte Magic => _bytes[RecordFormat.MagicOffset];

    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(_bytes[CrcOffset..]);

    public short Attributes => BinaryPrimitives.ReadInt16BigEndian(_bytes[AttributesOffset..]);

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(_bytes[LastOffsetDeltaOffset..]);

    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[BaseTimestampOffset..]);

    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(_bytes[MaxTimestampOffset..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(_bytes[ProducerIdOffset..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(_bytes[ProducerEpochOffset..]);

    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(_bytes[BaseSequenceOffset..]);

    public int RecordCount => BinaryPrimitives.ReadInt32BigEndian(_bytes[RecordCountOffset..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public int LastSequence => BaseSequence == RecordFormat.NoSequence
        ? RecordFormat.NoSequence
        : ProducerSequence.Add(BaseSequence, LastOffsetDelta);

    public CompressionCodec Codec => (CompressionCodec)(Attributes & RecordBatchAttributes.CodecMask);

    public TimestampType TimestampType => (Attributes & RecordBatchAttributes.LogAppendTime) != 0
        ? TimestampType.LogAppendTime
        : TimestampType.CreateTime;

    public bool IsTransactional => (Attributes & RecordBatchAttributes.Transactional) != 0;

    public bool IsControl => (Attributes & RecordBatchAttributes.Control) != 0;

    public bool HasDeleteHorizon => (Attributes & RecordBatchAttributes.DeleteHorizon) != 0;

    /// <summary>When tombstones and markers of this batch may go (KIP-534); -1 where none is set.</summary>
    public long DeleteHorizonMs => HasDeleteHorizon ? BaseTimestamp : RecordFormat.NoTimestamp;

    public bool HasProducerId => ProducerId != RecordFormat.NoProducerId;

    /// <summary>The record section. Only where the view was made over the whole batch.</summary>
    public ReadOnlySpan<byte> Records => _bytes[Size..SizeInBytes];

    /// <summary>Does the checksum match? Only where the view was made over the whole batch.</summary>
    public bool IsCrcValid =>
        BatchLength >= Size - RecordFormat.LogOverhead
        && SizeInBytes <= _bytes.Length
        && Crc == ComputeCrc(_bytes[..SizeInBytes]);

    public static uint ComputeCrc(ReadOnlySpan<byte> batch) => Crc32C.Compute(batch[AttributesOffset..]);

    /// <summary>Moves the batch so that its last record has <paramref name="lastOffset"/>.</summary>
    public static void SetLastOffset(Span<byte> batch, long lastOffset) =>
        SetBaseOffset(batch, lastOffset - new RecordBatchHeader(batch).LastOffsetDelta);

    public static void SetBaseOffset(Span<byte> batch, long baseOffset) => BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);

    public static void SetPartitionLeaderEpoch(Span<byte> batch, int epoch) =>
        BinaryPrimitives.WriteInt32BigEndian(batch[PartitionLeaderEpochOffset..], epoch);

    /// <summary>Stamps type and maximum of the timestamps. The checksum is computed again only where something changed.</summary>
    public static void SetMaxTimestamp(Span<byte> batch, TimestampType type, long maxTimestamp)
    {
        Debug.Assert(type != TimestampType.NoTimestampType, "a v2 batch has timestamps");
        var header = new RecordBatchHeader(batch);
        if (header.TimestampType == type && header.MaxTimestamp == maxTimestamp)
        {
            return;
        }

        var attributes = (short)(header.Attributes & ~RecordBatchAttributes.LogAppendTime);
        if (type == TimestampType.LogAppendTime)
        {
            attributes |= RecordBatchAttributes.LogAppendTime;
        }

        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesOffset..], attributes);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampOffset..], maxTimestamp);
        UpdateCrc(batch);
    }

    /// <summary>Puts a finished batch under another producer id, epoch and sequence, as a producer does that starts a new epoch.</summary>
    public static void SetProducer(Span<byte> batch, long producerId, short producerEpoch, int baseSequence)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[ProducerIdOffset..], producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[ProducerEpochOffset..], producerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BaseSequenceOffset..], baseSequence);
        UpdateCrc(batch);
    }

    /// <summary>
    /// Makes a header one of a batch without records, as compaction leaves it to keep a producer's sequences: offsets, times, producer and
    /// transaction stay; codec, delete horizon and base timestamp go.
    /// </summary>
    public static void ClearRecords(Span<byte> header)
    {
        const int Cleared = RecordBatchAttributes.CodecMask | RecordBatchAttributes.DeleteHorizon;
        var attributes = (short)(new RecordBatchHeader(header).Attributes & ~Cleared);
        BinaryPrimitives.WriteInt32BigEndian(header[RecordFormat.SizeOffset..], Size - RecordFormat.LogOverhead);
        BinaryPrimitives.WriteInt16BigEndian(header[AttributesOffset..], attributes);
        BinaryPrimitives.WriteInt64BigEndian(header[BaseTimestampOffset..], RecordFormat.NoTimestamp);
        BinaryPrimitives.WriteInt32BigEndian(header[RecordCountOffset..], 0);
        UpdateCrc(header);
    }

    /// <summary>Makes the checksum fit the bytes again.</summary>
    public static void UpdateCrc(Span<byte> batch)
    {
        var sizeInBytes = new RecordBatchHeader(batch).SizeInBytes;
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcOffset..], ComputeCrc(batch[..sizeInBytes]));
    }
}
