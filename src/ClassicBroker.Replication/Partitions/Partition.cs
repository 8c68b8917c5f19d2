using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// One partition this broker holds a replica of: who leads it, and as its leader the ISR and the high watermark. Owned by the
/// <see cref="ReplicaManager"/>.
/// <para>Threading: any thread. One lock guards what changes together: leadership, ISR, followers, and appends against a change of
/// leader. It is taken before the log's lock and never while an event is raised. Reads of the log take no lock.</para>
/// </summary>
public sealed class Partition
{
    private const int AcksAll = -1;

    private readonly Lock _lock = new();
    private readonly PartitionEnvironment _environment;
    private volatile Leadership _leadership = Leadership.None;
    private volatile IsrState _isr = IsrState.None;
    private volatile FollowerReplica[] _followers = [];
    private volatile PartitionLog? _log;

    public Partition(TopicPartition topicPartition, PartitionEnvironment environment)
    {
        TopicPartition = topicPartition;
        _environment = environment;
    }

    public TopicPartition TopicPartition { get; }

    /// <summary>The replica's log; null until the first LeaderAndIsr has been applied.</summary>
    public PartitionLog? Log => _log;

    public bool IsLeader => _leadership.IsLocal;

    /// <summary>Id of the leader, -1 where there is none.</summary>
    public int Leader => _leadership.Leader;

    public int LeaderEpoch => _leadership.LeaderEpoch;

    public int PartitionEpoch => _leadership.PartitionEpoch;

    public IReadOnlyList<int> Replicas => _leadership.Replicas;

    /// <summary>The last committed ISR; empty on followers.</summary>
    public IReadOnlyList<int> Isr => _isr.Isr;

    public bool IsUnderReplicated => IsLeader && _leadership.ReplicationFactor > _isr.Isr.Count;

    public bool IsUnderMinIsr =>
        _leadership is { IsLocal: true } leadership && _log is { } log && _isr.Isr.Count < EffectiveMinIsr(log, leadership);

    public bool IsAtMinIsr =>
        _leadership is { IsLocal: true } leadership && _log is { } log && _isr.Isr.Count == EffectiveMinIsr(log, leadership);

    private int Local => _environment.LocalBrokerId.Value;

    // ------------------------------------------------------------------------------------------------------------ becoming

    /// <summary>
    /// Takes the lead as <paramref name="state"/> says, with the log <paramref name="obtainLog"/> opens or creates; true where this
    /// broker did not lead before. An older partition epoch than known changes nothing.
    /// </summary>
    /// <exception cref="StorageException">The log cannot be opened; nothing has changed.</exception>
    public bool MakeLeader(PartitionAssignment state, Func<PartitionLog> obtainLog)
    {
        bool wasFollower, highWatermarkMoved;
        lock (_lock)
        {
            var before = _leadership;
            if (state.PartitionEpoch < before.PartitionEpoch)
            {
                return false;
            }

            var log = _log ??= obtainLog();
            wasFollower = !before.IsLocal;
            var isNewEpoch = state.LeaderEpoch > before.LeaderEpoch;
            var epochStartOffset = isNewEpoch ? log.LogEndOffset : before.EpochStartOffset;
            _isr = IsrState.Committed(state.Isr, state.RecoveryState);
            _followers = FollowersOf(state.Replicas);
            if (isNewEpoch)
            {
                log.AssignEpochStart(new LeaderEpoch(state.LeaderEpoch), epochStartOffset);
                ResetFollowers(wasFollower, state.Isr, epochStartOffset);
            }

            _leadership = state.ToLeadership(isLocal: true, epochStartOffset);
            highWatermarkMoved = MaybeIncrementHighWatermark(log);
        }

        if (highWatermarkMoved)
        {
            _environment.Delayed.CheckAndCompleteAll(TopicPartition);
        }

        return wasFollower;
    }

    /// <summary>
    /// Follows the leader <paramref name="state"/> names; true where the leader epoch is new. An older partition epoch changes nothing.
    /// </summary>
    /// <exception cref="StorageException">The log cannot be opened; nothing has changed.</exception>
    public bool MakeFollower(PartitionAssignment state, Func<PartitionLog> obtainLog)
    {
        lock (_lock)
        {
            var before = _leadership;
            if (state.PartitionEpoch < before.PartitionEpoch)
            {
                return false;
            }

            _log ??= obtainLog();
            _isr = IsrState.None;
            _followers = [];
            _leadership = state.ToLeadership(isLocal: false, epochStartOffset: -1);
            return state.LeaderEpoch > before.LeaderEpoch;
        }
    }

