namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// What a leader knows of one follower, from its fetches. Owned by the leader's <see cref="Partition"/>. Threading: under the partition's
/// lock.
/// </summary>
internal sealed class FollowerReplica(int brokerId)
{
    /// <summary>An offset no fetch has told yet.</summary>
    public const long UnknownOffset = -1;

    private const long NoConnection = -1;

    /// <summary>Long before any reading of the monotonic clock, and far enough from overflow.</summary>
    private const long Never = long.MinValue / 4;

    private long _lastFetchLeaderLogEndOffset = UnknownOffset;
    private long _lastFetchTimeMs = Never;
    private long _lastFetchConnection = NoConnection;
    private long _lastCaughtUpTimeMs = Never;

    public int BrokerId { get; } = brokerId;

    /// <summary>The offset it asked for last: it has all before that.</summary>
    public long LogEndOffset { get; private set; } = UnknownOffset;

    public long LogStartOffset { get; private set; } = UnknownOffset;

    /// <summary>When it last had all the leader had, on the monotonic clock.</summary>
    public long LastCaughtUpTimeMs => _lastCaughtUpTimeMs;

    /// <summary>
    /// When it certainly followed this leader last, on the monotonic clock: over one connection a fetch is sent after the one before was
    /// answered, so it says so of that one's time. What it says of its own it may have said long ago; and fetches of two connections may
    /// both have waited in buffers while this broker stood still.
    /// </summary>
    public long LastFollowedTimeMs { get; private set; } = Never;

    /// <summary>The incarnation that fetched last (KIP-903); -1 where it does not say.</summary>
    public long BrokerEpoch { get; private set; } = -1;

    /// <summary>
    /// A fetch that reaches the leader's log end was caught up when it was read. One that reaches the end as the previous fetch saw it was
    /// caught up when that was read: a follower need not stand still to count as in sync.
    /// </summary>
    public void UpdateFetchState(in FollowerFetch fetch, long nowMs, long leaderLogEndOffset)
    {
        if (fetch.Offset >= leaderLogEndOffset)
        {
            _lastCaughtUpTimeMs = Math.Max(_lastCaughtUpTimeMs, nowMs);
        }
        else if (fetch.Offset >= _lastFetchLeaderLogEndOffset)
        {
            _lastCaughtUpTimeMs = Math.Max(_lastCaughtUpTimeMs, _lastFetchTimeMs);
        }

        LogEndOffset = fetch.Offset;
        LogStartOffset = fetch.LogStartOffset;
        BrokerEpoch = fetch.BrokerEpoch;
        _lastFetchLeaderLogEndOffset = Math.Max(_lastFetchLeaderLogEndOffset, leaderLogEndOffset);
        if (fetch.Connection == _lastFetchConnection)
        {
            LastFollowedTimeMs = Math.Max(LastFollowedTimeMs, _lastFetchTimeMs);
        }

        _lastFetchTimeMs = nowMs;
        _lastFetchConnection = fetch.Connection;
    }

    /// <summary>Begins a leader epoch. Those in the ISR get their full time to fetch before they count as lagging.</summary>
    public void Reset(bool isNewLeader, bool isInIsr, long leaderLogEndOffset, long nowMs)
    {
        _lastCaughtUpTimeMs = isInIsr ? nowMs : Never;
        LastFollowedTimeMs = nowMs;
        _lastFetchConnection = NoConnection;
        if (isNewLeader)
        {
            (LogEndOffset, LogStartOffset, BrokerEpoch) = (UnknownOffset, UnknownOffset, -1);
            (_lastFetchLeaderLogEndOffset, _lastFetchTimeMs) = (UnknownOffset, Never);
            return;
        }

        _lastFetchLeaderLogEndOffset = leaderLogEndOffset;
        _lastFetchTimeMs = isInIsr ? nowMs : Never;
    }

    /// <summary>This broker is known by others to lead now.</summary>
    public void ConfirmFollowing(long nowMs) => LastFollowedTimeMs = nowMs;

    /// <summary>
    /// Does it keep up, by the time since it last had everything, and by the number of records it lacks? One that has not fetched yet
    /// lacks no known number.
    /// </summary>
    public bool IsCaughtUp(long leaderLogEndOffset, long nowMs, long lagTimeMaxMs, long lagMaxMessages) =>
        LogEndOffset == leaderLogEndOffset
        || (nowMs - _lastCaughtUpTimeMs <= lagTimeMaxMs
            && (LogEndOffset == UnknownOffset || leaderLogEndOffset - LogEndOffset <= lagMaxMessages));
}
