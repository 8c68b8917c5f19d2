using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs.Compaction;

/// <summary>
/// What has ever been committed in one compacted partition, record by record, by which all replicas are judged whatever their cleaners have
/// taken out (H17): a record that is there is the one that was committed at its offset; of each key the last committed value is there; a
/// tombstone is there for <c>delete.retention.ms</c>, and once it is gone no older value of its key shows. Threading: the run's thread.
/// </summary>
internal sealed class CompactedLog(SimulatedCluster cluster, TopicPartition partition) : ICommittedLog
{
    private const int ReadBytesMax = 1 << 20;

    private readonly SortedDictionary<long, CommittedRecord> _records = [];
    private readonly Dictionary<string, long> _newest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal);
    private readonly List<(long Offset, string Key, string? Value)> _acknowledged = [];
    private readonly Dictionary<int, (PartitionLog Log, long Checked, int Segments, long Bytes)> _seen = [];
    private readonly CachedEpochs _epochs = new(partition);

    public TopicPartition Partition => partition;

    public long End { get; private set; }

    /// <summary>How long tombstones are there at least; null where a clock that jumps leaves nothing to tell it by.</summary>
    public TimeSpan? TombstoneTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// May a replica that was away while a tombstone was there show an older value, as Kafka's may?
    /// </summary>
    public bool MayMissTombstones { get; init; }

    /// <summary>Has every value its own number, so that one that is there twice was written twice?</summary>
    public bool HasUniqueValues { get; init; }

    /// <summary>A producer was told that a record is at an offset.</summary>
    public void Acknowledge(long offset, string key, string? value) => _acknowledged.Add((offset, key, value));

    public void Look(SimulatedBroker broker, PartitionLog log)
    {
        var highWatermark = log.HighWatermark;
        var isKnown = _seen.TryGetValue(broker.Id, out var seen);
        var isOther = isKnown && seen.Log != log;
        if (!isKnown || isOther || highWatermark < seen.Checked)
        {
            seen = (log, 0, 0, 0);
            _epochs.Begin(broker);
        }

        var (segments, bytes) = (log.SegmentCount, log.SizeInBytes);
        if (highWatermark > seen.Checked)
        {
            var from = Math.Max(seen.Checked, log.LogStartOffset);
            foreach (var record in RecordsOf(broker, log, from, highWatermark))
            {
                Compare(broker, record);
            }

            End = Math.Max(End, highWatermark);
        }

        _seen[broker.Id] = (log, highWatermark, segments, bytes);
        if (isOther || segments < seen.Segments || bytes < seen.Bytes)
        {
            CheckSurvivors(broker, log);
        }

        _epochs.Check(broker, log);
    }

    /// <summary>Judges a whole replica.</summary>
    public void CheckSurvivors(SimulatedBroker broker, PartitionLog log)
    {
        var highWatermark = log.HighWatermark;
        var survivors = new Dictionary<string, long>(StringComparer.Ordinal);
        _epochs.Begin(broker);
        foreach (var record in RecordsOf(broker, log, log.LogStartOffset, highWatermark))
        {
            Compare(broker, record);
            survivors[record.Key] = record.Offset;
        }

        foreach (var (key, newest) in _newest)
        {
            if (newest < highWatermark && (!survivors.TryGetValue(key, out var there) || there != newest))
            {
                RequireExpired(broker, _records[newest], survivors.TryGetValue(key, out there) ? there : null);
            }
        }
    }

    /// <summary>All that was acknowledged was committed as it was sent.</summary>
    public void CheckAcknowledged()
    {
        foreach (var (offset, key, value) in _acknowledged)
        {
            if (!_records.TryGetValue(offset, out var record) || record.Key != key || record.Value != value)
            {
                throw new InvariantBrokenException(
                    "H1", $"{key}={value} was acknowledged at {offset} of {partition}, where {(record is null ? "nothing" : record)} was committed");
            }
        }
    }

    /// <summary>How many records in front of the last bytes of a replica have a newer one of their key there, too: what a cleaner is for.</summary>
    public static int Superseded(PartitionLog log, long lastBytes)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var (records, bytes) = (0, log.SizeInBytes);
        foreach (var batch in CommittedRecords.BatchesOf(log, log.LogStartOffset, ReadBytesMax))
        {
            bytes -= batch.Header.SizeInBytes;
            if (bytes < lastBytes)
            {
                break;
            }

            records += batch.Records.Count;
            keys.UnionWith(batch.Records.Select(record => record.Key));
        }

        return records - keys.Count;
    }

    private List<CommittedRecord> RecordsOf(SimulatedBroker broker, PartitionLog log, long from, long highWatermark)
    {
        try
        {
            var records = new List<CommittedRecord>();
            foreach (var batch in CommittedRecords.BatchesOf(log, from, ReadBytesMax).TakeWhile(batch => batch.Header.LastOffset < highWatermark))
            {
                _epochs.Note(broker, batch.Header);
                records.AddRange(batch.Records.Where(record => record.Offset >= from));
            }

            return records;
        }
        catch (RecordsException corrupt)
        {
            throw new InvariantBrokenException("W6", $"the log of {partition} on broker {broker.Id} cannot be read: {corrupt.Message}");
        }
    }

    private void Compare(SimulatedBroker broker, CommittedRecord record)
    {
        if (_records.TryGetValue(record.Offset, out var known))
        {
            if (known.Key != record.Key || known.Value != record.Value)
            {
                throw new InvariantBrokenException(
                    "H17", $"broker {broker.Id} has {record} in {partition}, where {known} was committed");
            }

            return;
        }

        _records[record.Offset] = record with { CommittedAt = cluster.Time.GetUtcNow() };
        _newest[record.Key] = Math.Max(record.Offset, _newest.GetValueOrDefault(record.Key, -1));
        if (HasUniqueValues && record.Value is { } value && !_offsets.TryAdd(value, record.Offset))
        {
            throw new InvariantBrokenException("H3", $"{value} is at {_offsets[value]} and at {record.Offset} of {partition}");
        }
    }

    private void RequireExpired(SimulatedBroker broker, CommittedRecord newest, long? survivor)
    {
        var there = survivor is { } offset ? _records[offset].ToString() : "nothing";
        var age = cluster.Time.GetUtcNow() - newest.CommittedAt;
        if (newest.Value is not null || age < TombstoneTime)
        {
            throw new InvariantBrokenException(
                "H17", $"broker {broker.Id} has {there} of a key of {partition}, where {newest} was committed {age.TotalSeconds:F1} s ago");
        }

        if (survivor is not null && !MayMissTombstones)
        {
            throw new InvariantBrokenException("H17", $"broker {broker.Id} shows {there} in {partition} again, which {newest} had deleted");
        }
    }
}
