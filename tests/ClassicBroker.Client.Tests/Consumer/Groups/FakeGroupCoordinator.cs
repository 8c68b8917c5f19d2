using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Consumer.Groups;

/// <summary>
/// The coordinator of a group of one member in a <see cref="FakeCluster"/>: the member leads, and gets what it assigns itself. Remembers
/// offsets and what it was asked. Threading: the test's thread.
/// </summary>
internal sealed class FakeGroupCoordinator
{
    private readonly Dictionary<(string Topic, int Partition), long> _offsets = [];
    private int _generation;

    public FakeGroupCoordinator(FakeCluster cluster)
    {
        cluster.Handle<FindCoordinatorRequest, FindCoordinatorResponse>(
            (_, request) => new() { NodeId = 0, Host = "broker", Port = 9092, Coordinators = [.. request.CoordinatorKeys.Select(Found)] });
        cluster.Handle<JoinGroupRequest, JoinGroupResponse>((_, request) => Join(request));
        cluster.Handle<SyncGroupRequest, SyncGroupResponse>(
            (_, request) => new() { ProtocolType = request.ProtocolType, ProtocolName = request.ProtocolName, Assignment = request.Assignments[0].Assignment });
        cluster.Handle<HeartbeatRequest, HeartbeatResponse>((_, _) => new());
        cluster.Handle<OffsetFetchRequest, OffsetFetchResponse>((_, request) => Fetch(request));
        cluster.Handle<OffsetCommitRequest, OffsetCommitResponse>((_, request) => Commit(request));
        cluster.Handle<LeaveGroupRequest, LeaveGroupResponse>((_, request) =>
        {
            Calls.Add($"Leave {request.GroupId}");
            return new() { Members = [.. request.Members.Select(member => new LeaveGroupResponse.MemberResponse { MemberId = member.MemberId })] };
        });
    }

    public List<string> Calls { get; } = [];

    public long? Committed(string topic, int partition) => _offsets.TryGetValue((topic, partition), out var offset) ? offset : null;

    private static FindCoordinatorResponse.Coordinator Found(string key) => new() { Key = key, NodeId = 0, Host = "broker", Port = 9092 };

    private JoinGroupResponse Join(JoinGroupRequest request)
    {
        Calls.Add($"Join {request.GroupId}");
        var member = request.MemberId.Length > 0 ? request.MemberId : "member-1";
        var protocol = request.Protocols[0];
        return new()
        {
            GenerationId = ++_generation,
            ProtocolType = request.ProtocolType,
            ProtocolName = protocol.Name,
            Leader = member,
            MemberId = member,
            Members = [new() { MemberId = member, Metadata = protocol.Metadata }],
        };
    }

    private OffsetFetchResponse Fetch(OffsetFetchRequest request) => new()
    {
        Topics =
        [
            .. (request.Topics ?? []).Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = topic.Name,
                Partitions =
                [
                    .. topic.PartitionIndexes.Select(partition => new OffsetFetchResponse.OffsetFetchResponsePartition
                    {
                        PartitionIndex = partition,
                        CommittedOffset = Committed(topic.Name, partition) ?? -1,
                        CommittedLeaderEpoch = -1,
                        Metadata = "",
                    }),
                ],
            }),
        ],
    };

    private OffsetCommitResponse Commit(OffsetCommitRequest request)
    {
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                _offsets[(topic.Name, partition.PartitionIndex)] = partition.CommittedOffset;
            }
        }

        return new()
        {
            Topics =
            [
                .. request.Topics.Select(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.Partitions.Select(partition => new OffsetCommitResponse.OffsetCommitResponsePartition
                        {
                            PartitionIndex = partition.PartitionIndex,
                        }),
                    ],
                }),
            ],
        };
    }
}
