using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Deletions;
using ClassicBroker.Rpc;

namespace ClassicBroker.Server.Handlers;

/// <summary>DeleteRecords 0-2: moves log starts forward (KIP-107).</summary>
public sealed class DeleteRecordsHandler(RecordDeleter deletions, MetadataCache metadata)
    : RequestHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    public override async ValueTask<DeleteRecordsResponse?> HandleAsync(DeleteRecordsRequest request, RequestContext context)
    {
        var image = metadata.Current;
        var response = new DeleteRecordsResponse { Topics = new DeleteRecordsResponse.DeleteRecordsTopicResult[request.Topics.Length] };
        var waits = new List<DeleteRecordsWait>();
        var answers = new List<DeleteRecordsResponse.DeleteRecordsPartitionResult>();
        for (var i = 0; i < request.Topics.Length; i++)
        {
            var topic = request.Topics[i];
            response.Topics[i] = new() { Name = topic.Name, Partitions = [.. topic.Partitions.Select(Unanswered)] };
            for (var j = 0; j < topic.Partitions.Length; j++)
            {
                var answer = response.Topics[i].Partitions[j];
                var partition = new TopicPartition(topic.Name, answer.PartitionIndex);
                answer.ErrorCode = Fault(partition, image);
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

    private static ErrorCode Fault(TopicPartition partition, MetadataImage image) =>
        TopicName.IsInternal(partition.Topic) ? ErrorCode.InvalidTopicException
        : image.Partition(partition) is null ? ErrorCode.UnknownTopicOrPartition
        : ErrorCode.None;

    private static DeleteRecordsResponse.DeleteRecordsPartitionResult Unanswered(DeleteRecordsRequest.DeleteRecordsPartition partition) =>
        new() { PartitionIndex = partition.PartitionIndex, LowWatermark = DeleteRecordsWait.UnknownLowWatermark };
}
