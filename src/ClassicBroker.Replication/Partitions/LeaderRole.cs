using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Selection;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// What a partition does while this broker leads it: append, follow its followers, keep ISR and high watermark. Owned by its
/// <see cref="Partition"/>. Threading: any thread; the partition's lock guards all that changes. Methods that say so want it held.
/// </summary>
internal sealed class LeaderRole(PartitionContext context)
{
    private const short AcksAll = -1;

    private volatile IsrState _isr = IsrState.None;
    private readonly FollowerReplicas _followers = new();
    private readonly TakeOver _takeOver = new();

    /// <summary>The last committed ISR; empty on followers.</summary>
    public IReadOnlyList<int> Isr => _isr.Isr;

    public bool IsUnderReplicated => context.Leadership is { IsLocal: true } leadership && leadership.ReplicationFactor > _isr.Isr.Count;

    public bool IsUnderMinIsr =>
        context is { Leadership: { IsLocal: true } leadership, Log: { } log } && _isr.Isr.Count < EffectiveMinIsr(log, leadership);

    public bool IsAtMinIsr =>
        context is { Leadership: { IsLocal: true } leadership, Log: { } log } && _isr.Isr.Count == EffectiveMinIsr(log, leadership);

    private PartitionEnvironment Environment => context.Environment;

    private int Local => context.Local;

    /// <summary>Begins to lead; true where the high watermark moved with it. Under the partition's lock.</summary>
    public bool Begin(PartitionAssignment state, PartitionLog log)
    {
        var before = context.Leadership;
        var isNewEpoch = state.LeaderEpoch > before.LeaderEpoch;
        var epochStartOffset = isNewEpoch ? log.LogEndOffset : before.EpochStartOffset;
        _isr = IsrState.Committed(state.Isr, state.RecoveryState);
        _followers.Become(state.Replicas, Local);
        if (isNewEpoch)
        {
            log.AssignEpochStart(new LeaderEpoch(state.LeaderEpoch), epochStartOffset);
            var nowMs = Environment.Time.MonotonicMs();
            _followers.Reset(!before.IsLocal, state.Isr, epochStartOffset, nowMs);
            _takeOver.Note(before, nowMs);
        }

        context.Leadership = state.ToLeadership(isLocal: true, epochStartOffset) with
        {
            LedSinceEpoch = before.IsLocal ? before.LedSinceEpoch : state.LeaderEpoch,
        };
        SyncSoon(log);
        return MaybeIncrementHighWatermark(log);
    }

    /// <summary>Forgets ISR and followers: another broker leads, or the replica is gone. Under the partition's lock.</summary>
    public void End()
    {
        _isr = IsrState.None;
        _followers.Clear();
    }

    /// <summary>
    /// Appends as leader what a producer or a coordinator sent, and wakes what waited for it. Refusals are in the result.
    /// </summary>
    /// <exception cref="StorageException">The log directory is going offline.</exception>
    public PartitionAppendResult Append(in RecordSet records, AppendOrigin origin, short acks, AppendVerification verification)
    {
        if (MayAppend(acks, out var leadership, out var log) is var early and not ErrorCode.None)
        {
            return PartitionAppendResult.Refused(early);
        }

        // Checksums, decompression and validation take long and need no lock; who leads is asked again under it.
        using var prepared = log!.Prepare(records, origin);
        LogAppend appended;
        bool highWatermarkMoved;
        try
        {
            lock (context.Lock)
            {
                if (MayAppend(acks, out leadership, out log) is var refusal and not ErrorCode.None)
                {
                    return PartitionAppendResult.Refused(refusal);
                }

                appended = log!.AppendAsLeader(prepared, new LeaderEpoch(leadership.LeaderEpoch), verification);
                highWatermarkMoved = MaybeIncrementHighWatermark(log);
            }
        }
        catch (RecordsException refused) when (
            refused.Code == ErrorCode.OutOfOrderSequenceNumber && (MayBeReplaced || _takeOver.IsRecent(Environment.Time.MonotonicMs())))
        {
            // A broker that stood still does not know yet that it was replaced; the one in its place may get what comes next before what
            // waits at the old one. The word would be a producer's last, or let it send again in a new epoch what has been appended.
            return PartitionAppendResult.Refused(ErrorCode.NotLeaderOrFollower);
        }

        SyncSoon(log);
        if (highWatermarkMoved)
        {
            Environment.Delayed.CheckAndCompleteAll(context.TopicPartition);
        }
        else
        {
            Environment.Delayed.CheckAndCompleteFetch(context.TopicPartition);
        }

        return new PartitionAppendResult(ErrorCode.None, appended);
    }

