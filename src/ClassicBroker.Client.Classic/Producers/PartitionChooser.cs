using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic.Producers;

/// <summary>
/// The partition of each message: by its key, or for messages without one a partition with a leader, drawn at random and kept until
/// metadata is due again. Safe from any thread.
/// </summary>
internal sealed class PartitionChooser(IMessagePartitioner partitioner, TimeSpan keepFor, IRandomSource random, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, (int Partition, long DrawnAtMs)> _kept = new(StringComparer.Ordinal);

    public int Choose(TopicMetadata topic, object? key)
    {
        var count = topic.Partitions.Length;
        if (key is not null)
        {
            var chosen = partitioner.Partition(key, count);
            return chosen >= 0 && chosen < count
                ? chosen
                : throw new KafkaException(
                    ErrorCode.UnknownTopicOrPartition,
                    $"Invalid partition id: {chosen} for topic {topic.Name}; Valid values are in the inclusive range of [0, {count - 1}]");
        }

        lock (_gate)
        {
            var nowMs = time.MonotonicMs();
            if (_kept.TryGetValue(topic.Name, out var kept)
                && (keepFor < TimeSpan.Zero || nowMs - kept.DrawnAtMs < keepFor.TotalMilliseconds)
                && topic.Find(kept.Partition) is { HasLeader: true })
            {
                return kept.Partition;
            }

            int[] led = [.. topic.Partitions.Where(partition => partition.HasLeader).Select(partition => partition.Partition)];
            if (led.Length == 0)
            {
                throw new KafkaException(ErrorCode.LeaderNotAvailable, $"No leader for any partition in topic {topic.Name}");
            }

            var drawn = led[random.Next(led.Length)];
            _kept[topic.Name] = (drawn, nowMs);
            return drawn;
        }
    }

    /// <summary>A send failed: another partition is drawn for messages without a key.</summary>
    public void Forget(string topic)
    {
        lock (_gate)
        {
            _kept.Remove(topic);
        }
    }
}
