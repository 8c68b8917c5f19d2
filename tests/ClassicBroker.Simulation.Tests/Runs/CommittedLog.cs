using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Tests.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>
/// What has ever been committed in one partition: the batches below any leader's high watermark, by their last offset and content. All
/// replicas must agree with it below their own high watermark (W6), and a leader must have all of it (W3). Threading: the test's thread.
/// </summary>
internal sealed class CommittedLog(TopicPartition partition)
{
    private readonly List<(long LastOffset, ulong Hash)> _batches = [];
    private readonly Dictionary<int, (PartitionLog Log, long Checked, int Batches)> _seen = [];

    /// <summary>The offset behind the last committed record.</summary>
    public long End { get; private set; }

    /// <summary>Looks at what a broker's high watermark has come to cover since the last look.</summary>
    public void Look(SimulatedBroker broker, PartitionLog log)
    {
        var highWatermark = log.HighWatermark;
        if (!_seen.TryGetValue(broker.Id, out var seen) || seen.Log != log || highWatermark < seen.Checked)
        {
            seen = (log, 0, 0);
        }

        if (highWatermark > seen.Checked)
        {
            seen = Compare(broker, log, seen, highWatermark);
        }

        _seen[broker.Id] = seen;
    }

    private (PartitionLog Log, long Checked, int Batches) Compare(
        SimulatedBroker broker, PartitionLog log, (PartitionLog Log, long Checked, int Batches) seen, long highWatermark)
    {
        foreach (var (lastOffset, hash) in Batches(log, seen.Checked))
        {
            if (lastOffset >= highWatermark)
            {
                break;
            }

            if (seen.Batches == _batches.Count)
            {
                _batches.Add((lastOffset, hash));
                End = lastOffset + 1;
            }
            else if (_batches[seen.Batches] != (lastOffset, hash))
            {
                throw new InvariantBrokenException(
                    "W6", $"broker {broker.Id} holds another batch than was committed in {partition} up to offset {lastOffset}");
            }

            seen = (log, lastOffset + 1, seen.Batches + 1);
        }

        return seen;
    }

    /// <summary>The batches from one that begins at an offset on, as far as the log goes.</summary>
    public static IEnumerable<(long LastOffset, ulong Hash)> Batches(PartitionLog log, long from)
    {
        while (from < log.LogEndOffset)
        {
            var read = log.Read(from, 1 << 20, FetchIsolation.LogEnd, minOneMessage: true);
            if (read.Records is not { } region)
            {
                yield break;
            }

            var bytes = new byte[region.Length];
            region.File.Read(bytes, region.Position);
            region.File.Release();
            foreach (var batch in BatchesOf(bytes))
            {
                yield return batch;
                from = batch.LastOffset + 1;
            }
        }
    }

    private static List<(long LastOffset, ulong Hash)> BatchesOf(byte[] bytes)
    {
        var batches = new List<(long, ulong)>();
        foreach (var batch in new BatchIterator(bytes))
        {
            batches.Add((batch.LastOffset, HashOf(bytes.AsSpan((int)batch.Position, batch.SizeInBytes))));
        }

        return batches;
    }

    private static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        const ulong Offset = 14695981039346656037, Prime = 1099511628211;
        var hash = Offset;
        foreach (var value in bytes)
        {
            hash = unchecked((hash ^ value) * Prime);
        }

        return hash;
    }
}