    /// <inheritdoc cref="Partition.CheckEnoughReplicasReachOffset"/>
    public ErrorCode? CheckEnoughReplicasReachOffset(long requiredOffset, short acks, LeaderEpoch appendedIn)
    {
        if (context.Log is not { } log)
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        // Leadership after what the replicas have: were it the other way round, that could be what they have of the next leader's records.
        var isReached = acks == AcksAll ? log.HighWatermark >= requiredOffset : CountReplicasAt(requiredOffset, log) >= acks;
        var leadership = context.Leadership;
        if (!leadership.IsLocal || MayBeCut(requiredOffset - 1, appendedIn, leadership, log))
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        return !isReached ? null
            : acks == AcksAll && _isr.MaximalIsr.Count < EffectiveMinIsr(log, leadership) ? ErrorCode.NotEnoughReplicasAfterAppend
            : ErrorCode.None;
    }

    public bool IsFollower(int brokerId) => _followers.Find(brokerId) is not null;

    /// <summary>
    /// Takes note of a follower's fetch: its log end may let the high watermark rise, and let it into the ISR. One that was read in another
    /// <paramref name="leaderEpoch"/> says nothing any more: the follower may have cut since what it had then.
    /// </summary>
    public void UpdateFollower(LeaderEpoch leaderEpoch, in FollowerFetch fetch, long leaderLogEndOffset)
    {
        var nowMs = Environment.Time.MonotonicMs();
        bool moved;
        IsrChange? expansion;
        lock (context.Lock)
        {
            if (!context.Leadership.IsLocal
                || context.Leadership.LeaderEpoch != leaderEpoch.Value
                || context.Log is not { } log
                || _followers.Find(fetch.BrokerId) is not { } follower)
            {
                return;
            }

            var lowWatermark = Environment.Delayed.WatchesLowWatermark ? LowWatermark(log) : -1;
            var endBefore = follower.LogEndOffset;
            follower.UpdateFetchState(fetch, nowMs, leaderLogEndOffset);

            // Asked again: a wait that began meanwhile may have looked at the low watermark before this follower moved it.
            moved = Environment.Delayed.WatchesLowWatermark && LowWatermark(log) > lowWatermark;
            expansion = PrepareExpansion(log, follower);
            moved |= endBefore != follower.LogEndOffset && (MaybeIncrementHighWatermark(log) || Environment.Delayed.CountsReplicas);
        }

        Submit(expansion);
        if (moved)
        {
            Environment.Delayed.CheckAndCompleteAll(context.TopicPartition);
        }
    }

    /// <summary>
    /// The lowest log start offset among the leader and its live followers: what DeleteRecords waits for. -1 on followers.
    /// </summary>
    public long LowWatermarkIfLeader()
    {
        lock (context.Lock)
        {
            return context.Leadership.IsLocal && context.Log is { } log ? LowWatermark(log) : -1;
        }
    }

    /// <summary>Followers in sync whose log holds an offset: where a consumer that wants it may read instead (KIP-392).</summary>
    public IReadOnlyList<ReplicaView> InSyncFollowersWith(long offset)
    {
        var nowMs = Environment.Time.MonotonicMs();
        lock (context.Lock)
        {
            return
            [
                .. _followers.All
                    .Where(follower => _isr.Isr.Contains(follower.BrokerId)
                        && follower.LogStartOffset <= offset
                        && follower.LogEndOffset >= offset)
                    .Select(follower => new ReplicaView(follower.BrokerId, follower.LogEndOffset, nowMs - follower.LastCaughtUpTimeMs)),
            ];
        }
    }

    /// <summary>The first offset of this leader's epoch, above which a high watermark that has not caught up yet hides records.</summary>
    public bool IsHighWatermarkBehindEpochStart(PartitionLog log) =>
        context.Leadership is { IsLocal: true } leadership && leadership.EpochStartOffset > log.HighWatermark;

    /// <summary>
    /// Has a follower in sync been silent for longer than that? Another broker may lead by now: only one in sync can, and it follows no
    /// more.
    /// </summary>
    public bool IsInDoubt(long silenceMs)
    {
        var nowMs = Environment.Time.MonotonicMs();
        lock (context.Lock)
        {
            return _followers.IsAnySilentSince(nowMs - silenceMs, _isr.Isr);
        }
    }

