using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// What members ask of their coordinator: JoinGroup, SyncGroup, Heartbeat, LeaveGroup. Threading: any; each request takes its group's lock,
/// and is answered where it was awaited.
/// </summary>
public sealed partial class GroupMembership
{
    private readonly GroupCoordinatorSettings _settings;
    private readonly GroupPartitions _partitions;
    private readonly GroupRebalance _rebalance;
    private readonly IGroupRecords _records;
    private readonly GroupJoin _join;
    private readonly ILogger _logger;

    internal GroupMembership(
        GroupCoordinatorSettings settings,
        GroupPartitions partitions,
        GroupRebalance rebalance,
        IGroupRecords records,
        IRandomSource random,
        ILogger logger)
    {
        (_settings, _partitions, _rebalance, _records, _logger) = (settings, partitions, rebalance, records, logger);
        _join = new GroupJoin(settings, rebalance, records, random, logger);
    }

    /// <summary>Ends when the group's next generation begins, or at once where nothing needs to be waited for.</summary>
    public ValueTask<JoinResult> JoinAsync(JoinRequest request)
    {
        var message = request.Message;
        var error = _partitions.TryGet(message.GroupId, mayBeEmpty: false, out var partition);
        if (error == ErrorCode.None
            && (message.SessionTimeoutMs < _settings.SessionTimeoutMinMs || message.SessionTimeoutMs > _settings.SessionTimeoutMaxMs))
        {
            error = ErrorCode.InvalidSessionTimeout;
        }

        if (error == ErrorCode.None)
        {
            error = partition!.TryGetGroup(message.GroupId, mayCreate: message.MemberId.Length == 0, out var group);
            if (group is not null)
            {
                return _join.JoinAsync(group, request);
            }

            error = error == ErrorCode.None ? ErrorCode.UnknownMemberId : error;
        }

        return new(JoinResult.Failed(message.MemberId, error));
    }

    /// <summary>Ends when the leader has handed in the assignment and it is stored.</summary>
    public ValueTask<SyncResult> SyncAsync(SyncGroupRequest request)
    {
        var error = _partitions.TryGet(request.GroupId, mayBeEmpty: false, out var partition);
        if (error != ErrorCode.None)
        {
            // Old clients know no other way to begin again on a coordinator that is loading.
            return new(SyncResult.Failed(error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.RebalanceInProgress : error));
        }

        error = partition!.TryGetGroup(request.GroupId, mayCreate: false, out var group);
        if (group is null)
        {
            return new(SyncResult.Failed(error == ErrorCode.None ? ErrorCode.UnknownMemberId : error));
        }

        Task<ErrorCode>? stored = null;
        Dictionary<string, byte[]>? assignments = null;
        Task<SyncResult> answer;
        lock (group.Lock)
        {
            if (RefusalOf(group, request) is { } refusal)
            {
                return new(SyncResult.Failed(refusal));
            }

            GroupRebalance.Synced(group, request.MemberId);
            var member = group.Find(request.MemberId)!;
            if (group.State == GroupState.Stable)
            {
                _rebalance.Heard(group, member);
                return new(new SyncResult(ErrorCode.None, group.ProtocolType, group.ProtocolName, member.Assignment));
            }

            answer = Group.AwaitSync(member);
            if (group.IsLeader(member.Id))
            {
                assignments = AssignmentsOf(group, request);
                stored = _records.StoreAsync(group, assignments);
            }
        }

        return stored is null ? new(answer) : CompleteAsync(group, request.GenerationId, assignments!, stored, answer);
    }

    public ErrorCode Heartbeat(HeartbeatRequest request)
    {
        var error = _partitions.TryGet(request.GroupId, mayBeEmpty: false, out var partition);
        if (error != ErrorCode.None)
        {
            // While loading nothing is known of the member, and nothing of what it should be told.
            return error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.None : error;
        }

        error = partition!.TryGetGroup(request.GroupId, mayCreate: false, out var group);
        if (group is null)
        {
            return error == ErrorCode.None ? ErrorCode.UnknownMemberId : error;
        }

        lock (group.Lock)
        {
            if (RefusalOf(group, request.MemberId, request.GroupInstanceId, request.GenerationId) is { } refusal)
            {
                return refusal;
            }

            _rebalance.Heard(group, group.Find(request.MemberId)!);
            return group.State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
        }
    }

