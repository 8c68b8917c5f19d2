using ClassicBroker.Primitives;

namespace ClassicBroker.Replication;

/// <summary>One partition of a produce that waits for the in-sync replicas. Owned by its <see cref="DelayedProduce"/>.</summary>
public sealed class ProduceWait(TopicPartition partition, long requiredOffset)
{
    public TopicPartition Partition { get; } = partition;

    /// <summary>The high watermark that ends the wait: one past the last record appended.</summary>
    public long RequiredOffset { get; } = requiredOffset;

    public bool IsPending { get; private set; } = true;

    /// <summary>What the producer is told; the timeout's word until something else is known.</summary>
    public ErrorCode Error { get; private set; } = ErrorCode.RequestTimedOut;

    /// <summary>
    /// Ends the wait where the in-sync replicas have the records, or never will through this leader; true where it has ended.
    /// </summary>
    internal bool TrySettle(ReplicaManager replicas)
    {
        if (!IsPending)
        {
            return true;
        }

        var error = replicas.TryGet(Partition, out var partition);
        if (error == ErrorCode.None)
        {
            if (partition!.CheckEnoughReplicasReachOffset(RequiredOffset) is not { } outcome)
            {
                return false;
            }

            error = outcome;
        }

        Error = error;
        IsPending = false;
        return true;
    }
}
