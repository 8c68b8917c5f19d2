using System.Text;
using ClassicBroker.Primitives;

namespace ClassicBroker.Records;

/// <summary>
/// Builds one v2 batch at a time in pooled memory; nothing is allocated per record. What <see cref="Build"/> returns belongs to the
/// builder and lives until <see cref="Reset"/> or <see cref="Dispose"/>.
/// Threading: one owner, no locking.
/// </summary>
public sealed class RecordBatchBuilder : IDisposable
{
    /// <summary>Bytes one record takes at most beside its key, value and headers.</summary>
    private const int RecordOverheadMax = Varint.MaxInt32Length + 1 + Varint.MaxInt64Length + (4 * Varint.MaxInt32Length);

    private readonly PooledBuffer _plain;
    private PooledBuffer? _packed;
    private long _baseTimestamp = RecordFormat.NoTimestamp;

    public RecordBatchBuilder(Compression compression = default, int initialCapacity = 16 * 1024)
    {
        Compression = compression;
        _plain = new PooledBuffer(initialCapacity);
        Reset();
    }

    public Compression Compression { get; set; }

    public long BaseOffset { get; set; }

    public int PartitionLeaderEpoch { get; set; } = RecordFormat.NoPartitionLeaderEpoch;

    public long ProducerId { get; set; } = RecordFormat.NoProducerId;

    public short ProducerEpoch { get; set; } = RecordFormat.NoProducerEpoch;

    public int BaseSequence { get; set; } = RecordFormat.NoSequence;

    public bool IsTransactional { get; set; }

    public bool IsControl { get; set; }

    /// <summary>
    /// When the leader takes the records; set, it replaces every record's own timestamp and makes the type log append time.
    /// </summary>
    public long? LogAppendTimeMs { get; set; }

    /// <summary>When tombstones and markers in the batch may go (KIP-534). To be set before the first record.</summary>
    public long? DeleteHorizonMs { get; set; }

    /// <summary>The batch's last offset where it lies behind the last record's, as compaction leaves it.</summary>
    public long? LastOffset { get; set; }

    public int RecordCount { get; private set; }

    public bool IsEmpty => RecordCount == 0;

    /// <summary>Offset of the last record; only where there is one.</summary>
    public long LastRecordOffset { get; private set; }

    public long MaxTimestamp { get; private set; }

    /// <summary>Bytes so far, header included, not compressed.</summary>
    public int PlainSizeInBytes => _plain.Length;

    /// <summary>Bytes a record takes in a batch at most, whatever its place there.</summary>
    public static int RecordSizeMax(int keyLength, int valueLength, ReadOnlySpan<RecordHeader> headers) =>
        RecordOverheadMax + keyLength + valueLength + HeadersSize(headers);

    public void Append(long timestamp, NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers = default)
    {
        var destination = Begin(NextRecordOffset, timestamp, key, value, headers.Length, HeadersSize(headers));
        WriteHeaders(destination, headers);
        _plain.Advance(destination.Length);
    }

    /// <summary>Appends a record that was read from another batch, with an offset of its own and its headers as they are stored.</summary>
    public void AppendAt(long offset, long timestamp, NullableBytes key, NullableBytes value, RecordHeaders headers = default)
    {
        var destination = Begin(offset, timestamp, key, value, headers.Count, headers.Bytes.Length);
        headers.Bytes.CopyTo(destination);
        _plain.Advance(destination.Length);
    }

    /// <summary>Finishes the batch: compresses, writes the header, computes the checksum.</summary>
    public Memory<byte> Build()
    {
        var batch = _plain;
        if (Compression.Codec != CompressionCodec.None && RecordCount > 0)
        {
            batch = _packed ??= new PooledBuffer(_plain.Length);
            batch.Truncate(0);
            batch.GetSpan(RecordBatchHeader.Size);
            batch.Advance(RecordBatchHeader.Size);
            Codecs.Compress(Compression, RecordFormat.MagicV2, _plain.Span[RecordBatchHeader.Size..], batch);
        }

        WriteHeader(batch.Span);
        return batch.Memory;
    }

    /// <summary>Forgets the records and all that was set but the codec; the memory stays for the next batch.</summary>
    public void Reset()
    {
        _plain.Truncate(0);
        _plain.GetSpan(RecordBatchHeader.Size);
        _plain.Advance(RecordBatchHeader.Size);
        RecordCount = 0;
        LastRecordOffset = RecordFormat.NoOffset;
        MaxTimestamp = RecordFormat.NoTimestamp;
        BaseOffset = 0;
        PartitionLeaderEpoch = RecordFormat.NoPartitionLeaderEpoch;
        ProducerId = RecordFormat.NoProducerId;
        ProducerEpoch = RecordFormat.NoProducerEpoch;
        BaseSequence = RecordFormat.NoSequence;
        IsTransactional = false;
        IsControl = false;
        LogAppendTimeMs = null;
        DeleteHorizonMs = null;
        LastOffset = null;
    }

    public void Dispose()
    {
        _plain.Dispose();
        _packed?.Dispose();
    }

