using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// JoinGroup within one group: who is let in, under which id, and whether that begins a rebalance. Threading: takes the group's lock.
/// </summary>
internal sealed partial class GroupJoin(
    GroupCoordinatorSettings settings, GroupRebalance rebalance, IGroupRecords records, IRandomSource random, ILogger logger)
{
    private const int UuidTextLength = 36;
    private const int UuidBytes = 16;

    public ValueTask<JoinResult> JoinAsync(Group group, JoinRequest request)
    {
        var candidate = Candidate.Of(request);
        Task<JoinResult> answer;
        StaticReturn? comeback = null;
        lock (group.Lock)
        {
            if (!Accepts(group, candidate.MemberId))
            {
                group.Remove(candidate.MemberId);
                answer = Refuse("", ErrorCode.GroupMaxSizeReached);
            }
            else
            {
                answer = candidate.MemberId.Length == 0
                    ? JoinAsNew(group, candidate, out comeback)
                    : JoinAsKnown(group, candidate);
            }

            rebalance.TryCompleteJoin(group);
        }

        return comeback is null ? new(answer) : FinishAsync(group, candidate, comeback, answer);
    }

    private static Task<JoinResult> Refuse(string memberId, ErrorCode error) => Task.FromResult(JoinResult.Failed(memberId, error));

    /// <summary>
    /// New members are let in up to the limit. While joining those count that have joined, because a group may be above the limit already
    /// and the last to rejoin are then the ones to go.
    /// </summary>
    private bool Accepts(Group group, string memberId) =>
        group.State switch
        {
            GroupState.Empty or GroupState.Dead => true,
            GroupState.PreparingRebalance =>
                group.Find(memberId)?.AwaitingJoin is not null || group.AwaitingJoinCount < settings.GroupSizeMax,
            _ => group.Find(memberId) is not null || group.Size < settings.GroupSizeMax,
        };

    // -------------------------------------------------------------------------------------------------------- new members

    private Task<JoinResult> JoinAsNew(Group group, Candidate candidate, out StaticReturn? comeback)
    {
        comeback = null;
        if (group.State == GroupState.Dead)
        {
            return Refuse("", ErrorCode.CoordinatorNotAvailable);
        }

        if (!group.Supports(candidate.ProtocolType, candidate.Protocols))
        {
            return Refuse("", ErrorCode.InconsistentGroupProtocol);
        }

        if (NewMemberId(candidate) is not { } memberId)
        {
            return Refuse("", ErrorCode.InvalidRequest);
        }

        if (candidate.InstanceId is { } instanceId && group.StaticMemberId(instanceId) is { } oldId)
        {
            LogReturn(instanceId, group.Id, oldId, memberId);
            return Return(group, group.Find(oldId)!, memberId, candidate, out comeback);
        }

        if (candidate.RequiresKnownMemberId)
        {
            rebalance.AddPending(group, memberId, candidate.SessionTimeoutMs);
            return Refuse(memberId, ErrorCode.MemberIdRequired);
        }

        return Add(group, memberId, candidate);
    }

    private Task<JoinResult> Add(Group group, string memberId, Candidate candidate)
    {
        var member = new GroupMember(
            memberId, candidate.InstanceId, candidate.ClientId, candidate.ClientHost, candidate.ProtocolType)
        {
            Protocols = candidate.Protocols,
            RebalanceTimeoutMs = candidate.RebalanceTimeoutMs,
            SessionTimeoutMs = candidate.SessionTimeoutMs,
        };
        group.Add(member);
        var answer = group.AwaitJoin(member);
        rebalance.Welcome(group, member, $"adding new member {memberId} ({candidate.Reason})");
        return answer;
    }

    /// <summary>Null where the id would be longer than the protocol can carry.</summary>
    private string? NewMemberId(Candidate candidate)
    {
        var prefix = candidate.InstanceId ?? candidate.ClientId;
        if (Encoding.UTF8.GetByteCount(prefix) + 1 + UuidTextLength > ProtocolSize.MaxStringLength)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[UuidBytes];
        random.Fill(bytes);
        Uuid.FromRandom(bytes).Write(bytes);
        return $"{prefix}-{new Guid(bytes, bigEndian: true):D}";
    }

    // ---------------------------------------------------------------------------------------------------- static members

    /// <summary>
    /// A static member came back without its id (KIP-345): it takes its own place again under a new one. A stable group whose protocol
    /// stays what it is goes on undisturbed.
    /// </summary>
    private Task<JoinResult> Return(Group group, GroupMember member, string newId, Candidate candidate, out StaticReturn? comeback)
    {
        comeback = null;
        var before = new StaticReturn(member, member.Id, member.Protocols, member.RebalanceTimeoutMs, member.SessionTimeoutMs)
        {
            LeaderId = group.LeaderId!,
            Generation = group.Generation,
        };
        group.Replace(member, newId);
        rebalance.Heard(group, member);
        group.Update(member, candidate.Protocols, candidate.RebalanceTimeoutMs, candidate.SessionTimeoutMs);
        var answer = group.AwaitJoin(member);
        switch (group.State)
        {
            case GroupState.Stable when group.ProtocolName == group.SelectProtocol():
                before.Stored = records.StoreAsync(group, group.Members.ToDictionary(each => each.Id, each => each.Assignment));
                comeback = before;
                break;
            case GroupState.Stable or GroupState.CompletingRebalance:
                // The leader may be assigning to the old id this moment; the new one would get nothing.
                rebalance.Prepare(group, $"static member {newId} returned ({candidate.Reason})");
                break;
        }

        return answer;
    }

    private async ValueTask<JoinResult> FinishAsync(Group group, Candidate candidate, StaticReturn comeback, Task<JoinResult> answer)
    {
        var error = await comeback.Stored;
        lock (group.Lock)
        {
            var member = comeback.Member;
            if (group.Find(member.Id) == member)
            {
                if (error != ErrorCode.None)
                {
                    LogNotStored(group.Id, error);
                    Revert(group, comeback, error);
                }
                else if (group.State == GroupState.Stable && group.Generation == comeback.Generation)
                {
                    group.AnswerJoin(member, Resume(group, member, comeback, candidate.SupportsSkippingAssignment));
                }
            }
        }

        return await answer;
    }

    private void Revert(Group group, StaticReturn comeback, ErrorCode error)
    {
        var member = comeback.Member;
        group.AnswerJoin(member, new JoinResult
        {
            Error = error,
            MemberId = "",
            Generation = group.Generation,
            ProtocolType = group.ProtocolType,
            ProtocolName = group.ProtocolName,
            LeaderId = comeback.LeaderId,
        });
        group.Update(member, comeback.Protocols, comeback.RebalanceTimeoutMs, comeback.SessionTimeoutMs);
        group.Replace(member, comeback.OldId);
        rebalance.Heard(group, member);
        rebalance.TryCompleteJoin(group);
    }

    /// <summary>
    /// The current generation goes on. Clients that cannot skip the assignment are told the old leader, so that none of them computes an
    /// assignment that a stable group would ignore (KIP-814).
    /// </summary>
    private static JoinResult Resume(Group group, GroupMember member, StaticReturn comeback, bool canSkipAssignment)
    {
        var leads = canSkipAssignment && group.IsLeader(member.Id);
        return new JoinResult
        {
            MemberId = member.Id,
            Generation = group.Generation,
            ProtocolType = group.ProtocolType,
            ProtocolName = group.ProtocolName,
            LeaderId = canSkipAssignment ? group.LeaderId! : comeback.LeaderId,
            SkipAssignment = leads,
            Members = leads ? group.DescribeMembers() : [],
        };
    }

    // ------------------------------------------------------------------------------------------------------ known members

    private Task<JoinResult> JoinAsKnown(Group group, Candidate candidate)
    {
        var memberId = candidate.MemberId;
        if (group.State == GroupState.Dead)
        {
            return Refuse(memberId, ErrorCode.CoordinatorNotAvailable);
        }

        if (!group.Supports(candidate.ProtocolType, candidate.Protocols))
        {
            return Refuse(memberId, ErrorCode.InconsistentGroupProtocol);
        }

        if (group.IsPending(memberId))
        {
            // Ids are given out to dynamic members only.
            return candidate.InstanceId is null
                ? Add(group, memberId, candidate)
                : Refuse(memberId, ErrorCode.UnknownServerError);
        }

        if (group.RefusalOf(memberId, candidate.InstanceId) is { } refusal)
        {
            return Refuse(memberId, refusal);
        }

        var member = group.Find(memberId)!;
        return group.State switch
        {
            GroupState.PreparingRebalance => Rejoin(group, member, candidate),
            GroupState.CompletingRebalance when member.Matches(candidate.Protocols) =>
                Task.FromResult(Repeat(group, member, group.IsLeader(memberId))),
            GroupState.CompletingRebalance => Rejoin(group, member, candidate),

            // The leader may see what the others' metadata does not tell, such as new partitions.
            GroupState.Stable when group.IsLeader(memberId) || !member.Matches(candidate.Protocols) => Rejoin(group, member, candidate),
            GroupState.Stable => Task.FromResult(Repeat(group, member, withMembers: false)),
            _ => Refuse(memberId, ErrorCode.UnknownMemberId),
        };
    }

    private Task<JoinResult> Rejoin(Group group, GroupMember member, Candidate candidate)
    {
        group.Update(member, candidate.Protocols, candidate.RebalanceTimeoutMs, candidate.SessionTimeoutMs);
        var answer = group.AwaitJoin(member);
        rebalance.MaybePrepare(group, $"member {member.Id} joins again ({candidate.Reason})");
        return answer;
    }

    /// <summary>The member missed the answer it was given, or asks without need: the current generation once more.</summary>
    private static JoinResult Repeat(Group group, GroupMember member, bool withMembers) =>
        new()
        {
            MemberId = member.Id,
            Generation = group.Generation,
            ProtocolType = group.ProtocolType,
            ProtocolName = group.ProtocolName,
            LeaderId = group.LeaderId!,
            Members = withMembers ? group.DescribeMembers() : [],
        };

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Static member {Instance} of group {Group} joins again; its member id changes from {OldId} to {NewId}")]
    private partial void LogReturn(string instance, string group, string oldId, string newId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to persist metadata for group {Group}: {Error}")]
    private partial void LogNotStored(string group, ErrorCode error);

    /// <summary>What a static member was before it came back, for the case that the change cannot be stored.</summary>
    private sealed record StaticReturn(
        GroupMember Member, string OldId, MemberProtocol[] Protocols, int RebalanceTimeoutMs, int SessionTimeoutMs)
    {
        public required string LeaderId { get; init; }

        public required int Generation { get; init; }

        public Task<ErrorCode> Stored { get; set; } = Task.FromResult(ErrorCode.None);
    }

    /// <summary>What a request says of the member it speaks for.</summary>
    private sealed record Candidate
    {
        public required string MemberId { get; init; }

        public required string? InstanceId { get; init; }

        public required string ClientId { get; init; }

        public required string ClientHost { get; init; }

        public required string ProtocolType { get; init; }

        public required MemberProtocol[] Protocols { get; init; }

        public required int RebalanceTimeoutMs { get; init; }

        public required int SessionTimeoutMs { get; init; }

        public required bool RequiresKnownMemberId { get; init; }

        public required bool SupportsSkippingAssignment { get; init; }

        public required string Reason { get; init; }

        public static Candidate Of(JoinRequest request) =>
            new()
            {
                MemberId = request.Message.MemberId,
                InstanceId = request.Message.GroupInstanceId,
                ClientId = request.ClientId,
                ClientHost = request.ClientHost,
                ProtocolType = request.Message.ProtocolType,

                // A name given twice would count as two votes.
                Protocols =
                [
                    .. request.Message.Protocols
                        .DistinctBy(protocol => protocol.Name, StringComparer.Ordinal)
                        .Select(protocol => new MemberProtocol(protocol.Name, protocol.Metadata)),
                ],
                RebalanceTimeoutMs = request.Message.RebalanceTimeoutMs,
                SessionTimeoutMs = request.Message.SessionTimeoutMs,
                RequiresKnownMemberId = request.RequiresKnownMemberId,
                SupportsSkippingAssignment = request.SupportsSkippingAssignment,
                Reason = request.Message.Reason is { Length: > 0 } reason ? $"client reason: {reason}" : "no client reason",
            };
    }
}
