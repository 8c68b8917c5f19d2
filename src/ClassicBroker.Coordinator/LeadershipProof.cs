using ClassicBroker.Primitives;
using ClassicBroker.Replication;

namespace ClassicBroker.Coordinator;

/// <summary>
/// Whether a coordinator still leads a partition, where that matters for what it tells without writing: a leader that was cut off, or
/// paused, may have been replaced and not know it. Threading: any; waits on the coordinator's timers.
/// </summary>
/// <param name="replicas">The partitions.</param>
/// <param name="timers">The coordinator's clock.</param>
/// <param name="silenceMaxMs">For how long followers in sync may be silent while the session with ZooKeeper stands.</param>
/// <param name="stands">Does what a controller decided for that registration of the broker stand, as far as the session lets know?</param>
internal sealed class LeadershipProof(ReplicaManager replicas, CoordinatorTimers timers, long silenceMaxMs, Func<long, bool> stands)
{
    /// <summary>Followers in sync ask again after <c>replica.fetch.wait.max.ms</c>, and it takes two of their questions.</summary>
    private const int PatienceMs = 2_000;

    private const int LookMs = 20;

    /// <summary>NONE where no other broker led when this was asked; NOT_COORDINATOR where that cannot be told.</summary>
    public ValueTask<ErrorCode> GiveAsync(TopicPartition partition)
    {
        if (!replicas.TryGetOnline(partition, out var replica) || replica.IsLeadershipInDoubt(silenceMaxMs))
        {
            return new(ErrorCode.NotCoordinator);
        }

        return stands(replica.AppointedBrokerEpoch) ? new(ErrorCode.None) : AwaitFollowersAsync(partition, timers.MonotonicMs);
    }

    /// <summary>Only a replica in sync can have been elected, and it follows no more: each must be heard to follow.</summary>
    private async ValueTask<ErrorCode> AwaitFollowersAsync(TopicPartition partition, long askedMs)
    {
        while (true)
        {
            if (!replicas.TryGetOnline(partition, out var replica) || timers.MonotonicMs > askedMs + PatienceMs)
            {
                return ErrorCode.NotCoordinator;
            }

            if (replica.IsFollowedSince(askedMs))
            {
                return ErrorCode.None;
            }

            await timers.DelayAsync(LookMs);
        }
    }
}
