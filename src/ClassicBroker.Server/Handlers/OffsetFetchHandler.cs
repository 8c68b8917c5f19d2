using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Server.Handlers.Unavailable;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// OffsetFetch 0-9. Version 0 reads what was committed to ZooKeeper; the versions behind it need a coordinator and are refused for each
/// group, and below version 2 for each partition.
/// </summary>
public sealed class OffsetFetchHandler(ConsumerOffsetStore offsets, MetadataCache metadata)
    : RefusingHandler<OffsetFetchRequest, OffsetFetchResponse>(ErrorCode.CoordinatorNotAvailable)
{
    private const short FirstVersionWithTopLevelError = 2;
    private const short FirstVersionWithGroups = 8;
    private const long NoOffset = -1;

    public override ValueTask<OffsetFetchResponse?> HandleAsync(OffsetFetchRequest request, RequestContext context) =>
        context.ApiVersion == 0 ? FetchFromZooKeeperAsync(request) : base.HandleAsync(request, context);

    protected override OffsetFetchResponse ErrorResponse(OffsetFetchRequest request, ErrorCode error, short version) =>
        version switch
        {
            >= FirstVersionWithGroups => new()
            {
                Groups = [.. request.Groups.Select(group => new OffsetFetchResponse.OffsetFetchResponseGroup
                {
                    GroupId = group.GroupId,
                    ErrorCode = error,
                })],
            },
            >= FirstVersionWithTopLevelError => new() { ErrorCode = error },
            _ => new()
            {
                Topics = [.. (request.Topics ?? []).Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
                {
                    Name = topic.Name,
                    Partitions = [.. topic.PartitionIndexes.Select(index => Answer(index, NoOffset, error))],
                })],
            },
        };

    private async ValueTask<OffsetFetchResponse?> FetchFromZooKeeperAsync(OffsetFetchRequest request)
    {
        List<OffsetFetchResponse.OffsetFetchResponseTopic> topics = [];
        foreach (var topic in request.Topics ?? [])
        {
            List<OffsetFetchResponse.OffsetFetchResponsePartition> partitions = [];
            foreach (var index in topic.PartitionIndexes)
            {
                partitions.Add(await FetchAsync(request.GroupId, new TopicPartition(topic.Name, index)));
            }

            topics.Add(new() { Name = topic.Name, Partitions = [.. partitions] });
        }

        return new() { Topics = [.. topics] };
    }

    private async Task<OffsetFetchResponse.OffsetFetchResponsePartition> FetchAsync(string group, TopicPartition partition)
    {
        if (metadata.Current.Partition(partition) is null)
        {
            return Answer(partition.Partition, NoOffset, ErrorCode.UnknownTopicOrPartition);
        }

        try
        {
            // Version 0 has this error for an offset nobody committed; a consumer of 0.8 takes its reset policy then.
            return await offsets.GetAsync(group, partition) is { } offset
                ? Answer(partition.Partition, offset, ErrorCode.None)
                : Answer(partition.Partition, NoOffset, ErrorCode.UnknownTopicOrPartition);
        }
        catch (ZooKeeperException)
        {
            return Answer(partition.Partition, NoOffset, ErrorCode.UnknownServerError);
        }
    }

    private static OffsetFetchResponse.OffsetFetchResponsePartition Answer(int partition, long offset, ErrorCode error) =>
        new() { PartitionIndex = partition, CommittedOffset = offset, Metadata = "", ErrorCode = error };
}
