using ClassicBroker.Primitives;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication;

/// <summary>One partition of a produce that waits for replicas. Owned by its <see cref="DelayedProduce"/>.</summary>
/// <param name="partition">The partition.</param>
/// <param name="appended">What was appended, and in which leader epoch.</param>
/// <param name="acks">-1 for all replicas in sync, or how many of them.</param>
public sealed class ProduceWait(TopicPartition partition, in LogAppend appended, short acks = -1)
{
    private readonly LeaderEpoch _appendedIn = appended.LeaderEpoch;

    public TopicPartition Partition { get; } = partition;

    /// <summary>The offset that ends the wait once the replicas have come to it: one past the last record appended.</summary>
    public long RequiredOffset { get; } = appended.LastOffset + 1;

    /// <summary>Does it wait for a number of replicas rather than for all in sync?</summary>
    public bool CountsReplicas => acks > 1;

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
            if (partition!.CheckEnoughReplicasReachOffset(RequiredOffset, acks, _appendedIn) is not { } outcome)
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
