using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Primitives.Acls;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Deletions;
using ClassicBroker.Rpc;
using ClassicBroker.Rpc.Authorization;

namespace ClassicBroker.Server.Handlers;

/// <summary>DeleteRecords 0-2: moves log starts forward (KIP-107).</summary>
public sealed class DeleteRecordsHandler(RecordDeleter deletions, MetadataCache metadata)
    : RequestHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    private static readonly AccessRule DeleteTopic = AccessRule.Each(AclOperation.Delete, AclResourceType.Topic);

    public override IReadOnlyList<AccessRule> Access { get; } = [DeleteTopic];

    public override async ValueTask<DeleteRecordsResponse?> HandleAsync(DeleteRecordsRequest request, RequestContext context)
    {
        var image = metadata.Current;
        var topics = Distinct(request.Topics);
        var response = new DeleteRecordsResponse { Topics = new DeleteRecordsResponse.DeleteRecordsTopicResult[topics.Length] };
        var refused = context.RefusedOf(DeleteTopic, topics.Select(topic => topic.Name));
        var waits = new List<DeleteRecordsWait>();
        var answers = new List<DeleteRecordsResponse.DeleteRecordsPartitionResult>();
        for (var i = 0; i < topics.Length; i++)
        {
            var topic = topics[i];
            response.Topics[i] = new() { Name = topic.Name, Partitions = [.. topic.Partitions.Select(Unanswered)] };
            for (var j = 0; j < topic.Partitions.Length; j++)
            {
                var answer = response.Topics[i].Partitions[j];
                var partition = new TopicPartition(topic.Name, answer.PartitionIndex);
                answer.ErrorCode = refused.Contains(topic.Name) ? DeleteTopic.Refusal : Fault(partition, image);
                if (answer.ErrorCode == ErrorCode.None)
                {
                    waits.Add(new DeleteRecordsWait(partition, topic.Partitions[j].Offset));
                    answers.Add(answer);
                }
            }
        }

        await deletions.DeleteAsync(waits, request.TimeoutMs, context.Cancellation);
        foreach (var (answer, wait) in answers.Zip(waits))
        {
            (answer.ErrorCode, answer.LowWatermark) = (wait.Error, wait.LowWatermark);
        }

        return response;
    }

    /// <summary>Each partition once, where it is named twice as the last one says; topics without partitions are not answered.</summary>
    private static DeleteRecordsRequest.DeleteRecordsTopic[] Distinct(DeleteRecordsRequest.DeleteRecordsTopic[] topics) =>
    [
        .. topics.GroupBy(topic => topic.Name, StringComparer.Ordinal)
            .Select(topic => new DeleteRecordsRequest.DeleteRecordsTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.SelectMany(entry => entry.Partitions)
                    .GroupBy(partition => partition.PartitionIndex)
                    .Select(partition => partition.Last())],
            })
            .Where(topic => topic.Partitions.Length > 0),
    ];

    private static ErrorCode Fault(TopicPartition partition, MetadataImage image) =>
        image.Partition(partition) is null ? ErrorCode.UnknownTopicOrPartition
        : TopicName.IsInternal(partition.Topic) ? ErrorCode.InvalidTopicException
        : ErrorCode.None;

    private static DeleteRecordsResponse.DeleteRecordsPartitionResult Unanswered(DeleteRecordsRequest.DeleteRecordsPartition partition) =>
        new() { PartitionIndex = partition.PartitionIndex, LowWatermark = DeleteRecordsWait.UnknownLowWatermark };
}
