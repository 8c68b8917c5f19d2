using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>What a member asks its coordinator, as the consumer protocol has it. Owned by the member. Threading: the client loop.</summary>
internal sealed class GroupCalls(SimulatedCluster cluster, GroupWorkload workload, int number) : IDisposable
{
    private const string ProtocolType = "consumer";
    private const short FindVersion = 3;
    private const short JoinVersion = 7;
    private const short SyncVersion = 5;
    private const short HeartbeatVersion = 4;
    private const short LeaveVersion = 4;
    private const short FetchVersion = 7;
    private const short SubscriptionVersion = 2;
    private const short AssignmentVersion = 1;
    private const sbyte GroupKey = 0;

    /// <summary>An answer to JoinGroup comes when the others have joined.</summary>
    private readonly SimulatedClients _clients = new(
        cluster, $"member-{number}", TimeSpan.FromMilliseconds(workload.RebalanceTimeoutMs + 3000));

    private readonly string _protocolName = workload.IsCooperative ? "cooperative-sticky" : "range";

    /// <summary>The broker that was last said to coordinate the group; null where that is to be found out.</summary>
    public int? Coordinator { get; set; }

    /// <summary>Asks any broker who coordinates the group.</summary>
    public async Task FindAsync()
    {
        var answer = await _clients.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(
            cluster.Random.Next(cluster.Brokers.Count), new() { Key = GroupWorkload.GroupId, KeyType = GroupKey }, FindVersion);
        Coordinator = answer is { ErrorCode: ErrorCode.None } ? answer.NodeId : null;
    }

    public Task<JoinGroupResponse?> JoinAsync(MemberIdentity member, IEnumerable<TopicPartition> owned, string topic) =>
        AskAsync<JoinGroupRequest, JoinGroupResponse>(
            new()
            {
                GroupId = GroupWorkload.GroupId,
                SessionTimeoutMs = workload.SessionTimeoutMs,
                RebalanceTimeoutMs = workload.RebalanceTimeoutMs,
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
                ProtocolType = ProtocolType,
                Protocols = [new() { Name = _protocolName, Metadata = Subscription(member, owned, topic) }],
            },
            JoinVersion);

    public Task<SyncGroupResponse?> SyncAsync(MemberIdentity member, IEnumerable<KeyValuePair<string, List<TopicPartition>>> assignments) =>
        AskAsync<SyncGroupRequest, SyncGroupResponse>(
            new()
            {
                GroupId = GroupWorkload.GroupId,
                GenerationId = member.Generation,
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
                ProtocolType = ProtocolType,
                ProtocolName = _protocolName,
                Assignments = [.. assignments.Select(part => new SyncGroupRequest.SyncGroupRequestAssignment
                {
                    MemberId = part.Key, Assignment = Assignment(part.Value),
                })],
            },
            SyncVersion);

    public async Task<ErrorCode?> HeartbeatAsync(MemberIdentity member) =>
        (await AskAsync<HeartbeatRequest, HeartbeatResponse>(
            new()
            {
                GroupId = GroupWorkload.GroupId,
                GenerationId = member.Generation,
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
            },
            HeartbeatVersion))?.ErrorCode;

    public Task LeaveAsync(MemberIdentity member) =>
        AskAsync<LeaveGroupRequest, LeaveGroupResponse>(
            new()
            {
                GroupId = GroupWorkload.GroupId,
                Members = [new() { MemberId = member.Id, GroupInstanceId = member.InstanceId }],
            },
            LeaveVersion);

    /// <summary>The outcome for each partition; null where no answer came.</summary>
    public async Task<Dictionary<TopicPartition, ErrorCode>?> CommitAsync(
        MemberIdentity member, IReadOnlyCollection<KeyValuePair<TopicPartition, long>> offsets)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = GroupWorkload.GroupId,
            GenerationIdOrMemberEpoch = member.Generation,
            MemberId = member.Id,
            GroupInstanceId = member.InstanceId,
            Topics = [.. offsets.GroupBy(offset => offset.Key.Topic, StringComparer.Ordinal).Select(topic =>
                new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(offset => new OffsetCommitRequest.OffsetCommitRequestPartition
                    {
                        PartitionIndex = offset.Key.Partition, CommittedOffset = offset.Value, CommittedMetadata = "",
                    })],
                })],
        };
        var answer = await AskAsync<OffsetCommitRequest, OffsetCommitResponse>(request, workload.CommitVersion);
        return answer?.Topics
            .SelectMany(topic => topic.Partitions.Select(part => (Partition: new TopicPartition(topic.Name, part.PartitionIndex), part.ErrorCode)))
            .ToDictionary(part => part.Partition, part => part.ErrorCode);
    }

    /// <summary>What is committed, negative for nothing; null where that is not known.</summary>
    public async Task<(ErrorCode Error, Dictionary<TopicPartition, long> Offsets)?> CommittedAsync(IReadOnlyList<TopicPartition> partitions)
    {
        var request = new OffsetFetchRequest
        {
            GroupId = GroupWorkload.GroupId,
            RequireStable = true,
            Topics = [.. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(topic =>
                new OffsetFetchRequest.OffsetFetchRequestTopic
                {
                    Name = topic.Key, PartitionIndexes = [.. topic.Select(partition => partition.Partition)],
                })],
        };
        var answer = await AskAsync<OffsetFetchRequest, OffsetFetchResponse>(request, FetchVersion);
        if (answer is null)
        {
            return null;
        }

        var parts = answer.Topics
            .SelectMany(topic => topic.Partitions.Select(part => (Partition: new TopicPartition(topic.Name, part.PartitionIndex), Answer: part)))
            .ToList();
        var error = answer.ErrorCode != ErrorCode.None
            ? answer.ErrorCode : parts.Select(part => part.Answer.ErrorCode).FirstOrDefault(code => code != ErrorCode.None);
        return (error, parts.ToDictionary(part => part.Partition, part => part.Answer.CommittedOffset));
    }

    /// <summary>What a member told of itself in its JoinGroup.</summary>
    public static IReadOnlyList<TopicPartition> OwnedBy(byte[] metadata) =>
    [
        .. VersionedMessage.DecodeForward<ConsumerProtocolSubscription>(metadata).OwnedPartitions
            .SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))),
    ];

    public static IReadOnlyList<TopicPartition> Assigned(byte[] assignment) => assignment.Length == 0 ? [] :
    [
        .. VersionedMessage.DecodeForward<ConsumerProtocolAssignment>(assignment).AssignedPartitions
            .SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))),
    ];

    public void Dispose() => _clients.Dispose();

    private static byte[] Assignment(IEnumerable<TopicPartition> partitions) => VersionedMessage.Encode(
        new ConsumerProtocolAssignment
        {
            AssignedPartitions = [.. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(topic =>
                new ConsumerProtocolAssignment.TopicPartition
                {
                    Topic = topic.Key, Partitions = [.. topic.Select(partition => partition.Partition)],
                })],
        },
        AssignmentVersion);

    private static byte[] Subscription(MemberIdentity member, IEnumerable<TopicPartition> owned, string topicName) => VersionedMessage.Encode(
        new ConsumerProtocolSubscription
        {
            Topics = [topicName],
            GenerationId = member.Generation,
            OwnedPartitions = [.. owned.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(topic =>
                new ConsumerProtocolSubscription.TopicPartition
                {
                    Topic = topic.Key, Partitions = [.. topic.Select(partition => partition.Partition)],
                })],
        },
        SubscriptionVersion);

    private async Task<TResponse?> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        Coordinator is { } coordinator ? await _clients.AskAsync<TRequest, TResponse>(coordinator, request, version) : null;
}
