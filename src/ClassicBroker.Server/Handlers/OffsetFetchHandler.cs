using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// OffsetFetch 0-9. Version 0 reads what was committed to ZooKeeper; the versions behind it ask the group's coordinator, from version 8 on
/// for several groups.
/// </summary>
public sealed class OffsetFetchHandler(ConsumerOffsetStore zooKeeperOffsets, OffsetCommits commits, MetadataCache metadata)
    : RequestHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    private const short FirstVersionWithTopLevelError = 2;
    private const short FirstVersionWithGroups = 8;

    public override ValueTask<OffsetFetchResponse?> HandleAsync(OffsetFetchRequest request, RequestContext context) =>
        context.ApiVersion switch
        {
            0 => FetchFromZooKeeperAsync(request),
            < FirstVersionWithGroups => new(FetchOfGroup(request, context.ApiVersion)),
            _ => new(new OffsetFetchResponse { Groups = [.. request.Groups.Select(group => Fetch(group, request.RequireStable))] }),
        };

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
            _ => Answer(Asked(request.Topics ?? []).Select(partition => FetchedOffset.None(partition, error))),
        };

    private OffsetFetchResponse FetchOfGroup(OffsetFetchRequest request, short version)
    {
        var asked = request.Topics is { } topics ? Asked(topics) : null;
        var error = commits.Fetch(request.GroupId, asked, request.RequireStable, out var offsets);
        return error == ErrorCode.None ? Answer(offsets) : ErrorResponse(request, error, version);
    }

    private OffsetFetchResponse.OffsetFetchResponseGroup Fetch(OffsetFetchRequest.OffsetFetchRequestGroup group, bool requireStable)
    {
        TopicPartition[]? asked = group.Topics is { } topics
            ?
            [
                .. topics
                    .SelectMany(topic => topic.PartitionIndexes.Select(index => new TopicPartition(topic.Name, index)))
                    .Distinct(),
            ]
            : null;
        var error = commits.Fetch(group.GroupId, asked, requireStable, out var offsets);
        return new()
        {
            GroupId = group.GroupId,
            ErrorCode = error,
            Topics =
            [
                .. offsets.GroupBy(offset => offset.Partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopics
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(offset => new OffsetFetchResponse.OffsetFetchResponsePartitions
                        {
                            PartitionIndex = offset.Partition.Partition,
                            CommittedOffset = offset.Offset,
                            CommittedLeaderEpoch = offset.LeaderEpoch,
                            Metadata = offset.Metadata,
                            ErrorCode = offset.Error,
                        })],
                    }),
            ],
        };
    }

    private async ValueTask<OffsetFetchResponse?> FetchFromZooKeeperAsync(OffsetFetchRequest request)
    {
        var offsets = new List<FetchedOffset>();
        foreach (var partition in Asked(request.Topics ?? []))
        {
            offsets.Add(await FetchFromZooKeeperAsync(request.GroupId, partition));
        }

        return Answer(offsets);
    }

    private async Task<FetchedOffset> FetchFromZooKeeperAsync(string group, TopicPartition partition)
    {
        if (metadata.Current.Partition(partition) is null)
        {
            return FetchedOffset.None(partition, ErrorCode.UnknownTopicOrPartition);
        }

        if (group.Length == 0)
        {
            // No znode can have this name.
            return FetchedOffset.None(partition, ErrorCode.UnknownServerError);
        }

        try
        {
            // Version 0 has this error for an offset that was not committed; a consumer of 0.8 takes its reset policy then.
            return await zooKeeperOffsets.GetAsync(group, partition) is { } offset
                ? new(partition, offset, CommittedOffset.NoEpoch, "", ErrorCode.None)
                : FetchedOffset.None(partition, ErrorCode.UnknownTopicOrPartition);
        }
        catch (ZooKeeperException)
        {
            return FetchedOffset.None(partition, ErrorCode.UnknownServerError);
        }
    }

    private static TopicPartition[] Asked(OffsetFetchRequest.OffsetFetchRequestTopic[] topics) =>
        [.. topics.SelectMany(topic => topic.PartitionIndexes.Select(index => new TopicPartition(topic.Name, index))).Distinct()];

    private static OffsetFetchResponse Answer(IEnumerable<FetchedOffset> offsets) =>
        new()
        {
            Topics =
            [
                .. offsets.GroupBy(offset => offset.Partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(offset => new OffsetFetchResponse.OffsetFetchResponsePartition
                        {
                            PartitionIndex = offset.Partition.Partition,
                            CommittedOffset = offset.Offset,
                            CommittedLeaderEpoch = offset.LeaderEpoch,
                            Metadata = offset.Metadata,
                            ErrorCode = offset.Error,
                        })],
                    }),
            ],
        };
}
