using ClassicBroker.Primitives;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What clients were told, checked as it comes: an offset has one value (H2), a value one offset (H3), acknowledgements ascend (H4), what
/// was refused is never read (H15), what was deleted never comes back (H18), and at the end everything acknowledged is there (H1), but for
/// what a leader took without waiting for others and had not replicated when its epoch ended (H16). Threading: the run's thread.
/// </summary>
internal sealed class ClientHistory
{
    private readonly Dictionary<(TopicPartition Partition, long Offset), string> _values = [];
    private readonly Dictionary<string, (TopicPartition Partition, long Offset)> _offsets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly List<(TopicPartition Partition, long Offset, string Value)> _acknowledged = [];
    private readonly List<(TopicPartition Partition, long Offset, string Value, int LeaderEpoch)> _takenByLeader = [];
    private readonly List<(TopicPartition Partition, string Value)> _acknowledgedSomewhere = [];
    private readonly Dictionary<TopicPartition, long> _lastAcknowledged = [];
    private readonly Dictionary<TopicPartition, long> _end = [];
    private readonly Dictionary<TopicPartition, long> _deleted = [];

    /// <summary>Records acknowledged, of all kinds.</summary>
    public int Acknowledged => _acknowledged.Count + _takenByLeader.Count + _acknowledgedSomewhere.Count;

    /// <summary>Records that consumers were given.</summary>
    public int Read { get; private set; }

    /// <summary>The highest offset acknowledged before a send begins; its own must be higher.</summary>
    public long LastAcknowledged(TopicPartition partition) => _lastAcknowledged.GetValueOrDefault(partition, -1);

    /// <summary>A record sent with <c>acks=all</c> is at an offset for good.</summary>
    public void Acknowledge(TopicPartition partition, string value, long offset, long lastBefore)
    {
        if (offset <= lastBefore)
        {
            throw new InvariantBrokenException(
                "H4", $"{value} was acknowledged at {offset} of {partition}, where {lastBefore} had been before it was sent");
        }

        Settle(partition, offset, value);
        _acknowledged.Add((partition, offset, value));
        _lastAcknowledged[partition] = Math.Max(offset, LastAcknowledged(partition));
    }

    /// <summary>A record sent with <c>acks=all</c> was there before, at an offset that is not told.</summary>
    public void AcknowledgeSomewhere(TopicPartition partition, string value) => _acknowledgedSomewhere.Add((partition, value));

    /// <summary>A record sent with <c>acks=1</c>, or 0, is at an offset of the leader of an epoch.</summary>
    public void TakeByLeader(TopicPartition partition, string value, long offset, int leaderEpoch) =>
        _takenByLeader.Add((partition, offset, value, leaderEpoch));

    /// <summary>A record is not and will not be in the log.</summary>
    public void Refuse(string value)
    {
        _refused.Add(value);
        RequireNotRefused(value);
    }

    /// <summary>A consumer was given a record.</summary>
    public void Consume(TopicPartition partition, long offset, string value)
    {
        Read++;
        Settle(partition, offset, value);
    }

    /// <summary>The highest end of the log a client was told; what is asked for later must not be lower.</summary>
    public long End(TopicPartition partition) => _end.GetValueOrDefault(partition);

    /// <summary>A client was told where the log ends.</summary>
    public void TellEnd(TopicPartition partition, long offset, long endBefore)
    {
        if (offset < endBefore)
        {
            throw new InvariantBrokenException("H6", $"the end of {partition} went back from {endBefore} to {offset}");
        }

        _end[partition] = Math.Max(offset, End(partition));
    }

    /// <summary>What is below an offset was deleted, and all live replicas have said so.</summary>
    public void Delete(TopicPartition partition, long lowWatermark) =>
        _deleted[partition] = Math.Max(lowWatermark, Deleted(partition));

    /// <summary>Everything below has been asked to be deleted, whether it was or not.</summary>
    public Dictionary<TopicPartition, long> AskedToDelete { get; } = [];

    /// <summary>Do brokers delete records by themselves?</summary>
    public bool IsRetentionLimited { get; init; }

    public long Deleted(TopicPartition partition) => _deleted.GetValueOrDefault(partition);

    /// <summary>Compares with what the log holds once all is over.</summary>
    public void Finish(TopicPartition partition, long logStart, IReadOnlyDictionary<long, string> stored, LeaderChanges changes)
    {
        if (logStart < Deleted(partition))
        {
            throw new InvariantBrokenException("H18", $"{partition} begins at {logStart}, and all before {Deleted(partition)} was deleted");
        }

        if (logStart > AskedToDelete.GetValueOrDefault(partition))
        {
            throw new InvariantBrokenException(
                "H18", $"{partition} begins at {logStart}, and only what is before {AskedToDelete.GetValueOrDefault(partition)} was to go");
        }

        foreach (var (offset, value) in stored)
        {
            Settle(partition, offset, value);
        }

        foreach (var (at, offset, value) in _acknowledged)
        {
            if (at == partition && offset >= logStart && stored.GetValueOrDefault(offset) != value)
            {
                throw new InvariantBrokenException(
                    "H1", $"{value} was acknowledged at offset {offset} of {partition}, where {stored.GetValueOrDefault(offset) ?? "nothing"} is");
            }
        }

        foreach (var (at, value) in _acknowledgedSomewhere)
        {
            // Where the front of the log is gone, so may the record be, unless its offset is known.
            var isThere = _offsets.TryGetValue(value, out var known)
                ? known.Offset < logStart || stored.GetValueOrDefault(known.Offset) == value
                : logStart > 0;
            if (at == partition && !isThere)
            {
                throw new InvariantBrokenException("H1", $"{value} was said to be in {partition}, and is not");
            }
        }

        foreach (var (at, offset, value, epoch) in _takenByLeader)
        {
            if (at == partition && offset >= logStart && stored.GetValueOrDefault(offset) != value && !changes.MayHaveLost(partition, epoch, offset))
            {
                throw new InvariantBrokenException(
                    "H16", $"{value} is not at offset {offset} of {partition}, and was committed before epoch {epoch}, in which it was taken, ended: {changes}");
            }
        }
    }

    private void Settle(TopicPartition partition, long offset, string value)
    {
        RequireNotRefusedNow(value);
        if (!_values.TryAdd((partition, offset), value) && _values[(partition, offset)] is var other && other != value)
        {
            throw new InvariantBrokenException("H2", $"offset {offset} of {partition} has been {other} and is {value}");
        }

        if (!_offsets.TryAdd(value, (partition, offset)) && _offsets[value] != (partition, offset))
        {
            throw new InvariantBrokenException("H3", $"{value} is at {_offsets[value]} and at {(partition, offset)}");
        }
    }

    private void RequireNotRefusedNow(string value)
    {
        if (_refused.Contains(value))
        {
            throw new InvariantBrokenException("H15", $"{value} was refused and is there");
        }
    }

    private void RequireNotRefused(string value)
    {
        if (_offsets.ContainsKey(value))
        {
            throw new InvariantBrokenException("H15", $"{value} was read before it was refused");
        }
    }
}
