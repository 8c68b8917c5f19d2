using ClassicBroker.Coordinator;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// TxnOffsetCommit 0-4: commits a group's offsets within a transaction, of which they are part once its coordinator says so. From version 3
/// on the group's member and generation are checked (KIP-447). A partition named twice is committed once, the last time it is named.
/// </summary>
public sealed class TxnOffsetCommitHandler(GroupCoordinator groups, TransactionVerification transactions, MetadataCache metadata)
    : RequestHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    private const short FirstVersionWithLoadInProgress = 2;

    private static readonly AccessRule ReadTopic = AccessRule.Each(AclOperation.Read, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } =
    [
        AccessRule.Whole<TxnOffsetCommitRequest>(
            AclOperation.Write, AclResourceType.TransactionalId, static request => request.TransactionalId),
        AccessRule.Whole<TxnOffsetCommitRequest>(AclOperation.Read, AclResourceType.Group, static request => request.GroupId),
        ReadTopic,
    ];

    public override async ValueTask<TxnOffsetCommitResponse?> HandleAsync(TxnOffsetCommitRequest request, RequestContext context)
    {
        var image = metadata.Current;
        var nowMs = context.Loop.Time.UnixMs();
        var known = new List<PartitionCommit>();
        var refused = context.RefusedOf(ReadTopic, request.Topics.Select(topic => topic.Name));
        var answers = new List<(TopicPartition Partition, PartitionCommit? Commit)>();
        foreach (var (partition, committed) in LastOfEach(request))
        {
            var commit = refused.Contains(partition.Topic) || image.Partition(partition) is null
                ? null
                : new PartitionCommit(partition, OffsetOf(committed, nowMs));
            answers.Add((partition, commit));
            if (commit is not null)
            {
                known.Add(commit);
            }
        }

        var refusal = known.Count > 0 ? await CommitAsync(request, known, context.ApiVersion) : null;
        return Answer(answers.Select(answer => (
            answer.Partition,
            answer.Commit is { } commit
                ? AsVersionKnows(refusal ?? commit.Error, context.ApiVersion)
                : refused.Contains(answer.Partition.Topic) ? ReadTopic.Refusal : ErrorCode.UnknownTopicOrPartition)));
    }

    protected override TxnOffsetCommitResponse ErrorResponse(TxnOffsetCommitRequest request, ErrorCode error, short version) =>
        Answer(LastOfEach(request).Select(committed => (committed.Key, error)));

    /// <summary>Why nothing is committed; null where the commits say what became of them.</summary>
    private async ValueTask<ErrorCode?> CommitAsync(TxnOffsetCommitRequest request, List<PartitionCommit> commits, short version)
    {
        if (groups.Offsets.AvailabilityInTransaction(request.GroupId) is var unavailable and not ErrorCode.None)
        {
            return unavailable;
        }

        var (error, verification) = await transactions.VerifyOffsetsAsync(
            new ProducerIdentity(request.TransactionalId, request.ProducerId, request.ProducerEpoch),
            new TopicPartition(TopicName.ConsumerOffsets, groups.PartitionOf(request.GroupId)),
            version);
        if (error != ErrorCode.None)
        {
            // Producers ask again without looking for the coordinator first.
            return error == ErrorCode.NetworkException ? ErrorCode.CoordinatorLoadInProgress : error;
        }

        await groups.Offsets.CommitTransactionalAsync(
            new(request.GroupId, request.GenerationId, request.MemberId, request.GroupInstanceId),
            request.ProducerId,
            request.ProducerEpoch,
            commits,
            verification);
        return null;
    }

    private static ErrorCode AsVersionKnows(ErrorCode error, short version) =>
        error == ErrorCode.CoordinatorLoadInProgress && version < FirstVersionWithLoadInProgress
            ? ErrorCode.CoordinatorNotAvailable
            : error;

    private static CommittedOffset OffsetOf(TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition committed, long nowMs) =>
        new(
            committed.CommittedOffset,
            committed.CommittedLeaderEpoch,
            committed.CommittedMetadata ?? "",
            nowMs,
            CommittedOffset.NoExpiration);

    private static OrderedDictionary<TopicPartition, TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition> LastOfEach(
        TxnOffsetCommitRequest request) =>
        NamedPartitions.LastOfEach(
            request.Topics, static topic => topic.Name, static topic => topic.Partitions, static partition => partition.PartitionIndex);

    private static TxnOffsetCommitResponse Answer(IEnumerable<(TopicPartition Partition, ErrorCode Error)> answers) =>
        new()
        {
            Topics =
            [
                .. answers.GroupBy(answer => answer.Partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(answer => new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition
                        {
                            PartitionIndex = answer.Partition.Partition,
                            ErrorCode = answer.Error,
                        })],
                    }),
            ],
        };
}
