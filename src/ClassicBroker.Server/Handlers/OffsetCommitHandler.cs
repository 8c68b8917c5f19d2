using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Server.Config;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// OffsetCommit 0-9. Version 0 commits to ZooKeeper, as consumers of 0.8 do themselves; the versions behind it to the group's coordinator.
/// A partition named twice is committed once, the last time it is named.
/// </summary>
public sealed class OffsetCommitHandler(
    ConsumerOffsetStore zooKeeperOffsets, OffsetCommits commits, MetadataCache metadata, DynamicBrokerConfig config)
    : RequestHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const long DefaultRetention = -1;
    private const long DefaultTimestamp = -1;

    private static readonly AccessRule ReadTopic = AccessRule.Each(AclOperation.Read, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Whole<OffsetCommitRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId),
        ReadTopic,
    ];

    public override ValueTask<OffsetCommitResponse?> HandleAsync(OffsetCommitRequest request, RequestContext context) =>
        context.ApiVersion == 0 ? CommitToZooKeeperAsync(request, context) : CommitToGroupAsync(request, context);

    private async ValueTask<OffsetCommitResponse?> CommitToGroupAsync(OffsetCommitRequest request, RequestContext context)
    {
        var image = metadata.Current;
        var nowMs = context.Loop.Time.UnixMs();
        var known = new List<PartitionCommit>();
        var refused = Refused(request, context);
        var answers = new List<(TopicPartition Partition, PartitionCommit? Commit)>();
        foreach (var (partition, committed) in LastOfEach(request))
        {
            var commit = refused.Contains(partition.Topic) || image.Partition(partition) is null
                ? null
                : new PartitionCommit(partition, OffsetOf(committed, request.RetentionTimeMs, nowMs));
            answers.Add((partition, commit));
            if (commit is not null)
            {
                known.Add(commit);
            }
        }

        if (known.Count > 0)
        {
            await commits.CommitAsync(
                new(request.GroupId, request.GenerationIdOrMemberEpoch, request.MemberId, request.GroupInstanceId), known);
        }

        return Answer(answers.Select(answer => (
            answer.Partition,
            answer.Commit?.Error
                ?? (refused.Contains(answer.Partition.Topic) ? ReadTopic.Refusal : ErrorCode.UnknownTopicOrPartition))));
    }

    private static RefusedNames Refused(OffsetCommitRequest request, RequestContext context) =>
        context.RefusedOf(ReadTopic, request.Topics.Select(topic => topic.Name));

    private static CommittedOffset OffsetOf(OffsetCommitRequest.OffsetCommitRequestPartition committed, long retentionMs, long nowMs) =>
        new(
            committed.CommittedOffset,
            committed.CommittedLeaderEpoch,
            committed.CommittedMetadata ?? "",
            committed.CommitTimestamp == DefaultTimestamp ? nowMs : committed.CommitTimestamp,
            retentionMs == DefaultRetention ? CommittedOffset.NoExpiration : unchecked(nowMs + retentionMs));

    private async ValueTask<OffsetCommitResponse?> CommitToZooKeeperAsync(OffsetCommitRequest request, RequestContext context)
    {
        var refused = Refused(request, context);
        var answers = new List<(TopicPartition, ErrorCode)>();
        foreach (var (partition, committed) in LastOfEach(request))
        {
            answers.Add((
                partition,
                refused.Contains(partition.Topic)
                    ? ReadTopic.Refusal
                    : await CommitToZooKeeperAsync(request.GroupId, partition, committed)));
        }

        return Answer(answers);
    }

    private async Task<ErrorCode> CommitToZooKeeperAsync(
        string group, TopicPartition partition, OffsetCommitRequest.OffsetCommitRequestPartition commit)
    {
        if (metadata.Current.Partition(partition) is null)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        if (!ZnodeName.IsValid(group))
        {
            return ErrorCode.InvalidGroupId;
        }

        // ZooKeeper keeps the offset alone; what else a client says of it is only measured.
        if (commit.CommittedMetadata?.Length > config.Current.OffsetMetadataMaxBytes)
        {
            return ErrorCode.OffsetMetadataTooLarge;
        }

        if (group.Length == 0)
        {
            // No znode can have this name.
            return ErrorCode.UnknownServerError;
        }

        try
        {
            await zooKeeperOffsets.SetOrCreateAsync(group, partition, commit.CommittedOffset);
            return ErrorCode.None;
        }
        catch (ZooKeeperException)
        {
            return ErrorCode.UnknownServerError;
        }
    }

    private static OrderedDictionary<TopicPartition, OffsetCommitRequest.OffsetCommitRequestPartition> LastOfEach(
        OffsetCommitRequest request) =>
        NamedPartitions.LastOfEach(
            request.Topics, static topic => topic.Name, static topic => topic.Partitions, static partition => partition.PartitionIndex);

    private static OffsetCommitResponse Answer(IEnumerable<(TopicPartition Partition, ErrorCode Error)> answers) =>
        new()
        {
            Topics =
            [
                .. answers.GroupBy(answer => answer.Partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(answer => new OffsetCommitResponse.OffsetCommitResponsePartition
                        {
                            PartitionIndex = answer.Partition.Partition,
                            ErrorCode = answer.Error,
                        })],
                    }),
            ],
        };
}