    /// <summary>Lets go of the log: the replica was stopped, or its log directory failed.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _log = null;
            _isr = IsrState.None;
            _followers = [];
            _leadership = Leadership.None;
        }
    }

    // ----------------------------------------------------------------------------------------------------------- appending

    /// <summary>
    /// Appends as leader what a producer or a coordinator sent, and wakes whoever waited for it. Refusals are in the result.
    /// </summary>
    /// <exception cref="StorageException">The log directory is going offline.</exception>
    public PartitionAppendResult AppendAsLeader(in RecordSet records, AppendOrigin origin, short acks)
    {
        if (MayAppend(acks, out var leadership, out var log) is var early and not ErrorCode.None)
        {
            return PartitionAppendResult.Refused(early);
        }

        // Checksums, decompression and validation take long and need no lock; who leads is asked again under it.
        using var prepared = log!.Prepare(records, origin);
        LogAppend appended;
        bool highWatermarkMoved;
        lock (_lock)
        {
            if (MayAppend(acks, out leadership, out log) is var refusal and not ErrorCode.None)
            {
                return PartitionAppendResult.Refused(refusal);
            }

            appended = log!.AppendAsLeader(prepared, new LeaderEpoch(leadership.LeaderEpoch));
            highWatermarkMoved = MaybeIncrementHighWatermark(log);
        }

        if (highWatermarkMoved)
        {
            _environment.Delayed.CheckAndCompleteAll(TopicPartition);
        }
        else
        {
            _environment.Delayed.CheckAndCompleteFetch(TopicPartition);
        }

        return new PartitionAppendResult(ErrorCode.None, appended);
    }

    private ErrorCode MayAppend(short acks, out Leadership leadership, out PartitionLog? log)
    {
        (leadership, log) = (_leadership, _log);
        if (!leadership.IsLocal || log is null)
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        return acks == AcksAll && _isr.Isr.Count < EffectiveMinIsr(log, leadership) ? ErrorCode.NotEnoughReplicas : ErrorCode.None;
    }

    /// <summary>
    /// Whether all in-sync replicas have everything before <paramref name="requiredOffset"/>, or an answer that ends the wait; null while
    /// the wait goes on.
    /// </summary>
    public ErrorCode? CheckEnoughReplicasReachOffset(long requiredOffset)
    {
        var leadership = _leadership;
        if (!leadership.IsLocal || _log is not { } log)
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        if (log.HighWatermark < requiredOffset)
        {
            return null;
        }

        return _isr.MaximalIsr.Count < EffectiveMinIsr(log, leadership) ? ErrorCode.NotEnoughReplicasAfterAppend : ErrorCode.None;
    }

    // ------------------------------------------------------------------------------------------------------------- reading

    /// <summary>The log where this broker may serve a requester that believes in <paramref name="currentEpoch"/>.</summary>
    public ErrorCode TryGetLog(LeaderEpoch currentEpoch, bool onlyLeader, out PartitionLog? log) =>
        TryGetLog(currentEpoch, onlyLeader, out log, out _);

    /// <inheritdoc cref="TryGetLog(LeaderEpoch, bool, out PartitionLog?)"/>
    /// <param name="leaderEpoch">The epoch that was current then.</param>
    public ErrorCode TryGetLog(LeaderEpoch currentEpoch, bool onlyLeader, out PartitionLog? log, out int leaderEpoch)
    {
        var leadership = _leadership;
        log = _log;
        leaderEpoch = leadership.LeaderEpoch;
        if (currentEpoch.IsKnown && currentEpoch.Value != leadership.LeaderEpoch)
        {
            return currentEpoch.Value < leadership.LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        }

        return log is null || (onlyLeader && !leadership.IsLocal) ? ErrorCode.NotLeaderOrFollower : ErrorCode.None;
    }

    public bool IsFollower(int brokerId) => FollowerOrNull(brokerId) is not null;

    /// <summary>
    /// Takes note of a follower's fetch: its log end may let the high watermark rise, and let it into the ISR. One that was read in another
    /// <paramref name="leaderEpoch"/> says nothing any more: the follower may have cut since what it had then.
    /// </summary>
    public void UpdateFollower(
        int leaderEpoch, int brokerId, long fetchOffset, long logStartOffset, long leaderLogEndOffset, long brokerEpoch)
    {
        var nowMs = _environment.Time.MonotonicMs();
        var watchLowWatermark = _environment.Delayed.DeleteRecords.Delayed > 0;
        bool moved;
        IsrChange? expansion;
        lock (_lock)
        {
            if (!_leadership.IsLocal
                || _leadership.LeaderEpoch != leaderEpoch
                || _log is not { } log
                || FollowerOrNull(brokerId) is not { } follower)
            {
                return;
            }

            var lowWatermark = watchLowWatermark ? LowWatermark(log) : -1;
            var endBefore = follower.LogEndOffset;
            follower.UpdateFetchState(fetchOffset, logStartOffset, nowMs, leaderLogEndOffset, brokerEpoch);
            moved = watchLowWatermark && LowWatermark(log) > lowWatermark;
            expansion = PrepareExpansion(log, follower);
            moved |= endBefore != follower.LogEndOffset && MaybeIncrementHighWatermark(log);
        }

        Submit(expansion);
        if (moved)
        {
            _environment.Delayed.CheckAndCompleteAll(TopicPartition);
        }
    }

    /// <summary>
    /// The lowest log start offset among the leader and its live followers: what DeleteRecords waits for. -1 on followers.
    /// </summary>
    public long LowWatermarkIfLeader()
    {
        lock (_lock)
        {
            return _leadership.IsLocal && _log is { } log ? LowWatermark(log) : -1;
        }
    }

    /// <summary>The first offset of this leader's epoch, above which a high watermark that has not caught up yet hides records.</summary>
    public bool IsHighWatermarkBehindEpochStart(PartitionLog log) =>
        _leadership is { IsLocal: true } leadership && leadership.EpochStartOffset > log.HighWatermark;

    // ----------------------------------------------------------------------------------------------------------------- ISR

    /// <summary>Asks to drop those from the ISR that have not caught up for <c>replica.lag.time.max.ms</c>.</summary>
    public void MaybeShrinkIsr()
    {
        IsrChange? shrinkage;
        lock (_lock)
        {
            shrinkage = PrepareShrinkage();
        }

        Submit(shrinkage);
    }

    private IsrChange? PrepareShrinkage()
    {
        if (!_leadership.IsLocal || _isr.IsInFlight || _log is not { } log)
        {
            return null;
        }

        var nowMs = _environment.Time.MonotonicMs();
        var lagMaxMs = _environment.ReplicaLagTimeMaxMs();
        var inSync = _isr.Isr
            .Where(id => id == Local || FollowerOrNull(id) is { } follower && follower.IsCaughtUp(log.LogEndOffset, nowMs, lagMaxMs))
            .ToArray();
        if (inSync.Length == _isr.Isr.Count)
        {
            return null;
        }

        var change = ChangeTo(inSync);
        _isr = _isr.Shrinking(change.State);
        return change;
    }

    private IsrChange? PrepareExpansion(PartitionLog log, FollowerReplica follower)
    {
        // A follower below the leader's epoch start may lack records of the previous leader though the high watermark does not say so yet.
        if (_isr.IsInFlight
            || _isr.Isr.Contains(follower.BrokerId)
            || follower.LogEndOffset < log.HighWatermark
            || follower.LogEndOffset < _leadership.EpochStartOffset
            || !_environment.IsAlive(follower.BrokerId))
        {
            return null;
        }

        var change = ChangeTo([.. _isr.Isr, follower.BrokerId]);
        _isr = _isr.Expanding(change.State);
        return change;
    }

    private IsrChange ChangeTo(int[] isr)
    {
        var leadership = _leadership;
        var state = new LeaderAndIsr(Local, leadership.LeaderEpoch, isr, LeaderRecoveryState.Recovered, leadership.PartitionEpoch);
        var epochs = isr.Select(id => FollowerOrNull(id)?.BrokerEpoch ?? -1).ToArray();
        return new IsrChange(new TopicIdPartition(_log?.TopicId ?? Uuid.Zero, TopicPartition), state, epochs, leadership.ControllerEpoch);
    }

    private void Submit(IsrChange? change)
    {
        if (change is not null)
        {
            _environment.IsrChanges.Submit(change, outcome => Settle(change, outcome));
        }
    }

    private void Settle(IsrChange change, IsrChangeOutcome outcome)
    {
        var moved = false;
        IsrChange? again = null;
        lock (_lock)
        {
            if (!ReferenceEquals(_isr.Pending, change.State) || _log is not { } log)
            {
                // A LeaderAndIsr came meanwhile and decided.
                return;
            }

            switch (outcome)
            {
                case { Error: ErrorCode.None, Committed: { } committed }:
                    moved = Commit(log, committed);
                    break;
                case { Error: ErrorCode.OperationNotAttempted or ErrorCode.IneligibleReplica }:
                    _isr = _isr.Reverted();
                    break;
                case { Error: ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId or ErrorCode.FencedLeaderEpoch
                    or ErrorCode.InvalidUpdateVersion or ErrorCode.InvalidRequest or ErrorCode.NewLeaderElected }:
                    // Our state is stale in a way only a LeaderAndIsr can mend: stay as careful as the pending change demands until then.
                    break;
                default:
                    again = change;
                    break;
            }
        }

        Submit(again);
        if (moved)
        {
            _environment.Delayed.CheckAndCompleteAll(TopicPartition);
        }
    }

    private bool Commit(PartitionLog log, LeaderAndIsr committed)
    {
        if (committed.LeaderEpoch != _leadership.LeaderEpoch || committed.PartitionEpoch < _leadership.PartitionEpoch)
        {
            return false;
        }

        _isr = IsrState.Committed(committed.Isr, committed.RecoveryState);
        _leadership = _leadership with { PartitionEpoch = committed.PartitionEpoch };
        return MaybeIncrementHighWatermark(log);
    }

    // ------------------------------------------------------------------------------------------------------ high watermark

    /// <summary>
    /// Raises the high watermark to what every replica has that is, or may any moment be, in the ISR. Below the minimum ISR it stands
    /// still, so that nothing is exposed that fewer replicas hold than the topic demands (KIP-966).
    /// </summary>
    private bool MaybeIncrementHighWatermark(PartitionLog log)
    {
        var leadership = _leadership;
        if (!leadership.IsLocal || _isr.Isr.Count < EffectiveMinIsr(log, leadership))
        {
            return false;
        }

        var logEnd = log.LogEnd;
        var highWatermark = logEnd;
        if (_followers.Length > 0)
        {
            var nowMs = _environment.Time.MonotonicMs();
            var lagMaxMs = _environment.ReplicaLagTimeMaxMs();
            foreach (var follower in _followers)
            {
                if (follower.LogEndOffset < highWatermark.Offset && Counts(follower, logEnd.Offset, nowMs, lagMaxMs))
                {
                    highWatermark = new LogOffset(follower.LogEndOffset);
                }
            }
        }

        return log.AdvanceHighWatermark(highWatermark);
    }

    private bool Counts(FollowerReplica follower, long logEndOffset, long nowMs, long lagMaxMs) =>
        _isr.MaximalIsr.Contains(follower.BrokerId)
        || (follower.IsCaughtUp(logEndOffset, nowMs, lagMaxMs) && _environment.IsAlive(follower.BrokerId));

    private long LowWatermark(PartitionLog log)
    {
        var lowest = log.LogStartOffset;
        foreach (var follower in _followers)
        {
            if (_environment.IsAlive(follower.BrokerId))
            {
                lowest = Math.Min(lowest, follower.LogStartOffset);
            }
        }

        return lowest;
    }

    private static int EffectiveMinIsr(PartitionLog log, Leadership leadership) =>
        Math.Min(log.Config.MinInsyncReplicas, leadership.ReplicationFactor);

    private FollowerReplica? FollowerOrNull(int brokerId)
    {
        foreach (var follower in _followers)
        {
            if (follower.BrokerId == brokerId)
            {
                return follower;
            }
        }

        return null;
    }

    private FollowerReplica[] FollowersOf(IReadOnlyList<int> replicas) =>
        [.. replicas.Where(id => id != Local).Select(id => FollowerOrNull(id) ?? new FollowerReplica(id))];

    private void ResetFollowers(bool isNewLeader, IReadOnlyList<int> isr, long logEndOffset)
    {
        var nowMs = _environment.Time.MonotonicMs();
        foreach (var follower in _followers)
        {
            follower.Reset(isNewLeader, isr.Contains(follower.BrokerId), logEndOffset, nowMs);
        }
    }
}
