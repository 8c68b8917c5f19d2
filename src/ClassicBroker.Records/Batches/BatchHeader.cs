using System.Buffers.Binary;

namespace ClassicBroker.Records;

/// <summary>
/// What the first bytes of an entry tell, whatever its magic: a v2 batch, or a message of format 0 or 1, which counts as a
/// batch of its own. Copied out of the bytes, so that it outlives the buffer; nothing is decompressed.
/// </summary>
public readonly record struct BatchHeader
{
    /// <summary>Where the entry starts in what was scanned: a span or a file.</summary>
    public long Position { get; init; }

    /// <summary>The whole entry with its offset and size fields.</summary>
    public int SizeInBytes { get; private init; }

    public byte Magic { get; private init; }

    /// <summary>
    /// Offset of the first record. Of a compressed wrapper of format 0 or 1 only the last offset is known without decompression; this is
    /// then the same as <see cref="LastOffset"/>.
    /// </summary>
    public long BaseOffset { get; private init; }

    public long LastOffset { get; private init; }

    /// <summary>The largest timestamp, -1 where there is none.</summary>
    public long MaxTimestamp { get; private init; }

    public short Attributes { get; private init; }

    /// <summary>-1 below v2.</summary>
    public int PartitionLeaderEpoch { get; private init; }

    public long ProducerId { get; private init; }

    public short ProducerEpoch { get; private init; }

    public int BaseSequence { get; private init; }

    /// <summary>Records in the batch; -1 below v2, where it takes decompression to know.</summary>
    public int RecordCount { get; private init; }

    public CompressionCodec Codec => (CompressionCodec)(Attributes & RecordBatchAttributes.CodecMask);

    public bool IsCompressed => Codec != CompressionCodec.None;

    public TimestampType TimestampType => Magic == RecordFormat.MagicV0
        ? TimestampType.NoTimestampType
        : (Attributes & RecordBatchAttributes.LogAppendTime) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => Magic >= RecordFormat.MagicV2 && (Attributes & RecordBatchAttributes.Transactional) != 0;

    public bool IsControl => Magic >= RecordFormat.MagicV2 && (Attributes & RecordBatchAttributes.Control) != 0;

    public bool HasProducerId => ProducerId != RecordFormat.NoProducerId;

    public int LastSequence => BaseSequence == RecordFormat.NoSequence
        ? RecordFormat.NoSequence
        : ProducerSequence.Add(BaseSequence, (int)(LastOffset - BaseOffset));

    public long NextOffset => LastOffset + 1;

    /// <summary>
    /// Reads the header of the entry at the start of <paramref name="bytes"/>, of which
    /// <see cref="RecordFormat.MaxHeaderSize"/> are always enough and the body need not be there. False where the bytes end before
    /// the header does: a torn tail.
    /// </summary>
    /// <exception cref="CorruptRecordException">The size or magic cannot be those of an entry.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, long position, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < RecordFormat.LogOverhead)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordFormat.SizeOffset..]);
        if (size is < LegacyMessage.OverheadV0 or > int.MaxValue - RecordFormat.LogOverhead)
        {
            throw new CorruptRecordException($"Record size {size} at position {position} is not a possible size of a batch.");
        }

        if (bytes.Length < RecordFormat.PrefixSize)
        {
            return false;
        }

        var magic = bytes[RecordFormat.MagicOffset];
        if (magic > RecordFormat.CurrentMagic)
        {
            throw new CorruptRecordException($"Invalid magic found in record at position {position}: {(sbyte)magic}.");
        }

        if (size < LeastSize(magic))
        {
            throw new CorruptRecordException($"Record size {size} at position {position} is too small for magic {magic}.");
        }

        return magic == RecordFormat.MagicV2 ? TryReadV2(bytes, position, out header) : TryReadLegacy(bytes, position, magic, out header);
    }

    private static int LeastSize(byte magic) => magic switch
    {
        RecordFormat.MagicV0 => LegacyMessage.OverheadV0,
        RecordFormat.MagicV1 => LegacyMessage.OverheadV1,
        _ => RecordBatchHeader.Size - RecordFormat.LogOverhead,
    };

    private static bool TryReadV2(ReadOnlySpan<byte> bytes, long position, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < RecordBatchHeader.Size)
        {
            return false;
        }

        var v2 = new RecordBatchHeader(bytes);
        header = new BatchHeader
        {
            Position = position,
            SizeInBytes = v2.SizeInBytes,
            Magic = RecordFormat.MagicV2,
            BaseOffset = v2.BaseOffset,
            LastOffset = v2.LastOffset,
            MaxTimestamp = v2.MaxTimestamp,
            Attributes = v2.Attributes,
            PartitionLeaderEpoch = v2.PartitionLeaderEpoch,
            ProducerId = v2.ProducerId,
            ProducerEpoch = v2.ProducerEpoch,
            BaseSequence = v2.BaseSequence,
            RecordCount = v2.RecordCount,
        };
        return true;
    }

    private static bool TryReadLegacy(ReadOnlySpan<byte> bytes, long position, byte magic, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < LegacyMessage.HeaderSize(magic))
        {
            return false;
        }

        var offset = BinaryPrimitives.ReadInt64BigEndian(bytes);
        header = new BatchHeader
        {
            Position = position,
            SizeInBytes = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordFormat.SizeOffset..]) + RecordFormat.LogOverhead,
            Magic = magic,
            BaseOffset = offset,
            LastOffset = offset,
            MaxTimestamp = magic == RecordFormat.MagicV0
                ? RecordFormat.NoTimestamp
                : BinaryPrimitives.ReadInt64BigEndian(bytes[LegacyMessage.TimestampOffset..]),
            Attributes = bytes[LegacyMessage.AttributesOffset],
            PartitionLeaderEpoch = RecordFormat.NoPartitionLeaderEpoch,
            ProducerId = RecordFormat.NoProducerId,
            ProducerEpoch = RecordFormat.NoProducerEpoch,
            BaseSequence = RecordFormat.NoSequence,
            RecordCount = -1,
        };
        return true;
    }
}
