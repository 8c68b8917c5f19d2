using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Decides what of each batch survives a cleaning, and writes that (Kafka's RecordFilter): the newest record of each key, tombstones until
/// their horizon (KIP-534), nothing of aborted transactions, markers until nothing of their transaction is left, and of a batch that holds
/// the last sequence of an active producer at least the header. Offsets, epochs, sequences and codecs stay.
/// Owned by one cleaning; its owner disposes it. Threading: one thread at a time.
/// </summary>
internal sealed class BatchFilter(
    PartitionLog log,
    OffsetMap map,
    CleanedTransactions transactions,
    CleanerStatistics statistics,
    long nowMs,
    ILogger logger) : IDisposable
{
    private readonly RecordBatchBuilder _builder = new();
    private readonly long _deleteRetentionMs = log.Config.DeleteRetentionMs;
    private readonly int _maxMessageBytes = log.Config.MaxMessageBytes;

    /// <summary>The last records of active producers, as of the segments being copied.</summary>
    public Dictionary<long, LastProducerRecord> Producers { get; set; } = [];

    /// <summary>Tombstones of formats 0 and 1 stay in the segment being copied: it was written not long ago.</summary>
    public bool RetainsLegacyTombstones { get; set; }

    /// <summary>Appends to <paramref name="output"/> what survives of a batch.</summary>
    /// <exception cref="RecordsException">The batch is damaged.</exception>
    public void Copy(in BatchHeader batch, ReadOnlySpan<byte> bytes, PooledBuffer output)
    {
        statistics.BytesRead += batch.SizeInBytes;
        var before = output.Length;
        var horizon = batch.Magic >= RecordFormat.MagicV2 ? new RecordBatchHeader(bytes).DeleteHorizonMs : RecordFormat.NoTimestamp;
        var isDecided = batch.IsControl ? transactions.OnControl(batch, bytes) : transactions.OnData(batch);
        var dropsRecords = isDecided && (!batch.IsControl || IsPast(horizon));
        var isLastOfProducer = batch.HasProducerId && IsLastOfProducer(batch);
        if (dropsRecords && !isLastOfProducer)
        {
            return;
        }

        var found = Examine(batch, bytes, horizon, dropsRecords);
        var setsHorizon = batch.Magic >= RecordFormat.MagicV2
            && horizon == RecordFormat.NoTimestamp
            && (found.HasTombstones || (isDecided && batch.IsControl));
        if (found.Retained == 0)
        {
            WriteEmpty(isLastOfProducer, bytes, output);
        }
        else if (!found.IsChanged && !setsHorizon)
        {
            output.Write(bytes);
        }
        else
        {
            RequireIntact(batch, bytes);
            Rewrite(batch, bytes, setsHorizon ? nowMs + _deleteRetentionMs : horizon, horizon, output);
            WarnIfLarger(batch, output.Length - before);
        }

        statistics.MessagesWritten += found.Retained;
        statistics.BytesWritten += output.Length - before;
    }

    public void Dispose() => _builder.Dispose();

    /// <summary>The cleaner recomputes checksums, which would hide damage for good.</summary>
    public static void RequireIntact(in BatchHeader batch, ReadOnlySpan<byte> bytes)
    {
        if (!BatchChecksum.IsValid(bytes))
        {
            throw new CorruptRecordException(
                $"The batch from offset {batch.BaseOffset} to {batch.LastOffset} has a checksum that does not fit.");
        }
    }

    private bool IsPast(long horizonMs) => horizonMs != RecordFormat.NoTimestamp && horizonMs <= nowMs;

    private bool IsLastOfProducer(in BatchHeader batch) =>
        Producers.TryGetValue(batch.ProducerId, out var last)
        && (last.LastDataOffset >= 0
            ? batch.LastOffset == last.LastDataOffset
            : batch.IsControl && batch.ProducerEpoch == last.ProducerEpoch);

    private Findings Examine(in BatchHeader batch, ReadOnlySpan<byte> bytes, long horizon, bool dropsRecords)
    {
        var findings = default(Findings);
        using var records = RecordReader.Open(bytes);
        while (records.MoveNext())
        {
            statistics.MessagesRead++;
            if (dropsRecords || !Retains(batch, records, horizon, counts: true))
            {
                findings.IsChanged = true;
                continue;
            }

            findings.Retained++;
            findings.HasTombstones |= !records.HasValue;
            findings.IsChanged |= batch.Magic < RecordFormat.MagicV2 && records.CurrentMessage.Magic != batch.Magic;
        }

        return findings;
    }

    private bool Retains(in BatchHeader batch, in RecordReader records, long horizon, bool counts)
    {
        if (batch.IsControl || records.Offset > map.LatestOffset)
        {
            return true;
        }

        if (!records.HasKey)
        {
            statistics.InvalidMessages += counts ? 1 : 0;
            return false;
        }

        if (records.Offset < map.Get(records.Current.Key.Span))
        {
            return false;
        }

        return records.HasValue || (batch.Magic < RecordFormat.MagicV2 ? RetainsLegacyTombstones : !IsPast(horizon));
    }

    private void Rewrite(in BatchHeader batch, ReadOnlySpan<byte> bytes, long newHorizon, long horizon, PooledBuffer output)
    {
        if (batch.Magic < RecordFormat.MagicV2)
        {
            RewriteLegacy(batch, bytes, output);
            return;
        }

        _builder.Reset();
        _builder.Compression = Compression.Of(batch.Codec);
        _builder.BaseOffset = batch.BaseOffset;
        _builder.LastOffset = batch.LastOffset;
        _builder.PartitionLeaderEpoch = batch.PartitionLeaderEpoch;
        _builder.ProducerId = batch.ProducerId;
        _builder.ProducerEpoch = batch.ProducerEpoch;
        _builder.BaseSequence = batch.BaseSequence;
        _builder.IsTransactional = batch.IsTransactional;
        _builder.IsControl = batch.IsControl;
        _builder.LogAppendTimeMs = LogAppendTime(batch);
        _builder.DeleteHorizonMs = newHorizon == RecordFormat.NoTimestamp ? null : newHorizon;
        using var records = RecordReader.Open(bytes);
        while (records.MoveNext())
        {
            if (Retains(batch, records, horizon, counts: false))
            {
                var record = records.Current;
                _builder.AppendAt(record.Offset, record.Timestamp, record.Key, record.Value, record.Headers);
            }
        }

        output.Write(_builder.Build().Span);
    }

    private void RewriteLegacy(in BatchHeader batch, ReadOnlySpan<byte> bytes, PooledBuffer output)
    {
        using var builder = new LegacyMessageSetBuilder(batch.Magic, Compression.Of(batch.Codec), bytes.Length)
        {
            LogAppendTimeMs = LogAppendTime(batch),
        };
        using var records = RecordReader.Open(bytes);
        while (records.MoveNext())
        {
            if (Retains(batch, records, RecordFormat.NoTimestamp, counts: false))
            {
                var record = records.Current;
                builder.AppendAt(record.Offset, record.Timestamp, record.Key, record.Value);
            }
        }

        output.Write(builder.Build().Span);
    }

    private static long? LogAppendTime(in BatchHeader batch) =>
        batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : null;

    /// <summary>Of a batch without records the header stays where it holds the last sequence of a producer.</summary>
    private static void WriteEmpty(bool isLastOfProducer, ReadOnlySpan<byte> bytes, PooledBuffer output)
    {
        if (isLastOfProducer)
        {
            var header = output.GetSpan(RecordBatchHeader.Size)[..RecordBatchHeader.Size];
            bytes[..RecordBatchHeader.Size].CopyTo(header);
            RecordBatchHeader.ClearRecords(header);
            output.Advance(RecordBatchHeader.Size);
        }
    }

    private void WarnIfLarger(in BatchHeader batch, int newSize)
    {
        if (newSize > batch.SizeInBytes && newSize > _maxMessageBytes)
        {
            logger.LogWarning(
                "Record batch from {Partition} with last offset {LastOffset} exceeded max record batch size {MaxSize} after cleaning (new size is "
                + "{NewSize}). Consumers with version earlier than 0.10.1.0 may need to increase their fetch sizes.",
                log.Partition, batch.LastOffset, _maxMessageBytes, newSize);
        }
    }

    /// <summary>What a look at the records of a batch told.</summary>
    private struct Findings
    {
        public int Retained;
        public bool HasTombstones;
        public bool IsChanged;
    }
}
