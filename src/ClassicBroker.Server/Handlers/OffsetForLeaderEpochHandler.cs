using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Offsets;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// OffsetForLeaderEpoch 0-4: where a leader epoch ended, so that a follower or consumer finds where its log parted (KIP-101).
/// </summary>
public sealed class OffsetForLeaderEpochHandler(OffsetLookup offsets, MetadataCache metadata)
    : RequestHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    private static readonly AccessRule ClusterAction = AccessRule.Shortcut(AclOperation.ClusterAction, AclResourceType.Cluster);

    private static readonly AccessRule DescribeTopic = AccessRule.Each(AclOperation.Describe, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [ClusterAction, DescribeTopic];

    public override ValueTask<OffsetForLeaderEpochResponse?> HandleAsync(OffsetForLeaderEpochRequest request, RequestContext context)
    {
        var refused = context.IsGuarded && !context.Allows(ClusterAction)
            ? context.RefusedOf(DescribeTopic, request.Topics.Select(topic => topic.Topic))
            : default;
        return ValueTask.FromResult<OffsetForLeaderEpochResponse?>(new()
        {
            Topics =
            [
                .. request.Topics.Select(topic => new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
                {
                    Topic = topic.Topic,
                    Partitions = [.. topic.Partitions.Select(partition => refused.Contains(topic.Topic)
                        ? new() { Partition = partition.Partition, ErrorCode = DescribeTopic.Refusal }
                        : Answer(topic.Topic, partition))],
                }),
            ],
        });
    }

    private OffsetForLeaderEpochResponse.EpochEndOffset Answer(string topic, OffsetForLeaderEpochRequest.OffsetForLeaderPartition partition)
    {
        var topicPartition = new TopicPartition(topic, partition.Partition);
        if (metadata.Current.Partition(topicPartition) is null)
        {
            return new() { Partition = partition.Partition, ErrorCode = ErrorCode.UnknownTopicOrPartition };
        }

        var error = offsets.EndOfEpoch(
            topicPartition,
            new LeaderEpoch(partition.CurrentLeaderEpoch),
            new LeaderEpoch(partition.LeaderEpoch),
            out var end);
        return new() { Partition = partition.Partition, ErrorCode = error, LeaderEpoch = end.Epoch.Value, EndOffset = end.EndOffset };
    }
}
