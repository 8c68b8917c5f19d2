using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// Writes the markers of decided transactions to the partitions this broker leads, whether the coordinator that decided is another broker
/// or this one (KIP-98). What a transaction committed of offsets counts from then on. Stateless beside its collaborators; safe from any
/// thread.
/// </summary>
public sealed class TransactionMarkerWriter(LeaderAppender appends, OffsetCommits offsets)
{
    private const short AcksAll = -1;

    /// <summary>Ends once the replicas in sync have the markers, or the timeout has passed.</summary>
    public async ValueTask<WriteTxnMarkersResponse> WriteAsync(
        WriteTxnMarkersRequest request, long nowMs, int timeoutMs, CancellationToken cancellation = default)
    {
        var written = new List<WrittenMarker>();
        var response = new WriteTxnMarkersResponse { Markers = [.. request.Markers.Select(marker => Append(marker, nowMs, written))] };
        if (written.Count > 0)
        {
            await appends.AwaitReplicasAsync([.. written.Select(marker => marker.Wait)], timeoutMs, cancellation);
            written.ForEach(Complete);
        }

        return response;
    }

    private void Complete(WrittenMarker written)
    {
        var (marker, answer, wait) = written;
        answer.ErrorCode = wait.Error;
        if (wait.Error == ErrorCode.None && wait.Partition.Topic == TopicName.ConsumerOffsets)
        {
            offsets.CompleteTransaction(marker.ProducerId, wait.Partition.Partition, wait.RequiredOffset - 1, marker.TransactionResult);
        }
    }

    private WriteTxnMarkersResponse.WritableTxnMarkerResult Append(
        WriteTxnMarkersRequest.WritableTxnMarker marker,
        long nowMs,
        List<WrittenMarker> written) =>
        new()
        {
            ProducerId = marker.ProducerId,
            Topics =
            [
                .. marker.Topics.Select(topic => new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.PartitionIndexes.Select(
                            index => Append(marker, new TopicPartition(topic.Name, index), nowMs, written)),
                    ],
                }),
            ],
        };

    private WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult Append(
        WriteTxnMarkersRequest.WritableTxnMarker marker,
        TopicPartition partition,
        long nowMs,
        List<WrittenMarker> written)
    {
        if (!appends.Hosts(partition))
        {
            // A partition of another broker is not known here: NOT_LEADER_OR_FOLLOWER is for followers.
            return new() { PartitionIndex = partition.Partition, ErrorCode = ErrorCode.UnknownTopicOrPartition };
        }

        var type = marker.TransactionResult ? ControlRecordType.Commit : ControlRecordType.Abort;
        var batch = new EndTransactionMarker(type, marker.CoordinatorEpoch).ToBatch(nowMs, marker.ProducerId, marker.ProducerEpoch);
        var outcome = appends.Append(partition, batch, AppendOrigin.Coordinator, AcksAll);
        var answer = new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult
        {
            PartitionIndex = partition.Partition,
            ErrorCode = outcome.Error,
        };
        if (outcome.Error == ErrorCode.None)
        {
            written.Add(new(marker, answer, new ProduceWait(partition, outcome.Appended)));
        }

        return answer;
    }

    /// <summary>A marker in a log, and what its sender is told once the replicas have it.</summary>
    private readonly record struct WrittenMarker(
        WriteTxnMarkersRequest.WritableTxnMarker Marker,
        WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult Answer,
        ProduceWait Wait);
}
