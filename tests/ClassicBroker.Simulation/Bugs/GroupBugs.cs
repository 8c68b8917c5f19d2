using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Ports;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.Simulation.Runs.Groups;

namespace ClassicBroker.Simulation.Bugs;

/// <summary>Mistakes of the group coordinator, made in what members ask it and what it answers.</summary>
internal static class GroupBugs
{
    private const int Never = 1_000_000;

    public static Func<PlantedBug>[] All { get; } =
    [
        () => new()
        {
            Name = "OldGenerationCommitAccepted",
            What = "A commit is taken for the current generation whatever generation its sender speaks for",
            Invariants = ["H13", "H14"],
            Adapt = scenario => WithGroup(scenario, group => group with { IsStatic = false, Members = 3, Turns = [MemberTurn.Freeze] }),
            Traffic = TakingOldGenerations(),
        },
        () => new()
        {
            Name = "StaticMemberNotFenced",
            What = "Who commits under the name of a static member is taken for its present holder (KIP-345)",
            Invariants = ["H13", "H14"],
            Adapt = scenario => WithGroup(scenario, group => group with { IsStatic = true, CommitVersion = 8, Turns = [MemberTurn.Crash] }),
            Traffic = TakingFencedMembers(),
        },
        () => new()
        {
            Name = "RebalanceTimerLost",
            What = "A rebalance waits without end for a member that does not rejoin",
            Invariants = ["L3", "L4"],
            Adapt = scenario => WithGroup(scenario, group => group with { IsStatic = false }),
            Traffic = new FrameRewriting().Of<JoinGroupRequest>(ApiKey.JoinGroup, request => request.RebalanceTimeoutMs = Never),
        },
        () => new()
        {
            Name = "SessionTimerLost",
            What = "A member that is not heard of any more stays a member",
            Invariants = ["L3", "L4"],
            Adapt = scenario => WithGroup(scenario, group => group with { IsStatic = true, CommitVersion = 8 }),
            Traffic = new FrameRewriting().Of<JoinGroupRequest>(ApiKey.JoinGroup, request => request.SessionTimeoutMs = Never),
        },
        () => new()
        {
            Name = "CommitAckedByLeaderOnly",
            What = "A commit is acknowledged before the replicas have it",
            Invariants = ["H13", "H14"],
            Adapt = scenario => WithGroup(scenario, group => group) with
            {
                FaultKinds = [FaultKind.Kill, FaultKind.Partition],
            },
            Properties = ["offsets.commit.required.acks=1"],
        },
        () => new()
        {
            Name = "LoadUnloadReordered",
            What = "A coordinator that leads again forgets what it has just loaded, not what it knew when it led before",
            Invariants = ["H13"],
            Adapt = scenario => WithGroup(scenario, WithHandovers) with
            {
                FaultKinds = [FaultKind.SessionExpiry, FaultKind.ElectPreferred, FaultKind.ZooKeeperAway],
            },
            Traffic = RememberingFormerLeadership(),
        },
        () => new()
        {
            Name = "OffsetExpiryWrongBase",
            What = "Offsets expire counted from their commit, however short the group has been empty",
            Invariants = ["H13", "H14"],
            Adapt = scenario => WithGroup(scenario, group => group with
            {
                IsStatic = false,
                CommitVersion = 4,
                Turns = [MemberTurn.Leave],
                LeavesTogether = true,
                RetentionCheckMs = 100,
            }),
            Traffic = new FrameRewriting().Of<OffsetCommitRequest>(ApiKey.OffsetCommit, request => request.RetentionTimeMs = 1),
        },
        () => new()
        {
            Name = "AssignmentToAll",
            What = "Every member is given the part of the first",
            Invariants = ["H14", "L4"],
            Adapt = scenario => WithGroup(scenario, group => group with { Members = Math.Max(group.Members, 2) }),
            Traffic = GivingAllTheSame(),
        },
    ];

    private static Scenario WithGroup(Scenario scenario, Func<GroupWorkload, GroupWorkload> change) => scenario with
    {
        DeletesRecords = false,
        Group = change(GroupWorkload.DrawAlways(scenario.Seed)),
    };

    private static GroupWorkload WithHandovers(GroupWorkload group) =>
        group with { Members = Math.Max(group.Members, 2), Turns = [MemberTurn.Leave, MemberTurn.Crash] };

    private static FrameRewriting TakingOldGenerations()
    {
        var (generation, memberId) = (-1, "");
        return new FrameRewriting()
            .Answering<JoinGroupResponse>(ApiKey.JoinGroup, response =>
            {
                if (response.ErrorCode == ErrorCode.None && response.GenerationId >= generation)
                {
                    (generation, memberId) = (response.GenerationId, response.MemberId);
                }
            })
            .Of<OffsetCommitRequest>(ApiKey.OffsetCommit, request =>
            {
                if (request.GenerationIdOrMemberEpoch < generation)
                {
                    (request.GenerationIdOrMemberEpoch, request.MemberId) = (generation, memberId);
                }
            });
    }

    private static FrameRewriting TakingFencedMembers()
    {
        var holders = new Dictionary<string, (string MemberId, int Generation)>(StringComparer.Ordinal);
        return new FrameRewriting()
            .Exchange<JoinGroupRequest, JoinGroupResponse>(ApiKey.JoinGroup, (request, response) =>
            {
                if (response.ErrorCode == ErrorCode.None && request.GroupInstanceId is { } instanceId)
                {
                    holders[instanceId] = (response.MemberId, response.GenerationId);
                }
            })
            .Of<OffsetCommitRequest>(ApiKey.OffsetCommit, request =>
            {
                if (request.GroupInstanceId is { } instanceId && holders.TryGetValue(instanceId, out var holder))
                {
                    (request.MemberId, request.GenerationIdOrMemberEpoch) = holder;
                }
            });
    }

    private static FrameRewriting RememberingFormerLeadership()
    {
        var known = new Dictionary<(string Broker, string Topic, int Partition), long>();
        var rewriting = new FrameRewriting();
        return rewriting
            .Exchange<OffsetCommitRequest, OffsetCommitResponse>(ApiKey.OffsetCommit, (request, response) =>
            {
                foreach (var (topic, answered) in request.Topics.Zip(response.Topics))
                {
                    foreach (var (commit, outcome) in topic.Partitions.Zip(answered.Partitions))
                    {
                        if (outcome.ErrorCode == ErrorCode.None)
                        {
                            known[(rewriting.Broker, topic.Name, commit.PartitionIndex)] = commit.CommittedOffset;
                        }
                    }
                }
            })
            .Answering<OffsetFetchResponse>(ApiKey.OffsetFetch, response =>
            {
                foreach (var topic in response.Topics)
                {
                    foreach (var part in topic.Partitions)
                    {
                        part.CommittedOffset = known.GetValueOrDefault((rewriting.Broker, topic.Name, part.PartitionIndex), part.CommittedOffset);
                    }
                }
            });
    }

    private static FrameRewriting GivingAllTheSame()
    {
        var parts = new Dictionary<int, byte[]>();
        return new FrameRewriting()
            .Exchange<SyncGroupRequest, SyncGroupResponse>(ApiKey.SyncGroup, (request, response) =>
            {
                if (response.ErrorCode == ErrorCode.None && response.Assignment.Length > 0)
                {
                    parts.TryAdd(request.GenerationId, response.Assignment);
                    response.Assignment = parts[request.GenerationId];
                }
            });
    }
}
