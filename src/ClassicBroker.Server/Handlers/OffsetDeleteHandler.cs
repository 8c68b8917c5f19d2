using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>OffsetDelete 0 (KIP-496): offsets of topics the group does not consume.</summary>
public sealed class OffsetDeleteHandler(GroupAdministration groups, MetadataCache metadata)
    : RequestHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    private static readonly AccessRule ReadTopic = AccessRule.Each(AclOperation.Read, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Whole<OffsetDeleteRequest>(AclOperation.Delete, AclResourceType.Group, static request => request.GroupId),
        ReadTopic,
    ];

    public override ValueTask<OffsetDeleteResponse?> HandleAsync(OffsetDeleteRequest request, RequestContext context)
    {
        var image = metadata.Current;
        TopicPartition[] asked =
        [
            .. request.Topics
                .SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Name, partition.PartitionIndex)))
                .Distinct(),
        ];
        var refused = context.RefusedOf(ReadTopic, asked.Select(partition => partition.Topic));
        var error = groups.DeleteOffsets(
            request.GroupId,
            [.. asked.Where(partition => !refused.Contains(partition.Topic) && image.Partition(partition) is not null)],
            out var errors);
        return new(error != ErrorCode.None
            ? new OffsetDeleteResponse { ErrorCode = error }
            : new OffsetDeleteResponse
            {
                Topics =
                [
                    .. asked.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                        .Select(topic => new OffsetDeleteResponse.OffsetDeleteResponseTopic
                        {
                            Name = topic.Key,
                            Partitions = [.. topic.Select(partition => new OffsetDeleteResponse.OffsetDeleteResponsePartition
                            {
                                PartitionIndex = partition.Partition,
                                ErrorCode = refused.Contains(partition.Topic) ? ReadTopic.Refusal
                                    : errors.TryGetValue(partition, out var known) ? known
                                    : ErrorCode.UnknownTopicOrPartition,
                            })],
                        }),
                ],
            });
    }
}
