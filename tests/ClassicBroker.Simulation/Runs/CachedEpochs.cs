using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// Do the leader epochs that the replicas of one partition have cached agree with the batches they hold below their high watermarks (W7)?
/// Batches come as they are read, once each; of them only where each epoch begins and ends is kept. Threading: the run's thread.
/// </summary>
internal sealed class CachedEpochs(TopicPartition partition)
{
    private readonly Dictionary<int, Replica> _replicas = [];

    /// <summary>
    /// Where each broker's replica began at most. A crash before the next checkpoint brings records back that were deleted, as with Kafka,
    /// but not their cached epochs, which were cut at once.
    /// </summary>
    private readonly Dictionary<int, long> _starts = [];

    /// <summary>What comes next of a broker's replica is its first batch: it is read from the beginning.</summary>
    public void Begin(SimulatedBroker broker) => _replicas.Remove(broker.Id);

    /// <summary>The next batch of a replica.</summary>
    public void Note(SimulatedBroker broker, in BatchHeader batch)
    {
        if (batch.PartitionLeaderEpoch == RecordFormat.NoPartitionLeaderEpoch)
        {
            return;
        }

        if (!_replicas.TryGetValue(broker.Id, out var replica))
        {
            _replicas[broker.Id] = replica = new();
        }

        var spans = replica.Spans;
        if (spans is [.., var last] && last.Epoch >= batch.PartitionLeaderEpoch)
        {
            if (last.Epoch != batch.PartitionLeaderEpoch)
            {
                throw Broken(broker, $"holds a batch of epoch {batch.PartitionLeaderEpoch} at {batch.BaseOffset}, behind one of {last.Epoch}");
            }

            spans[^1] = (last.Epoch, last.Base, batch.LastOffset);
        }
        else
        {
            spans.Add(new(batch.PartitionLeaderEpoch, batch.BaseOffset, batch.LastOffset));
        }

        replica.Entries = null;
    }

    /// <summary>Judges a replica, where anything has changed.</summary>
    public void Check(SimulatedBroker broker, PartitionLog log)
    {
        var (entries, start) = (log.EpochEntries, Math.Max(log.LogStartOffset, _starts.GetValueOrDefault(broker.Id)));
        _starts[broker.Id] = start;
        if (entries is [.., var latest] && latest.StartOffset > log.LogEndOffset)
        {
            throw Broken(broker, $"has {Text(entries)} cached, and its log ends at {log.LogEndOffset}");
        }

        if (!_replicas.TryGetValue(broker.Id, out var replica) || (ReferenceEquals(replica.Entries, entries) && replica.Start == start))
        {
            return;
        }

        foreach (var span in replica.Spans)
        {
            if (span.Last >= start && (EpochOf(entries, Math.Max(span.Base, start)) != span.Epoch || EpochOf(entries, span.Last) != span.Epoch))
            {
                throw Broken(
                    broker,
                    $"holds batches of epoch {span.Epoch} from {span.Base} to {span.Last}, begins at {start}, and has {Text(entries)} cached");
            }
        }

        (replica.Entries, replica.Start) = (entries, start);
    }

    private InvariantBrokenException Broken(SimulatedBroker broker, string failure) => new("W7", $"broker {broker.Id} {failure} of {partition}");

    private static int? EpochOf(IReadOnlyList<EpochEntry> entries, long offset)
    {
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            if (entries[i].StartOffset <= offset)
            {
                return entries[i].Epoch.Value;
            }
        }

        return null;
    }

    private static string Text(IReadOnlyList<EpochEntry> entries) =>
        $"[{string.Join(", ", entries.Select(entry => $"{entry.Epoch.Value} from {entry.StartOffset}"))}]";

    private sealed class Replica
    {
        public List<(int Epoch, long Base, long Last)> Spans { get; } = [];

        /// <summary>What was cached at the last look; null where batches have come since.</summary>
        public IReadOnlyList<EpochEntry>? Entries { get; set; }

        public long Start { get; set; }
    }
}
