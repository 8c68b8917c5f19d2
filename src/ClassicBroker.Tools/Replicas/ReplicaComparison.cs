using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Replicas;

/// <summary>
/// Compares what the replicas of partitions hold, from an offset on that moves with the slowest of them: the same records at the same
/// offsets, with the same checksums. The offset passes only what was read from every replica: one that cannot be read holds it back, and
/// its lag grows. Threading: used by one tool.
/// </summary>
internal sealed class ReplicaComparison(TextWriter output, TimeProvider time)
{
    private const long Unknown = -1;

    private readonly SortedDictionary<TopicPartition, long> _offsets = [];
    private (TopicPartition Partition, long Offset, long Lag)? _slowest;

    /// <summary>Where each partition is read next.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Offsets => _offsets;

    public void Begin(TopicPartition partition, long offset) => _offsets[partition] = offset;

    /// <summary>Forgets how far partitions were behind in the readings before.</summary>
    public void BeginRound() => _slowest = null;

    /// <summary>Takes one reading of all replicas of a partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="replicas">What each broker with a replica answered; null where it did not.</param>
    /// <returns>Whether the comparison can go on: batches that end at different offsets are the last that can be compared.</returns>
    public bool Compare(TopicPartition partition, IReadOnlyDictionary<int, ReplicaRecords?> replicas)
    {
        var offset = _offsets[partition];
        var batches = replicas.ToDictionary(replica => replica.Key, replica => BatchesOf(replica.Value, offset));
        var shared = batches.Values.Min(found => found.Count);
        for (var index = 0; index < shared; index++)
        {
            var (first, others) = (batches.First(), batches.Skip(1));
            foreach (var (broker, found) in others)
            {
                if (!AreSame(partition, first.Key, first.Value[index], broker, found[index]))
                {
                    return false;
                }
            }

            offset = first.Value[index].LastOffset + 1;
        }

        _offsets[partition] = offset;
        var lag = replicas.Values.Max(replica => replica?.HighWatermark ?? Unknown) - offset;
        if (lag > (_slowest?.Lag ?? Unknown))
        {
            _slowest = (partition, offset, lag);
        }

        return true;
    }

    /// <summary>Prints how far the slowest partition was behind in this round.</summary>
    public void ReportLag()
    {
        var (partition, offset, lag) = _slowest is { } slowest
            ? ($"{slowest.Partition}", slowest.Offset, slowest.Lag)
            : ("null", Unknown, Unknown);
        Print($"max lag is {lag} for partition {partition} at offset {offset} among {_offsets.Count} partitions");
    }

    public void Print(string text) => output.WriteLine(
        $"{time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture)}: {text}");

    /// <summary>Tells what differs; another offset at the same place is the end of what can be compared.</summary>
    private bool AreSame(TopicPartition partition, int first, Stored one, int second, Stored other)
    {
        if (one.LastOffset != other.LastOffset)
        {
            Print(
                $"partition {partition}: replica {first}'s offset {one.LastOffset} doesn't match replica {second}'s offset "
                + $"{other.LastOffset}");
            return false;
        }

        if (one.Checksum != other.Checksum)
        {
            Print(
                $"partition {partition} has unmatched checksum at offset {one.LastOffset}; replica {first}'s checksum {one.Checksum}; "
                + $"replica {second}'s checksum {other.Checksum}");
        }

        return true;
    }

    /// <summary>The whole batches that end behind the offset; those a replica was read from earlier are left out.</summary>
    private static List<Stored> BatchesOf(ReplicaRecords? records, long offset)
    {
        List<Stored> found = [];
        if (records is not { Failure: null })
        {
            return found;
        }

        var batches = new BatchIterator(records.Batches.Span);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (batch.LastOffset >= offset && batch.LastOffset < records.HighWatermark)
            {
                found.Add(new(batch.LastOffset, Crc32C.Compute(batches.CurrentBytes)));
            }
        }

        return found;
    }

    private readonly record struct Stored(long LastOffset, uint Checksum);
}
