using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Consumer;

/// <summary>Where a consumer stands, and where its partitions begin and end, by the word of their leaders. Safe from any thread.</summary>
internal sealed class ConsumerOffsets(ConsumerConfig config, ClusterClient cluster, Assignment assignment, Action wakeFetcher)
{
    private readonly OffsetLookup _lookup = new(cluster, config.IsolationLevel);

    /// <summary>Offset of the next record a poll hands out. Waits where it is being looked up.</summary>
    /// <exception cref="KafkaTimeoutException">It could not be found in time.</exception>
    public async Task<long> PositionAsync(TopicPartition partition, CancellationToken cancellation)
    {
        var state = assignment.Get(partition);
        var time = cluster.Loop.Time;
        var deadlineMs = time.MonotonicMs() + (long)config.DefaultApiTimeout.TotalMilliseconds;
        while (true)
        {
            lock (assignment.Gate)
            {
                if (state.Position is { } position)
                {
                    return position;
                }
            }

            if (time.MonotonicMs() >= deadlineMs)
            {
                throw new KafkaTimeoutException(
                    $"Timeout of {config.DefaultApiTimeout.TotalMilliseconds:0}ms expired before the position for partition {partition} could be determined");
            }

            wakeFetcher();
            await Task.Delay(config.RetryBackoff / 4, time, cancellation);
        }
    }

    /// <summary>The earliest offsets whose records are not older than a timestamp; null where all are older.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, OffsetAndTimestamp?>> ForTimesAsync(
        IReadOnlyDictionary<TopicPartition, long> timestampsMs, CancellationToken cancellation)
    {
        if (timestampsMs.Values.Any(timestamp => timestamp < 0))
        {
            throw new ArgumentException("A timestamp must not be negative", nameof(timestampsMs));
        }

        var found = await FindAsync(timestampsMs, cancellation);
        return found.ToDictionary(pair => pair.Key, pair => pair.Value.Offset < 0 ? (OffsetAndTimestamp?)null : pair.Value);
    }

    /// <summary>Offsets at a special of <see cref="OffsetLookup"/>.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, long>> AtAsync(
        long special, IEnumerable<TopicPartition> partitions, CancellationToken cancellation)
    {
        var found = await FindAsync(partitions.ToDictionary(partition => partition, _ => special), cancellation);
        return found.ToDictionary(pair => pair.Key, pair => pair.Value.Offset);
    }

    private Task<SortedDictionary<TopicPartition, OffsetAndTimestamp>> FindAsync(
        IReadOnlyDictionary<TopicPartition, long> timestamps, CancellationToken cancellation) =>
        cluster.Loop.InvokeAsync(() => _lookup.FindAsync(timestamps, config.DefaultApiTimeout, cancellation)).WaitAsync(cancellation);
}