    private long NextRecordOffset => RecordCount == 0 ? BaseOffset : LastRecordOffset + 1;

    private static int HeadersSize(ReadOnlySpan<RecordHeader> headers)
    {
        var size = 0;
        foreach (var header in headers)
        {
            var keySize = Encoding.UTF8.GetByteCount(header.Key);
            var valueSize = header.Value?.Length ?? -1;
            size += Varint.Length(keySize) + keySize + Varint.Length(valueSize) + Math.Max(valueSize, 0);
        }

        return size;
    }

    private static void WriteHeaders(Span<byte> destination, ReadOnlySpan<RecordHeader> headers)
    {
        foreach (var header in headers)
        {
            var keySize = Encoding.UTF8.GetByteCount(header.Key);
            destination = destination[Varint.Write(destination, keySize)..];
            destination = destination[Encoding.UTF8.GetBytes(header.Key, destination)..];
            destination = destination[Varint.Write(destination, header.Value?.Length ?? -1)..];
            if (header.Value is { } value)
            {
                value.Span.CopyTo(destination);
                destination = destination[value.Length..];
            }
        }
    }

    private static int FieldSize(NullableBytes field) => field.IsNull ? 1 : Varint.Length(field.Length) + field.Length;

    private static void WriteField(ref SpanWriter writer, NullableBytes field)
    {
        writer.WriteVarint(field.IsNull ? -1 : field.Length);
        writer.WriteBytes(field.Span);
    }

    /// <summary>Writes a record up to its header count; returns the room its headers fill exactly.</summary>
    private Span<byte> Begin(
        long offset, long timestamp, NullableBytes key, NullableBytes value, int headerCount, int headersSize)
    {
        timestamp = Admit(offset, LogAppendTimeMs ?? timestamp);
        var timestampDelta = timestamp - _baseTimestamp;
        var offsetDelta = (int)(offset - BaseOffset);
        var bodySize = 1 + Varint.Length(timestampDelta) + Varint.Length(offsetDelta) + FieldSize(key) + FieldSize(value)
            + Varint.Length(headerCount) + headersSize;
        var prefixSize = Varint.Length(bodySize) + bodySize - headersSize;
        var writer = new SpanWriter(_plain.GetSpan(prefixSize + headersSize)[..prefixSize]);
        writer.WriteVarint(bodySize);
        writer.WriteByte(0);
        writer.WriteVarlong(timestampDelta);
        writer.WriteVarint(offsetDelta);
        WriteField(ref writer, key);
        WriteField(ref writer, value);
        writer.WriteVarint(headerCount);
        _plain.Advance(prefixSize);
        return _plain.GetSpan(headersSize)[..headersSize];
    }

    /// <summary>Counts the record in; its timestamp comes back.</summary>
    private long Admit(long offset, long timestamp)
    {
        if (timestamp < RecordFormat.NoTimestamp)
        {
            throw new RecordsRefusedException(ErrorCode.InvalidTimestamp, $"Invalid negative timestamp {timestamp}.");
        }

        if (offset < NextRecordOffset || offset - BaseOffset > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), offset, $"A record of a batch from {BaseOffset} on cannot follow {NextRecordOffset - 1} with this offset.");
        }

        if (RecordCount == 0)
        {
            _baseTimestamp = DeleteHorizonMs ?? timestamp;
        }

        RecordCount++;
        LastRecordOffset = offset;
        MaxTimestamp = Math.Max(MaxTimestamp, timestamp);
        return timestamp;
    }

    private short Attributes() => (short)(
        (RecordCount > 0 ? (int)Compression.Codec : 0)
        | (LogAppendTimeMs is null ? 0 : RecordBatchAttributes.LogAppendTime)
        | (IsTransactional ? RecordBatchAttributes.Transactional : 0)
        | (IsControl ? RecordBatchAttributes.Control : 0)
        | (DeleteHorizonMs is null ? 0 : RecordBatchAttributes.DeleteHorizon));

    private void WriteHeader(Span<byte> batch)
    {
        var lastOffset = LastOffset ?? LastRecordOffset;
        Invariant.Require(lastOffset >= BaseOffset && lastOffset >= LastRecordOffset);
        var writer = new SpanWriter(batch);
        writer.WriteInt64(BaseOffset);
        writer.WriteInt32(batch.Length - RecordFormat.LogOverhead);
        writer.WriteInt32(PartitionLeaderEpoch);
        writer.WriteByte(RecordFormat.MagicV2);
        writer.WriteUInt32(0);
        writer.WriteInt16(Attributes());
        writer.WriteInt32((int)(lastOffset - BaseOffset));
        writer.WriteInt64(RecordCount == 0 ? DeleteHorizonMs ?? RecordFormat.NoTimestamp : _baseTimestamp);
        writer.WriteInt64(MaxTimestamp);
        writer.WriteInt64(ProducerId);
        writer.WriteInt16(ProducerEpoch);
        writer.WriteInt32(BaseSequence);
        writer.WriteInt32(RecordCount);
        RecordBatchHeader.UpdateCrc(batch);
    }
}
