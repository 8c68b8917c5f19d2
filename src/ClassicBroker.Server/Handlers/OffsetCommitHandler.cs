using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Handlers.Unavailable;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// OffsetCommit 0-9. Version 0 commits to ZooKeeper, as consumers of 0.8 do themselves; the versions behind it need a coordinator and are
/// refused for each partition.
/// </summary>
public sealed class OffsetCommitHandler(ConsumerOffsetStore offsets, MetadataCache metadata, DynamicBrokerConfig config)
    : RefusingHandler<OffsetCommitRequest, OffsetCommitResponse>(ErrorCode.CoordinatorNotAvailable)
{
    public override ValueTask<OffsetCommitResponse?> HandleAsync(OffsetCommitRequest request, RequestContext context) =>
        context.ApiVersion == 0 ? CommitToZooKeeperAsync(request) : base.HandleAsync(request, context);

    protected override OffsetCommitResponse ErrorResponse(OffsetCommitRequest request, ErrorCode error, short version) =>
        new()
        {
            Topics = [.. request.Topics.Select(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => Answer(partition, error))],
            })],
        };

    private async ValueTask<OffsetCommitResponse?> CommitToZooKeeperAsync(OffsetCommitRequest request)
    {
        List<OffsetCommitResponse.OffsetCommitResponseTopic> topics = [];
        foreach (var topic in request.Topics)
        {
            List<OffsetCommitResponse.OffsetCommitResponsePartition> partitions = [];
            foreach (var partition in topic.Partitions)
            {
                partitions.Add(Answer(partition, await CommitAsync(request.GroupId, topic.Name, partition)));
            }

            topics.Add(new() { Name = topic.Name, Partitions = [.. partitions] });
        }

        return new() { Topics = [.. topics] };
    }

    private async Task<ErrorCode> CommitAsync(string group, string topic, OffsetCommitRequest.OffsetCommitRequestPartition commit)
    {
        var partition = new TopicPartition(topic, commit.PartitionIndex);
        if (metadata.Current.Partition(partition) is null)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        // ZooKeeper keeps the offset alone; what else a client says of it is only measured.
        if (commit.CommittedMetadata?.Length > config.Current.Values.Int("offset.metadata.max.bytes"))
        {
            return ErrorCode.OffsetMetadataTooLarge;
        }

        try
        {
            await offsets.SetOrCreateAsync(group, partition, commit.CommittedOffset);
            return ErrorCode.None;
        }
        catch (ZooKeeperException)
        {
            return ErrorCode.UnknownServerError;
        }
    }

    private static OffsetCommitResponse.OffsetCommitResponsePartition Answer(
        OffsetCommitRequest.OffsetCommitRequestPartition partition, ErrorCode error) =>
        new() { PartitionIndex = partition.PartitionIndex, ErrorCode = error };
}
