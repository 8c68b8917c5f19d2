using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>What consumers put into the opaque bytes of JoinGroup and SyncGroup. Stateless.</summary>
internal static class ConsumerProtocol
{
    public const string Type = "consumer";

    private const short SubscriptionVersion = 2;
    private const short AssignmentVersion = 1;

    public static byte[] Encode(
        IEnumerable<string> topics, byte[]? userData, IReadOnlyList<TopicPartition> owned, int generation) =>
        VersionedMessage.Encode(
            new ConsumerProtocolSubscription
            {
                Topics = [.. topics],
                UserData = userData,
                OwnedPartitions =
                [
                    .. owned.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                        .Select(topic => new ConsumerProtocolSubscription.TopicPartition
                        {
                            Topic = topic.Key,
                            Partitions = [.. topic.Select(partition => partition.Partition)],
                        }),
                ],
                GenerationId = generation,
            },
            SubscriptionVersion);

    /// <exception cref="MalformedDataException">The bytes are no subscription.</exception>
    public static SubscribedMember DecodeMember(string memberId, string? instanceId, byte[] metadata)
    {
        var subscription = VersionedMessage.DecodeForward<ConsumerProtocolSubscription>(metadata);
        return new()
        {
            MemberId = memberId,
            InstanceId = instanceId,
            Topics = subscription.Topics,
            UserData = subscription.UserData,
            Owned =
            [
                .. subscription.OwnedPartitions.SelectMany(
                    topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))),
            ],
            Generation = subscription.GenerationId,
        };
    }

    public static byte[] Encode(IReadOnlyList<TopicPartition> assignment) =>
        VersionedMessage.Encode(
            new ConsumerProtocolAssignment
            {
                AssignedPartitions =
                [
                    .. assignment.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                        .Select(topic => new ConsumerProtocolAssignment.TopicPartition
                        {
                            Topic = topic.Key,
                            Partitions = [.. topic.Select(partition => partition.Partition)],
                        }),
                ],
            },
            AssignmentVersion);

    /// <summary>An empty assignment stands for none.</summary>
    /// <exception cref="MalformedDataException">The bytes are no assignment.</exception>
    public static IReadOnlyList<TopicPartition> DecodeAssignment(byte[] assignment) =>
        assignment.Length == 0
            ? []
            :
            [
                .. VersionedMessage.DecodeForward<ConsumerProtocolAssignment>(assignment).AssignedPartitions
                    .SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))
                    .Order(),
            ];
}
