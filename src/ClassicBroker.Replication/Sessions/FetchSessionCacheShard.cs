using ClassicBroker.Platform;
using ClassicBroker.Replication.Fetch;

namespace ClassicBroker.Replication.Sessions;

/// <summary>
/// The sessions of one range of ids, with the rules by which a new one takes the place of an old one. Owned by
/// <see cref="FetchSessionCache"/>. Threading: any thread; its lock is never held while a session's is taken.
/// </summary>
internal sealed class FetchSessionCacheShard(int slots, int firstId, int idCount, IRandomSource random)
{
    /// <summary>A session idle for longer gives way to any; a younger one gives way to followers only.</summary>
    private const long EvictionMs = 120_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, LinkedListNode<FetchSession>> _sessions = [];
    private readonly LinkedList<FetchSession> _byLastUse = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    public long PartitionCount { get; private set; }

    public long Evictions { get; private set; }

    public FetchSession? Find(int id)
    {
        lock (_lock)
        {
            return _sessions.GetValueOrDefault(id)?.Value;
        }
    }

    public void Remove(int id)
    {
        lock (_lock)
        {
            RemoveLocked(id);
        }
    }

    public void Touch(FetchSession session, int partitions, long nowMs)
    {
        lock (_lock)
        {
            if (!_sessions.TryGetValue(session.Id, out var node))
            {
                return;
            }

            PartitionCount += partitions - session.CountedPartitions;
            session.CountedPartitions = partitions;
            session.LastUsedMs = nowMs;
            _byLastUse.Remove(node);
            _byLastUse.AddLast(node);
        }
    }

    /// <summary>Puts a session of the given partitions in place and returns its id; 0 where none may be evicted for it.</summary>
    public int TryCreate(
        FetchPartition[] partitions,
        ReadOnlySpan<FetchSessionStep> steps,
        bool isFollower,
        bool usesTopicIds,
        long nowMs)
    {
        lock (_lock)
        {
            if (_sessions.Count >= slots && !TryEvict(isFollower, partitions.Length, nowMs))
            {
                return 0;
            }

            var session = new FetchSession(NewId(), isFollower, usesTopicIds, nowMs) { CountedPartitions = partitions.Length };
            for (var i = 0; i < partitions.Length; i++)
            {
                session.Add(partitions[i]);
                session.Update(partitions[i].Id, steps[i]);
            }

            _sessions.Add(session.Id, _byLastUse.AddLast(session));
            PartitionCount += partitions.Length;
            return session.Id;
        }
    }

    private bool TryEvict(bool isFollower, int size, long nowMs)
    {
        if (_byLastUse.First is not { } oldest)
        {
            return false;
        }

        if (nowMs - oldest.Value.LastUsedMs > EvictionMs)
        {
            Evict(oldest.Value);
            return true;
        }

        FetchSession? candidate = null;
        foreach (var session in _byLastUse)
        {
            if (IsEvictable(session, isFollower) && (candidate is null || Compare(session, candidate) < 0))
            {
                candidate = session;
            }
        }

        // The newcomer must be worth more than what it displaces.
        if (candidate is null || (isFollower, size).CompareTo((candidate.IsFollower, candidate.CountedPartitions)) <= 0)
        {
            return false;
        }

        Evict(candidate);
        return true;
    }

    private static bool IsEvictable(FetchSession session, bool byFollower) =>
        session.LastUsedMs - session.CreatedMs > EvictionMs || (byFollower && !session.IsFollower);

    private static int Compare(FetchSession left, FetchSession right) =>
        (left.IsFollower, left.CountedPartitions, left.Id).CompareTo((right.IsFollower, right.CountedPartitions, right.Id));

    private void Evict(FetchSession session)
    {
        RemoveLocked(session.Id);
        Evictions++;
    }

    private void RemoveLocked(int id)
    {
        if (_sessions.Remove(id, out var node))
        {
            _byLastUse.Remove(node);
            PartitionCount -= node.Value.CountedPartitions;
        }
    }

    private int NewId()
    {
        while (true)
        {
            var id = firstId + random.Next(idCount);
            if (!_sessions.ContainsKey(id))
            {
                return id;
            }
        }
    }
}
