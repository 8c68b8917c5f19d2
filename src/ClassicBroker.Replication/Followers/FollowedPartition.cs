using ClassicBroker.Primitives;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// How far a fetcher is with one partition in one leader epoch (Kafka's PartitionFetchState). Owned by its <see cref="ReplicaFetcher"/>;
/// a later epoch gets another. Threading: the fetcher's loop; <see cref="Lag"/> is read
/// from any thread.
/// </summary>
internal sealed class FollowedPartition(Following following)
{
    private const long Unknown = -1;

    /// <summary>The first pause for a leader that has not heard of it yet; each one after is twice as long.</summary>
    private const int PauseMsMin = 10;

    private long _lag = Unknown;
    private int _pauseMs = PauseMsMin;

    public Partition Partition { get; } = following.Partition;

    public TopicPartition TopicPartition => Partition.TopicPartition;

    /// <summary>Zero where the cluster has no topic ids.</summary>
    public Uuid TopicId { get; } = following.TopicId;

    public int LeaderEpoch { get; } = following.LeaderEpoch.Value;

    /// <summary>The next offset to fetch; before truncation, where to cut when the leader does not know better.</summary>
    public long FetchOffset { get; set; }

    /// <summary>Records the leader's high watermark was ahead when it last answered; null before that.</summary>
    public long? Lag
    {
        get => Volatile.Read(ref _lag) is var lag and >= 0 ? lag : null;
        set => Volatile.Write(ref _lag, value ?? Unknown);
    }

    /// <summary>Must the log be compared with the leader's before anything is fetched?</summary>
    public bool IsTruncating { get; set; }

    /// <summary>Nothing is asked for it before this time, on the loop's monotonic clock.</summary>
    public long DelayedUntilMs { get; private set; } = long.MinValue;

    /// <summary>The epoch of the last record, by which the leader sees where the logs part.</summary>
    public LeaderEpoch LastFetchedEpoch { get; set; } = Primitives.LeaderEpoch.None;

    /// <summary>Where the leader began to lead; null where nothing but the log has told.</summary>
    public long? LeaderEpochStart { get; set; }

    /// <summary>The replica's log; null once the replica is gone.</summary>
    public PartitionLog? Log => Partition.Log;

    public bool IsReplicaInSync => Lag is <= 0;

    /// <summary>Decides how to begin: where the epochs of the log allow it, the first fetch itself tells whether the logs part.</summary>
    public void Begin(PartitionLog log, bool truncatesOnFetch)
    {
        LastFetchedEpoch = log.LatestEpoch;
        var canCompare = truncatesOnFetch && LastFetchedEpoch.IsKnown;
        FetchOffset = canCompare ? log.LogEndOffset : log.HighWatermark;
        IsTruncating = !canCompare;
    }

    public void Delay(long nowMs, int backoffMs) => DelayedUntilMs = nowMs + backoffMs;

    /// <summary>
    /// The leader does not lead yet: the controller has told this broker first, and tells that one any moment, so that a whole backoff
    /// would keep producers waiting.
    /// </summary>
    public void DelayUntilLed(long nowMs, int backoffMs)
    {
        Delay(nowMs, Math.Min(_pauseMs, backoffMs));
        _pauseMs = Math.Min(2 * _pauseMs, Math.Max(backoffMs, PauseMsMin));
    }

    public bool IsDelayed(long nowMs) => nowMs < DelayedUntilMs;

    public bool IsReadyToFetch(long nowMs) => !IsTruncating && !IsDelayed(nowMs);
}
