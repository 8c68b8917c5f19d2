using System.Collections.Frozen;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// What moves a group from one generation to the next, and what time does to its members: the join phase, the sync phase, sessions that
/// end. Threading: called under the group's lock; timers take it themselves, on the coordinator's loop.
/// </summary>
internal sealed partial class GroupRebalance(
    GroupCoordinatorSettings settings, CoordinatorTimers timers, IGroupRecords records, ILogger logger)
{
    /// <summary>
    /// A new member cannot heartbeat before it has its id, and its connection may be gone unnoticed: it gets this long to be answered.
    /// </summary>
    private const int NewMemberJoinTimeoutMs = 5 * 60 * 1000;

    private readonly BackgroundWork _emptyStores = new("empty-group-store", timers.Loop);
    private long _completedRebalances;

    /// <summary>Generations begun with members, for the metric.</summary>
    public long CompletedRebalances => Interlocked.Read(ref _completedRebalances);

    public void MaybePrepare(Group group, string reason)
    {
        if (group.CanRebalance)
        {
            Prepare(group, reason);
        }
    }

    /// <summary>Asks all members to join again.</summary>
    public void Prepare(Group group, string reason)
    {
        if (group.State == GroupState.CompletingRebalance)
        {
            PropagateAssignments(group, ErrorCode.RebalanceInProgress);
        }

        LogPreparing(group.Id, group.State, group.Generation, reason);
        var wasEmpty = group.State == GroupState.Empty;
        group.TransitionTo(GroupState.PreparingRebalance, timers.UnixMs);
        if (wasEmpty)
        {
            group.IsInInitialDelay = true;
            BeginInitialDelay(
                group,
                settings.InitialRebalanceDelayMs,
                Math.Max(group.RebalanceTimeoutMs() - settings.InitialRebalanceDelayMs, 0));
        }
        else
        {
            BeginJoinPhase(group);
        }
    }

    /// <summary>Ends the join phase where all members have joined and no id that was given out is still unused.</summary>
    public void TryCompleteJoin(Group group)
    {
        if (group.State == GroupState.PreparingRebalance && !group.IsInInitialDelay && group.HaveAllJoined)
        {
            CompleteJoin(group);
        }
    }

    /// <summary>A new member: its JoinGroup is parked already.</summary>
    public void Welcome(Group group, GroupMember member, string reason)
    {
        member.IsNew = true;
        if (group.State == GroupState.PreparingRebalance && group.Generation == Group.FirstGeneration)
        {
            group.HasNewMember = true;
        }

        Expect(group, member, NewMemberJoinTimeoutMs);
        MaybePrepare(group, reason);
    }

    /// <summary>The member was heard of: its session begins again.</summary>
    public void Heard(Group group, GroupMember member) => Expect(group, member, member.SessionTimeoutMs);

    /// <summary>The id given out must be used within the session timeout.</summary>
    public void AddPending(Group group, string memberId, int sessionTimeoutMs) =>
        group.AddPending(memberId, timers.Schedule(() => OnPendingExpired(group, memberId), sessionTimeoutMs));

    public void RemovePending(Group group, string memberId)
    {
        group.Remove(memberId);
        TryCompleteJoin(group);
    }

    public void RemoveMember(Group group, GroupMember member, string reason)
    {
        group.Remove(member.Id);
        if (group.State == GroupState.PreparingRebalance)
        {
            TryCompleteJoin(group);
        }
        else
        {
            MaybePrepare(group, reason);
        }
    }

    /// <summary>A member asked for its assignment: it has synced.</summary>
    public static void Synced(Group group, string memberId)
    {
        group.RemovePendingSync(memberId);
        if (!group.HasPendingSync)
        {
            group.EndPhase();
        }
    }

    public void Assign(Group group, IReadOnlyDictionary<string, byte[]> assignments)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = assignments.GetValueOrDefault(member.Id, []);
        }

        PropagateAssignments(group, ErrorCode.None);
        group.TransitionTo(GroupState.Stable, timers.UnixMs);
    }

    /// <summary>The assignment could not be stored; the members are told and asked to join again.</summary>
    public void FailAssignment(Group group, ErrorCode error)
    {
        PropagateAssignments(group, error);
        MaybePrepare(group, "the assignment could not be stored");
    }

    /// <summary>Begins the sessions of a group that was just loaded.</summary>
    public void OnLoaded(Group group)
    {
        if (group.Size > settings.GroupSizeMax)
        {
            Prepare(group, "the loaded group has more members than group.max.size");
        }

        foreach (var member in group.Members)
        {
            Heard(group, member);
        }
    }

    /// <summary>The group is coordinated elsewhere from now on: waiting members are sent to look for its coordinator.</summary>
    public void OnUnloaded(Group group)
    {
        foreach (var member in group.Members)
        {
            member.StopTimer();
            group.AnswerJoin(member, JoinResult.Failed(member.Id, ErrorCode.NotCoordinator));
            Group.AnswerSync(member, SyncResult.Failed(ErrorCode.NotCoordinator));
        }

        group.EndPhase();
        group.TransitionTo(GroupState.Dead, timers.UnixMs);
    }

    // --------------------------------------------------------------------------------------------------------- join phase

    private void BeginInitialDelay(Group group, long delayMs, long remainingMs)
    {
        group.HasNewMember = false;
        group.BeginPhase(phase => timers.Schedule(() => OnInitialDelay(group, phase, delayMs, remainingMs), delayMs));
    }

    private void OnInitialDelay(Group group, long phase, long delayMs, long remainingMs)
    {
        lock (group.Lock)
        {
            if (group.Phase != phase)
            {
                return;
            }

            if (group.HasNewMember && remainingMs != 0)
            {
                var nextMs = Math.Min(settings.InitialRebalanceDelayMs, remainingMs);
                BeginInitialDelay(group, nextMs, Math.Max(remainingMs - delayMs, 0));
                return;
            }

            CompleteJoin(group);
        }
    }

    private void BeginJoinPhase(Group group)
    {
        group.BeginPhase(phase => timers.Schedule(() => OnJoinTimeout(group, phase), group.RebalanceTimeoutMs()));
        TryCompleteJoin(group);
    }

    private void OnJoinTimeout(Group group, long phase)
    {
        lock (group.Lock)
        {
            if (group.Phase == phase)
            {
                CompleteJoin(group);
            }
        }
    }

    private void CompleteJoin(Group group)
    {
        group.IsInInitialDelay = false;
        foreach (var laggard in group.Members.Where(member => member.AwaitingJoin is null && !member.IsStatic).ToList())
        {
            LogLaggard(laggard.Id, group.Id, group.Generation);
            group.Remove(laggard.Id);
        }

        if (!group.TryElectJoinedLeader() && group.Size > 0)
        {
            // Only static members are left and none of them has joined: their sessions decide.
            LogNoneJoined(group.Id);
            BeginJoinPhase(group);
            return;
        }

        group.EndPhase();
        group.BeginGeneration(timers.UnixMs);
        if (group.State == GroupState.Empty)
        {
            LogEmpty(group.Id, group.Generation, group.Partition.TopicPartition);
            _emptyStores.Watch(StoreEmptyAsync(group));
            return;
        }

        LogStabilized(group.Id, group.Generation, group.Partition.TopicPartition, group.Size);
        Interlocked.Increment(ref _completedRebalances);
        AnswerJoins(group);
        group.BeginPhase(phase => timers.Schedule(() => OnSyncTimeout(group, phase), group.RebalanceTimeoutMs()));
    }

    private void AnswerJoins(Group group)
    {
        var members = group.DescribeMembers();
        foreach (var member in group.Members)
        {
            group.AnswerJoin(member, new JoinResult
            {
                MemberId = member.Id,
                Generation = group.Generation,
                ProtocolType = group.ProtocolType,
                ProtocolName = group.ProtocolName,
                LeaderId = group.LeaderId!,
                Members = group.IsLeader(member.Id) ? members : [],
            });
            member.IsNew = false;
            Heard(group, member);
            group.AddPendingSync(member.Id);
        }
    }

    /// <summary>
    /// A failure does no harm: the log then still has a generation whose members time out on the next coordinator.
    /// </summary>
    private async Task StoreEmptyAsync(Group group)
    {
        var error = await records.StoreAsync(group, FrozenDictionary<string, byte[]>.Empty);
        if (error != ErrorCode.None)
        {
            LogEmptyNotStored(group.Id, error);
        }
    }

    // --------------------------------------------------------------------------------------------------------- sync phase

    private void OnSyncTimeout(Group group, long phase)
    {
        lock (group.Lock)
        {
            if (group.Phase != phase || !group.HasPendingSync)
            {
                return;
            }

            foreach (var memberId in group.PendingSync())
            {
                LogNotSynced(memberId, group.Id, group.Generation);
                group.Remove(memberId);
            }

            Prepare(group, "members did not sync in time");
        }
    }

    private void PropagateAssignments(Group group, ErrorCode error)
    {
        foreach (var member in group.Members)
        {
            if (error != ErrorCode.None)
            {
                member.Assignment = [];
            }

            var result = error == ErrorCode.None
                ? new SyncResult(error, group.ProtocolType, group.ProtocolName, member.Assignment)
                : SyncResult.Failed(error);
            if (Group.AnswerSync(member, result))
            {
                Heard(group, member);
            }
        }
    }

    // ----------------------------------------------------------------------------------------------------------- sessions

    /// <summary>
    /// Moves the member's deadline. An armed timer stays where it does not come too late: it looks at the deadline when it fires, so that
    /// a heartbeat costs no timer.
    /// </summary>
    private void Expect(Group group, GroupMember member, long timeoutMs)
    {
        member.DeadlineMs = timers.MonotonicMs + timeoutMs;
        if (member.TimerDueMs == GroupMember.NotArmed || member.TimerDueMs > member.DeadlineMs)
        {
            member.StopTimer();
            Arm(group, member, timeoutMs);
        }
    }

    private void Arm(Group group, GroupMember member, long delayMs)
    {
        var dueMs = timers.MonotonicMs + delayMs;
        member.TimerDueMs = dueMs;
        member.Timer = timers.Schedule(() => OnSessionTimer(group, member, dueMs), delayMs);
    }

    private void OnSessionTimer(Group group, GroupMember member, long dueMs)
    {
        lock (group.Lock)
        {
            if (member.TimerDueMs != dueMs || !ReferenceEquals(group.Find(member.Id), member))
            {
                return;
            }

            (member.Timer, member.TimerDueMs) = (null, GroupMember.NotArmed);
            var leftMs = member.DeadlineMs - timers.MonotonicMs;
            if (leftMs > 0)
            {
                Arm(group, member, leftMs);
            }
            else if (member.IsNew || (member.AwaitingJoin is null && member.AwaitingSync is null))
            {
                LogExpired(member.Id, group.Id);
                RemoveMember(group, member, $"the session of {member.Id} ended");
            }
        }
    }

    private void OnPendingExpired(Group group, string memberId)
    {
        lock (group.Lock)
        {
            if (group.IsPending(memberId))
            {
                LogPendingExpired(memberId, group.Id);
                RemovePending(group, memberId);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Preparing to rebalance group {Group} in state {State} with old generation {Generation}: {Reason}")]
    private partial void LogPreparing(string group, GroupState state, int generation, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Member {Member} of group {Group} did not rejoin after generation {Generation}")]
    private partial void LogLaggard(string member, string group, int generation);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "Group {Group} could not complete its rebalance because no members rejoined; waiting for them")]
    private partial void LogNoneJoined(string group);

    [LoggerMessage(Level = LogLevel.Information, Message = "Group {Group} with generation {Generation} is now empty ({Partition})")]
    private partial void LogEmpty(string group, int generation, TopicPartition partition);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to write the empty metadata of group {Group}: {Error}")]
    private partial void LogEmptyNotStored(string group, ErrorCode error);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Stabilized group {Group} generation {Generation} ({Partition}) with {Count} members")]
    private partial void LogStabilized(string group, int generation, TopicPartition partition, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Member {Member} of group {Group} did not sync in generation {Generation}")]
    private partial void LogNotSynced(string member, string group, int generation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Member {Member} in group {Group} has failed, removing it from the group")]
    private partial void LogExpired(string member, string group);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Pending member {Member} in group {Group} has been removed after session timeout expiration")]
    private partial void LogPendingExpired(string member, string group);
}
