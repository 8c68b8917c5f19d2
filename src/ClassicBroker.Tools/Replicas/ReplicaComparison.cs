using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Replicas;

/// <summary>
/// Compares what the replicas of partitions hold, from an offset on that moves with the slowest of them: the same records at the same
/// offsets, with the same checksums. Threading: used by one tool.
/// </summary>
internal sealed class ReplicaComparison(TextWriter output, TimeProvider time)
{
    private readonly SortedDictionary<TopicPartition, long> _offsets = [];
    private (TopicPartition Partition, long Offset, long Lag)? _slowest;

    /// <summary>Where each partition is read next.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Offsets => _offsets;

    public void Begin(TopicPartition partition, long offset) => _offsets[partition] = offset;

    /// <summary>Takes one reading of all replicas of a partition, by broker.</summary>
    public void Compare(TopicPartition partition, IReadOnlyDictionary<int, ReplicaRecords> replicas)
    {
        var readable = replicas.Where(replica => replica.Value.Failure is null).ToList();
        if (readable.Count == 0)
        {
            return;
        }

        var offset = _offsets[partition];
        var batches = readable.ToDictionary(replica => replica.Key, replica => BatchesOf(replica.Value, offset));
        var shared = batches.Values.Min(found => found.Count);
        for (var index = 0; index < shared; index++)
        {
            var (first, others) = (batches.First(), batches.Skip(1));
            foreach (var (broker, found) in others)
            {
                Report(partition, first.Key, first.Value[index], broker, found[index]);
            }

            offset = batches.Values.Min(found => found[index].LastOffset) + 1;
        }

        _offsets[partition] = offset;
        var lag = readable.Max(replica => replica.Value.HighWatermark) - offset;
        if (_slowest is not { } known || lag > known.Lag)
        {
            _slowest = (partition, offset, lag);
        }
    }

    /// <summary>Prints how far the slowest partition is behind, and begins a new round.</summary>
    public void ReportLag()
    {
        if (_slowest is { } slowest)
        {
            Print(
                $"max lag is {slowest.Lag} for partition {slowest.Partition} at offset {slowest.Offset} among {_offsets.Count} partitions");
        }

        _slowest = null;
    }

    public void Print(string text) => output.WriteLine(
        $"{time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss,fff", CultureInfo.InvariantCulture)}: {text}");

    private void Report(TopicPartition partition, int first, Stored one, int second, Stored other)
    {
        if (one.LastOffset != other.LastOffset)
        {
            Print(
                $"partition {partition}: replica {first}'s offset {one.LastOffset} doesn't match replica {second}'s offset "
                + $"{other.LastOffset}");
        }
        else if (one.Checksum != other.Checksum)
        {
            Print(
                $"partition {partition} has unmatched checksum at offset {one.LastOffset}; replica {first}'s checksum {one.Checksum}; "
                + $"replica {second}'s checksum {other.Checksum}");
        }
    }

    /// <summary>The whole batches that end behind the offset; those a replica was read from earlier are left out.</summary>
    private static List<Stored> BatchesOf(ReplicaRecords records, long offset)
    {
        List<Stored> found = [];
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
