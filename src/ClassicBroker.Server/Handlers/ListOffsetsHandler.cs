using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Offsets;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// ListOffsets 0-9. Version 0 lists segment base offsets; later ones find the record at a time, which reads indexes and batches and so is
/// done off the network loop.
/// </summary>
public sealed class ListOffsetsHandler(OffsetLookup offsets, IExecutor longReads, MetadataCache metadata)
    : RequestHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const sbyte ReadCommitted = 1;
    private const int DebuggingReplicaId = -2;
    private const short FirstVersionWithLeaderEpoch = 4;
    private const short FirstVersionWithOffsetNotAvailable = 5;

    /// <summary>Per special timestamp, from -3 down, the first version that may ask for it.</summary>
    private static readonly short[] FirstVersionOfSpecialTimestamp = [7, 8, 9];

    private static readonly AccessRule DescribeTopic = AccessRule.Each(AclOperation.Describe, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [DescribeTopic];

    public override ValueTask<ListOffsetsResponse?> HandleAsync(ListOffsetsRequest request, RequestContext context) =>
        NeedsDisk(request, context.ApiVersion)
            ? AnswerElsewhereAsync(request, context.ApiVersion, Refused(request, context))
            : ValueTask.FromResult<ListOffsetsResponse?>(Answer(request, context.ApiVersion, Refused(request, context)));

    private static RefusedNames Refused(ListOffsetsRequest request, RequestContext context) =>
        context.RefusedOf(DescribeTopic, request.Topics.Select(topic => topic.Name));

    /// <summary>Version 0 asks the files when they were written; of the later ones only the ends of a log are at hand.</summary>
    private static bool NeedsDisk(ListOffsetsRequest request, short version) =>
        version == 0
        || Array.Exists(request.Topics, static topic => Array.Exists(
            topic.Partitions, static partition => partition.Timestamp is >= 0 or OffsetLookup.MaxTimestamp));

    private async ValueTask<ListOffsetsResponse?> AnswerElsewhereAsync(ListOffsetsRequest request, short version, RefusedNames refused) =>
        await longReads.RunAsync(() => Answer(request, version, refused));

    private ListOffsetsResponse Answer(ListOffsetsRequest request, short version, RefusedNames refused)
    {
        var twice = Duplicates(request);
        return new ListOffsetsResponse
        {
            Topics =
            [
                .. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.Partitions.Select(partition => refused.Contains(topic.Name)
                            ? new() { PartitionIndex = partition.PartitionIndex, ErrorCode = DescribeTopic.Refusal }
                            : Answer(new TopicPartition(topic.Name, partition.PartitionIndex), partition, twice, request, version)),
                    ],
                }),
            ],
        };
    }

    private static HashSet<TopicPartition> Duplicates(ListOffsetsRequest request)
    {
        var seen = new HashSet<TopicPartition>();
        var twice = new HashSet<TopicPartition>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var key = new TopicPartition(topic.Name, partition.PartitionIndex);
                if (!seen.Add(key))
                {
                    twice.Add(key);
                }
            }
        }

        return twice;
    }

    private ListOffsetsResponse.ListOffsetsPartitionResponse Answer(
        TopicPartition topicPartition,
        ListOffsetsRequest.ListOffsetsPartition partition,
        HashSet<TopicPartition> twice,
        ListOffsetsRequest request,
        short version)
    {
        if (version == 0)
        {
            return AnswerLegacy(topicPartition, partition, request);
        }

        var answer = new ListOffsetsResponse.ListOffsetsPartitionResponse { PartitionIndex = partition.PartitionIndex };
        if (twice.Contains(topicPartition))
        {
            answer.ErrorCode = ErrorCode.InvalidRequest;
            return answer;
        }

        if (!Supports(partition.Timestamp, version))
        {
            answer.ErrorCode = ErrorCode.UnsupportedVersion;
            return answer;
        }

        if (metadata.Current.Partition(topicPartition) is null)
        {
            answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
            return answer;
        }

        var error = offsets.Find(
            topicPartition,
            partition.Timestamp,
            Isolation(request),
            new LeaderEpoch(partition.CurrentLeaderEpoch),
            onlyLeader: request.ReplicaId != DebuggingReplicaId,
            out var found);
        answer.ErrorCode = error == ErrorCode.OffsetNotAvailable && version < FirstVersionWithOffsetNotAvailable
            ? ErrorCode.LeaderNotAvailable
            : error;
        (answer.Timestamp, answer.Offset) = (found.Timestamp, found.Offset);
        if (version >= FirstVersionWithLeaderEpoch)
        {
            answer.LeaderEpoch = found.LeaderEpoch.Value;
        }

        return answer;
    }

    private ListOffsetsResponse.ListOffsetsPartitionResponse AnswerLegacy(
        TopicPartition topicPartition,
        ListOffsetsRequest.ListOffsetsPartition partition,
        ListOffsetsRequest request)
    {
        if (FaultOfLegacy(topicPartition, partition) is var fault and not ErrorCode.None)
        {
            return new() { PartitionIndex = partition.PartitionIndex, ErrorCode = fault };
        }

        var error = offsets.FindLegacy(
            topicPartition,
            partition.Timestamp,
            partition.MaxNumOffsets,
            isConsumer: request.ReplicaId < 0 && request.ReplicaId != DebuggingReplicaId,
            onlyLeader: request.ReplicaId != DebuggingReplicaId,
            out var found);
        return new() { PartitionIndex = partition.PartitionIndex, ErrorCode = error, OldStyleOffsets = found };
    }

    private ErrorCode FaultOfLegacy(TopicPartition topicPartition, ListOffsetsRequest.ListOffsetsPartition partition) =>
        partition.Timestamp < OffsetLookup.EarliestTimestamp ? ErrorCode.UnsupportedVersion
        : metadata.Current.Partition(topicPartition) is null ? ErrorCode.UnknownTopicOrPartition
        : partition.MaxNumOffsets < 0 ? ErrorCode.UnknownServerError
        : ErrorCode.None;

    private static FetchIsolation Isolation(ListOffsetsRequest request) =>
        request.ReplicaId is >= 0 or DebuggingReplicaId ? FetchIsolation.LogEnd
        : request.IsolationLevel == ReadCommitted ? FetchIsolation.TxnCommitted
        : FetchIsolation.HighWatermark;

    private static bool Supports(long timestamp, short version)
    {
        if (timestamp >= OffsetLookup.EarliestTimestamp)
        {
            return true;
        }

        var special = OffsetLookup.MaxTimestamp - timestamp;
        return special < FirstVersionOfSpecialTimestamp.Length && version >= FirstVersionOfSpecialTimestamp[special];
    }
}
