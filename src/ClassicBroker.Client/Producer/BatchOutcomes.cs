using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Producer.Transactions;
using ClassicBroker.Client.Telemetry;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Producer;

/// <summary>
/// What becomes of batches: written, sent again, or failed, by the broker's answer or the lack of one. A batch may have ended already
/// where the producer was closed without waiting. Threading: the client's loop.
/// </summary>
internal sealed class BatchOutcomes(
    ProducerConfig config, ClusterClient cluster, RecordAccumulator accumulator, ProducerTransactions? transactions)
{
    private readonly ProducerTelemetry _telemetry = new(config, cluster);

    private long NowMs => cluster.Loop.Time.MonotonicMs();

    /// <summary>Goes through an answer.</summary>
    public void Take(List<ProducerBatch> batches, ProduceResponse response, int broker)
    {
        foreach (var topic in response.Responses)
        {
            foreach (var partition in topic.PartitionResponses)
            {
                var batch = batches.Find(candidate =>
                    candidate.Queue.Partition.Partition == partition.Index && candidate.Queue.Partition.Topic == topic.Name);
                if (batch is not null)
                {
                    batches.Remove(batch);
                    Take(batch, partition, broker);
                }
            }
        }

        if (batches.Count > 0)
        {
            TakeFailure(
                batches, new KafkaException(ErrorCode.UnknownServerError, "The broker's answer does not tell of the partition", broker));
        }
    }

    /// <summary>No answer came, or none that is of use.</summary>
    public void TakeFailure(List<ProducerBatch> batches, KafkaException failure)
    {
        cluster.RefreshSoon();
        foreach (var batch in batches)
        {
            RetryOrFail(batch, failure, failure.IsRetriable);
        }
    }

    /// <summary>With acks=0 a record counts as written when it has left.</summary>
    public void SucceedUnacknowledged(List<ProducerBatch> batches)
    {
        foreach (var batch in batches)
        {
            Succeed(batch, -1, -1);
        }
    }

    /// <summary>A batch was not sent within <c>delivery.timeout.ms</c>.</summary>
    public void Expire(ProducerBatch batch) => Fail(batch, Expired(batch));

    /// <summary>
    /// A batch was sent and not answered within <c>delivery.timeout.ms</c>: no caller waits for it any longer, but its bytes belong to the
    /// network until the request ends.
    /// </summary>
    public void ExpireInFlight(ProducerBatch batch)
    {
        var expired = Expired(batch);
        batch.Queue.Sequence.GaveUp(batch);
        _telemetry.Ended(batch, expired, NowMs);
        batch.Fail(expired);
        transactions?.BatchFailed(expired);
    }

    /// <summary>Fails all batches that wait, as nothing can be sent at all, or those that were not sent yet.</summary>
    public void FailAll(KafkaException failure, bool onlyUnsent = false)
    {
        foreach (var topic in accumulator.Topics)
        {
            foreach (var queue in topic.Partitions)
            {
                foreach (var batch in TakeAll(queue, onlyUnsent))
                {
                    Fail(batch, failure);
                }
            }
        }
    }

    private KafkaTimeoutException Expired(ProducerBatch batch) =>
        new($"Expiring {batch.Count} record(s) for {batch.Queue.Partition}:{NowMs - batch.CreatedMs} ms has passed since batch creation")
        {
            TopicPartition = batch.Queue.Partition,
        };

    private static List<ProducerBatch> TakeAll(PartitionQueue queue, bool onlyUnsent)
    {
        lock (queue.Gate)
        {
            return queue.TakeAll(onlyUnsent);
        }
    }

    private void Take(ProducerBatch batch, ProduceResponse.PartitionProduceResponse answer, int broker)
    {
        if (answer.ErrorCode is ErrorCode.None or ErrorCode.DuplicateSequenceNumber)
        {
            Succeed(batch, answer.BaseOffset, answer.LogAppendTimeMs);
            return;
        }

        if (answer.ErrorCode == ErrorCode.OutOfOrderSequenceNumber && batch.Queue.Sequence.IsAcknowledgedBeyond(batch))
        {
            Succeed(batch, baseOffset: -1, logAppendTimeMs: -1);
            return;
        }

        if (answer.ErrorCode == ErrorCode.MessageTooLarge && batch.Count > 1 && !batch.IsDone)
        {
            batch.Queue.Sequence.Replace(batch, accumulator.Split(batch));
            return;
        }

        if (answer.ErrorCode.NeedsMetadataRefresh())
        {
            var partition = batch.Queue.Partition;
            if (answer.CurrentLeader is not { } leader
                || !cluster.LearnLeader(partition, leader.LeaderId, new LeaderEpoch(leader.LeaderEpoch)))
            {
                cluster.RefreshSoon();
            }
        }

        var canRetry = answer.ErrorCode.IsRetriable()
            || (config.EnableIdempotence && CanRetryInOrder(batch, answer));
        var refusal = new KafkaException(answer.ErrorCode, Explain(answer), broker, "Produce")
        {
            BrokerAddress = cluster.AddressOf(broker),
            TopicPartition = batch.Queue.Partition,
        };
        RetryOrFail(batch, refusal, canRetry);
    }

    private bool CanRetryInOrder(ProducerBatch batch, ProduceResponse.PartitionProduceResponse answer) =>
        transactions is null
            ? batch.Queue.Sequence.CanRetry(batch, answer.ErrorCode)
            : batch.Queue.Sequence.CanRetryInTransaction(batch, answer.ErrorCode, answer.LogStartOffset);

    private static string? Explain(ProduceResponse.PartitionProduceResponse answer)
    {
        var ofRecord = answer.RecordErrors.Length > 0 ? answer.RecordErrors[0].BatchIndexErrorMessage : null;
        return ofRecord ?? answer.ErrorMessage;
    }

    private void RetryOrFail(ProducerBatch batch, KafkaException failure, bool canRetry)
    {
        var isInTime = NowMs - batch.CreatedMs < config.DeliveryTimeout.TotalMilliseconds;
        if (!canRetry || !isInTime || batch.Attempts > config.Retries)
        {
            Fail(batch, failure);
            return;
        }

        batch.NotBeforeMs = NowMs + (long)cluster.Backoff.After(batch.Attempts).TotalMilliseconds;
        lock (batch.Queue.Gate)
        {
            accumulator.PutBack(batch);
        }
    }

    private void Succeed(ProducerBatch batch, long baseOffset, long logAppendTimeMs)
    {
        batch.Queue.Sequence.Succeeded(batch, baseOffset);
        if (!batch.IsDone)
        {
            _telemetry.Ended(batch, failure: null, NowMs);
            batch.Complete(baseOffset, logAppendTimeMs);
        }

        accumulator.Forget(batch);
    }

    private void Fail(ProducerBatch batch, KafkaException failure)
    {
        batch.Queue.Sequence.GaveUp(batch);
        if (!batch.IsDone)
        {
            _telemetry.Ended(batch, failure, NowMs);
            batch.Fail(failure);
        }

        accumulator.Forget(batch);
        transactions?.BatchFailed(failure);
    }
}
