using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
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

    private static readonly AccessRule DescribeGroup = AccessRule.Each(AclOperation.Describe, AclResourceType.Group);

    private static readonly AccessRule DescribeTopic = AccessRule.Each(AclOperation.Describe, AclResourceType.Topic);

    private static readonly AccessRule ListTopic = AccessRule.Visible(AclOperation.Describe, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeGroup, DescribeTopic, ListTopic];

    public override async ValueTask<OffsetFetchResponse?> HandleAsync(OffsetFetchRequest request, RequestContext context)
    {
        if (context.ApiVersion >= FirstVersionWithGroups)
        {
            var groups = new OffsetFetchResponse.OffsetFetchResponseGroup[request.Groups.Length];
            for (var i = 0; i < groups.Length; i++)
            {
                groups[i] = await FetchAsync(request.Groups[i], request.RequireStable, context);
            }

            return new() { Groups = groups };
        }

        if (!context.Allows(DescribeGroup, request.GroupId))
        {
            return ErrorResponse(request, DescribeGroup.Refusal, context.ApiVersion);
        }

        return context.ApiVersion == 0 ? await FetchFromZooKeeperAsync(request, context) : await FetchOfGroupAsync(request, context);
    }

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

    private async ValueTask<OffsetFetchResponse> FetchOfGroupAsync(OffsetFetchRequest request, RequestContext context)
    {
        var asked = request.Topics is { } topics ? Asked(topics) : null;
        var (error, offsets) = await FetchVisibleAsync(request.GroupId, asked, request.RequireStable, context);
        return error == ErrorCode.None ? Answer(offsets) : ErrorResponse(request, error, context.ApiVersion);
    }

    private async ValueTask<OffsetFetchResponse.OffsetFetchResponseGroup> FetchAsync(
        OffsetFetchRequest.OffsetFetchRequestGroup group, bool requireStable, RequestContext context)
    {
        if (!context.Allows(DescribeGroup, group.GroupId))
        {
            return new() { GroupId = group.GroupId, ErrorCode = DescribeGroup.Refusal };
        }

        TopicPartition[]? asked = group.Topics is { } topics
            ?
            [
                .. topics
                    .SelectMany(topic => topic.PartitionIndexes.Select(index => new TopicPartition(topic.Name, index)))
                    .Distinct(),
            ]
            : null;
        var (error, offsets) = await FetchVisibleAsync(group.GroupId, asked, requireStable, context);
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

    private async ValueTask<(ErrorCode Error, IReadOnlyList<FetchedOffset> Offsets)> FetchVisibleAsync(
        string group, TopicPartition[]? asked, bool requireStable, RequestContext context)
    {
        var error = await commits.ConfirmAsync(group);
        IReadOnlyList<FetchedOffset> offsets = [];
        return (error == ErrorCode.None ? FetchVisible(group, asked, requireStable, context, out offsets) : error, offsets);
    }

    /// <summary>Topics named and not to be seen are refused one by one; of all topics they are left out.</summary>
    private ErrorCode FetchVisible(
        string group, TopicPartition[]? asked, bool requireStable, RequestContext context, out IReadOnlyList<FetchedOffset> offsets)
    {
        if (asked is null)
        {
            var error = commits.Fetch(group, null, requireStable, out var all);
            var hidden = context.RefusedOf(ListTopic, all.Select(offset => offset.Partition.Topic));
            offsets = [.. all.Where(offset => !hidden.Contains(offset.Partition.Topic))];
            return error;
        }

        var refused = context.RefusedOf(DescribeTopic, asked.Select(partition => partition.Topic));
        var outcome = commits.Fetch(
            group, [.. asked.Where(partition => !refused.Contains(partition.Topic))], requireStable, out var visible);
        offsets = outcome != ErrorCode.None ? visible :
        [
            .. visible,
            .. asked.Where(partition => refused.Contains(partition.Topic))
                .Select(partition => FetchedOffset.None(partition, DescribeTopic.Refusal)),
        ];
        return outcome;
    }

    private async ValueTask<OffsetFetchResponse?> FetchFromZooKeeperAsync(OffsetFetchRequest request, RequestContext context)
    {
        var asked = Asked(request.Topics ?? []);
        var refused = context.RefusedOf(DescribeTopic, asked.Select(partition => partition.Topic));
        var offsets = new List<FetchedOffset>();
        foreach (var partition in asked)
        {
            offsets.Add(refused.Contains(partition.Topic)
                ? FetchedOffset.None(partition, DescribeTopic.Refusal)
                : await FetchFromZooKeeperAsync(request.GroupId, partition));
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
