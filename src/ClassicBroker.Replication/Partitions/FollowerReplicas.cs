namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// The followers of a partition, as its leader knows them. Owned by its <see cref="LeaderRole"/>. Threading: changed under the partition's
/// lock; who they are is read by any thread.
/// </summary>
internal sealed class FollowerReplicas
{
    private volatile FollowerReplica[] _all = [];

    public FollowerReplica[] All => _all;

    /// <summary>Those that stay keep what is known of them.</summary>
    public void Become(IReadOnlyList<int> replicas, int leader) =>
        _all = [.. replicas.Where(id => id != leader).Select(id => Find(id) ?? new FollowerReplica(id))];

    public void Clear() => _all = [];

    /// <inheritdoc cref="FollowerReplica.Reset"/>
    public void Reset(bool isNewLeader, IReadOnlyList<int> isr, long leaderLogEndOffset, long nowMs)
    {
        foreach (var follower in _all)
        {
            follower.Reset(isNewLeader, isr.Contains(follower.BrokerId), leaderLogEndOffset, nowMs);
        }
    }

    /// <summary>Has one of those in sync not followed since a moment, on the monotonic clock?</summary>
    public bool IsAnySilentSince(long momentMs, IReadOnlyList<int> isr)
    {
        foreach (var follower in _all)
        {
            if (isr.Contains(follower.BrokerId) && follower.LastFollowedTimeMs < momentMs)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The lowest log start offset among the leader and its live followers.</summary>
    public long LowestLogStart(long leaderLogStart, Func<int, bool> isAlive)
    {
        var lowest = leaderLogStart;
        foreach (var follower in _all)
        {
            if (isAlive(follower.BrokerId))
            {
                lowest = Math.Min(lowest, follower.LogStartOffset);
            }
        }

        return lowest;
    }

    /// <summary>Null where the broker has no replica.</summary>
    public FollowerReplica? Find(int brokerId)
    {
        foreach (var follower in _all)
        {
            if (follower.BrokerId == brokerId)
            {
                return follower;
            }
        }

        return null;
    }
}