    /// <summary>
    /// May another broker lead by now? The followers of a leader that was replaced fall silent; one that woke, or is cut off, knows by its
    /// session, even while fetches of before are still to be read. A sole replica in sync is replaced by none.
    /// </summary>
    public bool MayBeReplaced =>
        IsInDoubt(Environment.FollowerSilenceMaxMs) || (_isr.MaximalIsr.Count > 1 && !Environment.Stands(context.AppointedBrokerEpoch));

    /// <summary>
    /// Has every follower that may be in sync followed at a moment, on the monotonic clock, or later? No other broker led then.
    /// </summary>
    public bool IsFollowedSince(long momentMs)
    {
        lock (context.Lock)
        {
            return context.Leadership.IsLocal && _isr.MaximalIsr.All(id =>
                id == Local || (_followers.Find(id) is { } follower && follower.LastFollowedTimeMs >= momentMs));
        }
    }

    /// <summary>Asks to drop those from the ISR that have not caught up for <c>replica.lag.time.max.ms</c>.</summary>
    public void MaybeShrinkIsr()
    {
        IsrChange? shrinkage;
        lock (context.Lock)
        {
            shrinkage = PrepareShrinkage();
        }

        Submit(shrinkage);
    }

    /// <summary>A follower that was about to join the ISR is waited for while it is alive; some may be gone.</summary>
    public void OnBrokersGone() => Recount();

    private ErrorCode MayAppend(short acks, out Leadership leadership, out PartitionLog? log)
    {
        (leadership, log) = (context.Leadership, context.Log);
        if (!leadership.IsLocal || log is null)
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        return acks == AcksAll && _isr.Isr.Count < EffectiveMinIsr(log, leadership) ? ErrorCode.NotEnoughReplicas
            : acks > leadership.ReplicationFactor ? ErrorCode.InvalidRequiredAcks
            : ErrorCode.None;
    }

    private IsrChange? PrepareShrinkage()
    {
        if (!context.Leadership.IsLocal || _isr.IsInFlight || context.Log is not { } log)
        {
            return null;
        }

        var nowMs = Environment.Time.MonotonicMs();
        var lagMaxMs = Environment.ReplicaLagTimeMaxMs();
        var inSync = _isr.Isr
            .Where(id => id == Local || _followers.Find(id) is { } follower && IsCaughtUp(follower, log.LogEndOffset, nowMs, lagMaxMs))
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
        if (_isr.IsInFlight
            || _isr.Isr.Contains(follower.BrokerId)
            || !Environment.MayJoinIsr(new(follower.LogEndOffset, log.HighWatermark, context.Leadership.EpochStartOffset))
            || !Environment.IsAlive(follower.BrokerId))
        {
            return null;
        }

        var change = ChangeTo([.. _isr.Isr, follower.BrokerId]);
        _isr = _isr.Expanding(change.State);
        return change;
    }

    private IsrChange ChangeTo(int[] isr)
    {
        var leadership = context.Leadership;
        var state = new LeaderAndIsr
        {
            Leader = Local,
            LeaderEpoch = leadership.LeaderEpoch,
            Isr = isr,
            PartitionEpoch = leadership.PartitionEpoch,
        };
        var epochs = isr.Select(id => _followers.Find(id)?.BrokerEpoch ?? -1).ToArray();
        var partition = new TopicIdPartition(context.Log?.TopicId ?? Uuid.Zero, context.TopicPartition);
        return new IsrChange(partition, state, epochs, leadership.ControllerEpoch);
    }

    private void Submit(IsrChange? change)
    {
        if (change is not null)
        {
            Environment.IsrChanges.Submit(change, outcome => Settle(change, outcome));
        }
    }

    private void Settle(IsrChange change, IsrChangeOutcome outcome)
    {
        var moved = false;
        IsrChange? again = null;
        lock (context.Lock)
        {
            if (!ReferenceEquals(_isr.Pending, change.State) || context.Log is not { } log)
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
                    Environment.IsrMetrics.Failures.Increment();
                    _isr = _isr.Reverted();
                    moved = MaybeIncrementHighWatermark(log);
                    break;
                case
                {
                    Error: ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId or ErrorCode.FencedLeaderEpoch
                    or ErrorCode.InvalidUpdateVersion or ErrorCode.InvalidRequest or ErrorCode.NewLeaderElected
                }:
                    Environment.IsrMetrics.Failures.Increment();

                    // Our state is stale in a way only a LeaderAndIsr can mend: stay as careful as the pending change demands until then.
                    break;
                default:
                    Environment.IsrMetrics.Failures.Increment();
                    again = change;
                    break;
            }
        }

