using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Keeps batches of transactions that no coordinator has been told of out of the log, where they would stop every reader of committed
/// records for good (KIP-890). No coordinator can be asked here: a batch passes where its transaction is open in the partition already, or
/// where <c>transaction.partition.verification.enable</c> is false. Stateless; safe from any thread.
/// </summary>
public sealed class TransactionVerification(ReplicaManager replicas, DynamicBrokerConfig config)
{
    private const string Switch = "transaction.partition.verification.enable";

    /// <summary>Whether the first batch of any partition belongs to a transaction, which needs a transactional id.</summary>
    public static bool HasTransactionalBatch(ProduceRequest.TopicProduceData[] topics)
    {
        foreach (var topic in topics)
        {
            foreach (var partition in topic.PartitionData)
            {
                if (First(partition.Records) is { IsTransactional: true })
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Why the batch may not be appended; null where it may.</summary>
    public AppendOutcome? Fault(TopicPartition partition, RecordsPayload records) =>
        First(records) is not { IsTransactional: true } batch || IsOpen(partition, batch) || !config.Current.Values.Bool(Switch)
            ? null
            : AppendOutcome.Refused(ErrorCode.NotEnoughReplicas) with
            {
                Message = "Unable to verify the partition has been added to the transaction. Underlying error: COORDINATOR_NOT_AVAILABLE",
            };

    private bool IsOpen(TopicPartition partition, in BatchHeader batch) =>
        replicas.TryGetOnline(partition, out var online)
        && online.Log is { } log
        && log.HasOngoingTransaction(batch.ProducerId, batch.ProducerEpoch);

    private static BatchHeader? First(RecordsPayload records)
    {
        if (records.IsNull)
        {
            return null;
        }

        try
        {
            var batches = new BatchIterator(records.Memory.Span);
            return batches.MoveNext() ? batches.Current : null;
        }
        catch (RecordsException)
        {
            // What is no batch is no transaction's; what is wrong with it the append says.
            return null;
        }
    }
}
