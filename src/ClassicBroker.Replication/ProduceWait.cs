using ClassicBroker.Primitives;

namespace ClassicBroker.Replication;

/// <summary>One partition of a produce that waits for the in-sync replicas. Owned by its <see cref="DelayedProduce"/>.</summary>
public sealed class ProduceWait(TopicPartition partition, long requiredOffset)
{
    public TopicPartition Partition { get; } = partition;

    /// <summary>The high watermark that ends the wait: one past the last record appended.</summary>
    public long RequiredOffset { get; } = requiredOffset;

    public bool IsPending { get; internal set; } = true;

    /// <summary>What the producer is told; the timeout's word until something else is known.</summary>
    public ErrorCode Error { get; internal set; } = ErrorCode.RequestTimedOut;
}