        Submit(again);
        if (moved)
        {
            Environment.Delayed.CheckAndCompleteAll(context.TopicPartition);
        }
    }

    private bool Commit(PartitionLog log, LeaderAndIsr committed)
    {
        if (committed.LeaderEpoch != context.Leadership.LeaderEpoch || committed.PartitionEpoch < context.Leadership.PartitionEpoch)
        {
            return false;
        }

        // The controller, or ZooKeeper, has taken this broker for the leader.
        var nowMs = Environment.Time.MonotonicMs();
        foreach (var follower in _followers.All)
        {
            follower.ConfirmFollowing(nowMs);
        }

        Environment.IsrMetrics.Count(_isr.Isr.Count, committed.Isr.Count);
        _isr = IsrState.Committed(committed.Isr, committed.RecoveryState);
        context.Leadership = context.Leadership with { PartitionEpoch = committed.PartitionEpoch };
        return MaybeIncrementHighWatermark(log);
    }

    /// <summary>
    /// Raises the high watermark to what every replica has that is, or may any moment be, in the ISR. Below the minimum ISR it stands
    /// still, so that nothing is exposed that fewer replicas hold than the topic demands (KIP-966).
    /// </summary>
    private bool MaybeIncrementHighWatermark(PartitionLog log)
    {
        var leadership = context.Leadership;
        if (!leadership.IsLocal || _isr.Isr.Count < EffectiveMinIsr(log, leadership))
        {
            return false;
        }

        var logEnd = log.LogEnd;
        var highWatermark = IsUnsynced(log) ? new LogOffset(log.SyncedOffset) : logEnd;
        if (_followers.All.Length > 0)
        {
            var nowMs = Environment.Time.MonotonicMs();
            var lagMaxMs = Environment.ReplicaLagTimeMaxMs();
            foreach (var follower in _followers.All)
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
        || (IsCaughtUp(follower, logEndOffset, nowMs, lagMaxMs) && Environment.IsAlive(follower.BrokerId));

    private bool IsCaughtUp(FollowerReplica follower, long logEndOffset, long nowMs, long lagMaxMs) =>
        follower.IsCaughtUp(logEndOffset, nowMs, lagMaxMs, Environment.ReplicaLagMaxMessages);

    /// <summary>
    /// In-sync replicas, this one first of all, that have everything before an offset: without it, no other counts. Takes no lock: a
    /// purgatory asks, under its own.
    /// </summary>
    private int CountReplicasAt(long offset, PartitionLog log)
    {
        if (IsUnsynced(log) && log.SyncedOffset < offset)
        {
            return 0;
        }

        var isr = _isr.Isr;
        var count = 1;
        foreach (var follower in _followers.All)
        {
            if (follower.LogEndOffset >= offset && isr.Contains(follower.BrokerId))
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>Has the log records that do not count yet, because they are not on the disk?</summary>
    private bool IsUnsynced(PartitionLog log) => Environment.SyncsBeforeAcknowledging && log.SyncedOffset < log.LogEndOffset;

    private void SyncSoon(PartitionLog log)
    {
        if (IsUnsynced(log))
        {
            log.SyncSoon(OnSynced);
        }
    }

    /// <summary>More of the log is on the disk: the high watermark may rise, and who waits for this replica alone has it.</summary>
    private void OnSynced()
    {
        if (!Recount())
        {
            Environment.Delayed.CheckAndCompleteProduce(context.TopicPartition);
        }
    }

    /// <summary>Raises the high watermark where something else than a fetch lets it rise, and tells who waits for that.</summary>
    private bool Recount()
    {
        bool highWatermarkMoved;
        lock (context.Lock)
        {
            highWatermarkMoved = context.Log is { } log && MaybeIncrementHighWatermark(log);
        }

        if (highWatermarkMoved)
        {
            Environment.Delayed.CheckAndCompleteAll(context.TopicPartition);
        }

        return highWatermarkMoved;
    }

    private long LowWatermark(PartitionLog log) => _followers.LowestLogStart(log.LogStartOffset, Environment.IsAlive);

    /// <summary>Has another broker led since a record was appended, and is the record not known to be there still?</summary>
    private static bool MayBeCut(long offset, LeaderEpoch appendedIn, Leadership leadership, PartitionLog log) =>
        appendedIn.Value < leadership.LedSinceEpoch && log.EpochOf(offset) != appendedIn;

    private static int EffectiveMinIsr(PartitionLog log, Leadership leadership) =>
        Math.Min(log.Config.MinInsyncReplicas, leadership.ReplicationFactor);
}
