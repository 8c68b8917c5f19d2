using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Fetch;

namespace ClassicBroker.Replication.Sessions;

/// <summary>
/// All incremental fetch sessions of the broker (KIP-227), bounded by <c>max.incremental.fetch.session.cache.slots</c> and split into
/// shards by id range. Owned by the broker. Threading: any thread.
/// </summary>
public sealed class FetchSessionCache
{
    private const int ShardsMax = 8;

    private readonly FetchSessionCacheShard[] _shards;
    private readonly int _idsPerShard;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;

    public FetchSessionCache(int slots, TimeProvider time, IRandomSource random)
    {
        _time = time;
        _random = random;
        var count = Math.Clamp(slots, 1, ShardsMax);
        _idsPerShard = (int.MaxValue / count) + 1;
        _shards = [.. Enumerable.Range(0, count).Select(shard => NewShard(shard, (slots / count) + (shard < slots % count ? 1 : 0)))];
    }

    /// <summary>Sessions alive, for the metric <c>NumIncrementalFetchSessions</c>.</summary>
    public int Count => _shards.Sum(shard => shard.Count);

    /// <summary>Partitions remembered by all sessions, for <c>NumIncrementalFetchPartitionsCached</c>.</summary>
    public long PartitionCount => _shards.Sum(shard => shard.PartitionCount);

    /// <summary>Sessions evicted so far, for <c>IncrementalFetchSessionEvictionsPerSec</c>.</summary>
    public long Evictions => _shards.Sum(shard => shard.Evictions);

    /// <summary>Finds, makes ready or closes the session a request names, and says what the request reads.</summary>
    /// <param name="sessionId">As requested; 0 names none.</param>
    /// <param name="sessionEpoch">As requested; 0 asks for a new session, -1 for none.</param>
    /// <param name="requested">The partitions the request lists: all of a full request's, the changed ones of an incremental one's.</param>
    /// <param name="forgotten">Partitions to drop from the session.</param>
    /// <param name="isFollower">True for requests of brokers.</param>
    /// <param name="usesTopicIds">True from Fetch 13 on.</param>
    /// <param name="nameOf">What a topic id is called, null where it is not known; asked of entries that have no name yet.</param>
    public FetchContext Open(
        int sessionId,
        int sessionEpoch,
        FetchPartition[] requested,
        ReadOnlySpan<TopicIdPartition> forgotten,
        bool isFollower,
        bool usesTopicIds,
        Func<Uuid, string?>? nameOf = null)
    {
        if (sessionEpoch is FetchSession.InitialEpoch or FetchSession.FinalEpoch)
        {
            if (sessionId != 0)
            {
                ShardOf(sessionId)?.Remove(sessionId);
            }

            return sessionEpoch == FetchSession.FinalEpoch
                ? FetchContext.Sessionless(requested)
                : FetchContext.Full(this, requested, isFollower, usesTopicIds);
        }

        return ShardOf(sessionId) is { } shard && shard.Find(sessionId) is { } session
            ? Continue(shard, session, sessionEpoch, requested, forgotten, usesTopicIds, nameOf)
            : FetchContext.Failed(ErrorCode.FetchSessionIdNotFound, 0);
    }

    internal int TryCreate(FetchPartition[] partitions, ReadOnlySpan<FetchSessionStep> steps, bool isFollower, bool usesTopicIds) =>
        _shards[_random.Next(_shards.Length)].TryCreate(partitions, steps, isFollower, usesTopicIds, _time.MonotonicMs());

    private FetchContext Continue(
        FetchSessionCacheShard shard,
        FetchSession session,
        int sessionEpoch,
        FetchPartition[] requested,
        ReadOnlySpan<TopicIdPartition> forgotten,
        bool usesTopicIds,
        Func<Uuid, string?>? nameOf)
    {
        FetchPartition[] partitions;
        int expectedEpoch;
        lock (session)
        {
            if (session.Epoch != sessionEpoch)
            {
                return FetchContext.Failed(ErrorCode.InvalidFetchSessionEpoch, 0);
            }

            if (session.UsesTopicIds != usesTopicIds)
            {
                return FetchContext.Failed(ErrorCode.FetchSessionTopicIdError, 0);
            }

            foreach (ref readonly var request in requested.AsSpan())
            {
                session.Add(request);
            }

            foreach (ref readonly var id in forgotten)
            {
                session.Remove(id);
            }

            if (usesTopicIds && nameOf is not null)
            {
                session.Name(nameOf);
            }

            session.Epoch = FetchSession.NextEpoch(session.Epoch);
            expectedEpoch = session.Epoch;
            partitions = session.Snapshot();
        }

        if (partitions.Length == 0)
        {
            shard.Remove(session.Id);
            return FetchContext.Sessionless([]);
        }

        shard.Touch(session, partitions.Length, _time.MonotonicMs());
        return FetchContext.Incremental(partitions, session, expectedEpoch);
    }

    private FetchSessionCacheShard? ShardOf(int sessionId) => sessionId > 0 ? _shards[sessionId / _idsPerShard] : null;

    private FetchSessionCacheShard NewShard(int shard, int slots)
    {
        var firstId = Math.Max(1, shard * (long)_idsPerShard);
        var idCount = Math.Min(int.MaxValue, ((shard + 1) * (long)_idsPerShard) - 1) - firstId;
        return new FetchSessionCacheShard(slots, (int)firstId, (int)idCount, _random);
    }
}
