using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Performance;

/// <summary>Measures how long the consumer waits for its partitions: from the start, or from giving them up, until it has them.</summary>
/// <param name="time">The tool's clock.</param>
/// <param name="stats">Told of each wait that has ended.</param>
internal sealed class RebalanceTimer(TimeProvider time, ConsumerStats stats) : IRebalanceListener
{
    private long _startMs = time.MonotonicMs();

    public ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions)
    {
        _startMs = time.MonotonicMs();
        return ValueTask.CompletedTask;
    }

    public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions)
    {
        stats.Joined(time.MonotonicMs() - _startMs);
        return ValueTask.CompletedTask;
    }
}
