using ClassicBroker.Primitives;
using ClassicBroker.Replication.Fetch;

namespace ClassicBroker.Replication.Sessions;

/// <summary>
/// An incremental fetch session (KIP-227): the partitions a consumer or follower goes on asking for without naming them again. Owned by a
/// shard of the <see cref="FetchSessionCache"/>. Threading: members under a lock on the session; the shard's fields under the shard's.
/// </summary>
internal sealed class FetchSession(int id, bool isFollower, bool usesTopicIds, long createdMs)
{
    /// <summary>The epoch of the request that creates a session; incremental ones count on from 1.</summary>
    public const int InitialEpoch = 0;

    /// <summary>The epoch of a request that wants no session, and closes the one it names.</summary>
    public const int FinalEpoch = -1;

    private readonly Dictionary<TopicIdPartition, CachedPartition> _partitions = [];
    private readonly CachedPartition _order = new();

    public int Id { get; } = id;

    /// <summary>A follower's session: harder to evict, as a stalled follower hurts more than a stalled consumer.</summary>
    public bool IsFollower { get; } = isFollower;

    /// <summary>Whether the session's requests name topics by id (Fetch 13 and later); a session never mixes.</summary>
    public bool UsesTopicIds { get; } = usesTopicIds;

    public long CreatedMs { get; } = createdMs;

    /// <summary>The epoch the next request must carry.</summary>
    public int Epoch { get; set; } = NextEpoch(InitialEpoch);

    public int Count => _partitions.Count;

    /// <summary>When a request last used the session. Guarded by the shard's lock.</summary>
    public long LastUsedMs { get; set; } = createdMs;

    /// <summary>How many partitions the shard has counted for this session. Guarded by the shard's lock.</summary>
    public int CountedPartitions { get; set; }

    public static int NextEpoch(int epoch) =>
        epoch switch
        {
            < 0 => FinalEpoch,
            int.MaxValue => 1,
            _ => epoch + 1,
        };

    /// <summary>Takes note of what is asked of a partition. A topic that was named once goes on by that name (KIP-516).</summary>
    public void Add(in FetchPartition request)
    {
        var key = KeyOf(request.Id);
        if (_partitions.TryGetValue(key, out var cached))
        {
            cached.Request = IsNamed(cached.Request.Id) ? request with { Id = cached.Request.Id } : request;
            if (IsFollower)
            {
                // It may have begun another epoch and not have taken what it was answered last: it is told the high watermark once more.
                cached.ForgetAnswer();
            }

            return;
        }

        cached = new CachedPartition(request);
        _partitions.Add(key, cached);
        cached.LinkBefore(_order);
    }

    /// <summary>Names the topics whose ids were not known before.</summary>
    public void Name(Func<Uuid, string?> nameOf)
    {
        for (var cached = _order.Next; cached != _order; cached = cached.Next)
        {
            var id = cached.Request.Id;
            if (!IsNamed(id) && nameOf(id.TopicId) is { } name)
            {
                cached.Request = cached.Request with { Id = id with { TopicPartition = new(name, id.TopicPartition.Partition) } };
            }
        }
    }

    public void Remove(in TopicIdPartition id)
    {
        if (_partitions.Remove(KeyOf(id), out var cached))
        {
            cached.Unlink();
        }
    }

    public FetchPartition[] Snapshot()
    {
        var requests = new FetchPartition[_partitions.Count];
        var next = 0;
        for (var cached = _order.Next; cached != _order; cached = cached.Next)
        {
            requests[next++] = cached.Request;
        }

        return requests;
    }

    /// <summary>
    /// Whether an incremental response mentions the partition. One that had records goes to the end of the reading order, so that the
    /// response's byte limit starves none.
    /// </summary>
    public bool Update(in TopicIdPartition id, in FetchSessionStep step)
    {
        if (!_partitions.TryGetValue(KeyOf(id), out var cached))
        {
            return true;
        }

        if (step.RecordsBytes > 0)
        {
            cached.Unlink();
            cached.LinkBefore(_order);
        }

        return cached.Update(step);
    }

    private static bool IsNamed(in TopicIdPartition id) => id.TopicPartition.Topic.Length > 0;

    /// <summary>With ids the name is no part of the key: it may become known later.</summary>
    private TopicIdPartition KeyOf(in TopicIdPartition id) =>
        UsesTopicIds ? id with { TopicPartition = new("", id.TopicPartition.Partition) } : id;
}