    public LeaveResult Leave(string groupId, LeaveGroupRequest.MemberIdentity[] members)
    {
        var error = _partitions.TryGet(groupId, mayBeEmpty: false, out var partition);
        Group? group = null;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetGroup(groupId, mayCreate: false, out group);
        }

        if (error != ErrorCode.None)
        {
            return new(error, []);
        }

        if (group is null)
        {
            return new(ErrorCode.None, [.. members.Select(member => Left(member, ErrorCode.UnknownMemberId))]);
        }

        lock (group.Lock)
        {
            return group.State == GroupState.Dead
                ? new(ErrorCode.CoordinatorNotAvailable, [])
                : new(ErrorCode.None, [.. members.Select(member => Left(member, Leave(group, member)))]);
        }
    }

    // --------------------------------------------------------------------------------------------------------------- sync

    private static ErrorCode? RefusalOf(Group group, SyncGroupRequest request) =>
        RefusalOf(group, request.MemberId, request.GroupInstanceId, request.GenerationId)
        ?? (Differs(request.ProtocolType, group.ProtocolType) || Differs(request.ProtocolName, group.ProtocolName)
            ? ErrorCode.InconsistentGroupProtocol
            : group.State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : null);

    private static ErrorCode? RefusalOf(Group group, string memberId, string? instanceId, int generation) =>
        group.State == GroupState.Dead
            ? ErrorCode.CoordinatorNotAvailable
            : group.RefusalOf(memberId, instanceId) ?? (generation == group.Generation ? null : ErrorCode.IllegalGeneration);

    private static bool Differs(string? claimed, string? actual) => claimed is not null && claimed != actual;

    /// <summary>What the leader gives each member; one it forgot gets nothing.</summary>
    private Dictionary<string, byte[]> AssignmentsOf(Group group, SyncGroupRequest request)
    {
        var assignments = new Dictionary<string, byte[]>(group.Size, StringComparer.Ordinal);
        foreach (var given in request.Assignments)
        {
            assignments[given.MemberId] = given.Assignment;
        }

        var forgotten = 0;
        foreach (var member in group.Members)
        {
            forgotten += assignments.TryAdd(member.Id, []) ? 1 : 0;
        }

        LogAssignment(request.MemberId, group.Id, group.Generation, group.Size, forgotten);
        return assignments;
    }

    private async ValueTask<SyncResult> CompleteAsync(
        Group group, int generation, Dictionary<string, byte[]> assignments, Task<ErrorCode> stored, Task<SyncResult> answer)
    {
        var error = await stored;
        lock (group.Lock)
        {
            // Another member may have joined while the replicas were awaited.
            if (group.State == GroupState.CompletingRebalance && group.Generation == generation)
            {
                if (error == ErrorCode.None)
                {
                    _rebalance.Assign(group, assignments);
                }
                else
                {
                    _rebalance.FailAssignment(group, error);
                }
            }
        }

        return await answer;
    }

    // -------------------------------------------------------------------------------------------------------------- leave

    private ErrorCode Leave(Group group, LeaveGroupRequest.MemberIdentity leaving)
    {
        var memberId = leaving.MemberId;
        if (memberId.Length == 0)
        {
            // An operator removes a static member by its instance id alone.
            if (leaving.GroupInstanceId is not { } instanceId || group.StaticMemberId(instanceId) is not { } current)
            {
                return ErrorCode.UnknownMemberId;
            }

            memberId = current;
        }
        else if (group.IsPending(memberId))
        {
            _rebalance.RemovePending(group, memberId);
            return ErrorCode.None;
        }
        else if (group.RefusalOf(memberId, leaving.GroupInstanceId) is { } refusal)
        {
            return refusal;
        }

        LogLeft(memberId, group.Id, leaving.Reason ?? "not provided");
        _rebalance.RemoveMember(group, group.Find(memberId)!, $"member {memberId} left");
        return ErrorCode.None;
    }

    private static LeaveGroupResponse.MemberResponse Left(LeaveGroupRequest.MemberIdentity member, ErrorCode error) =>
        new() { MemberId = member.MemberId, GroupInstanceId = member.GroupInstanceId, ErrorCode = error };

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Assignment received from leader {Leader} for group {Group} for generation {Generation}: "
            + "{Count} members, {Forgotten} forgotten")]
    private partial void LogAssignment(string leader, string group, int generation, int count, int forgotten);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Member {Member} has left group {Group} through explicit LeaveGroup; client reason: {Reason}")]
    private partial void LogLeft(string member, string group, string reason);
}
