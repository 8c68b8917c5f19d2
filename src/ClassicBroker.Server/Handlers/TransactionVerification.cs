using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Coordination;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Keeps batches of transactions that their coordinator does not know of out of the log, where they would stop every reader of committed
/// records for good (KIP-890): the first batch of a transaction in a partition passes once the coordinator says that the partition was
/// added, and only as long as no marker comes in between. Off where <c>transaction.partition.verification.enable</c> is false.
/// Stateless beside its collaborators; safe from any thread.
/// </summary>
public sealed class TransactionVerification(ReplicaManager replicas, TransactionVerifier verifier, DynamicBrokerConfig config)
{
    private const short FirstProduceVersionWithAbortable = 11;
    private const short FirstCommitVersionWithAbortable = 4;

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

    /// <summary>
    /// What the append of these records relies on. With a guard, the coordinator is to be asked first, for the producer that is in
    /// <paramref name="producerId"/> and <paramref name="producerEpoch"/> then.
    /// </summary>
    public AppendVerification Begin(TopicPartition partition, RecordsPayload records, out long producerId, out short producerEpoch)
    {
        if (First(records) is not { IsTransactional: true } batch || !config.Current.TransactionPartitionVerificationEnable)
        {
            (producerId, producerEpoch) = (RecordFormat.NoProducerId, RecordFormat.NoProducerEpoch);
            return default;
        }

        (producerId, producerEpoch) = (batch.ProducerId, batch.ProducerEpoch);
        return Begin(partition, producerId, producerEpoch, batch.BaseSequence);
    }

    /// <summary>Asks the coordinator about the partitions of a produce; the refusal of each, in their order, or null.</summary>
    public async ValueTask<AppendOutcome?[]> VerifyAsync(
        ProducerIdentity producer, IReadOnlyList<TopicPartition> partitions, short produceVersion)
    {
        var errors = await verifier.VerifyAsync(producer, partitions);
        return [.. errors.Select(error => RefusalOf(error, produceVersion))];
    }

    /// <summary>
    /// Asks the coordinator about the offsets partition of a commit within a transaction, each time: one in the name of another producer
    /// would leave the transaction without an end.
    /// </summary>
    public async ValueTask<(ErrorCode Error, AppendVerification Verification)> VerifyOffsetsAsync(
        ProducerIdentity producer, TopicPartition offsetsPartition, short commitVersion)
    {
        if (!config.Current.TransactionPartitionVerificationEnable)
        {
            return (ErrorCode.None, default);
        }

        var verification = Begin(offsetsPartition, producer.ProducerId, producer.ProducerEpoch, RecordFormat.NoSequence);
        var error = (await verifier.VerifyAsync(producer, [offsetsPartition]))[0];
        return (
            error == ErrorCode.TransactionAbortable && commitVersion < FirstCommitVersionWithAbortable ? ErrorCode.InvalidTxnState : error,
            verification);
    }

    private AppendVerification Begin(TopicPartition partition, long producerId, short producerEpoch, int baseSequence) =>
        new(
            IsRequired: true,
            replicas.TryGetOnline(partition, out var online) && online.Log is { } log
                ? log.BeginVerification(producerId, producerEpoch, baseSequence)
                : null);

    private static AppendOutcome? RefusalOf(ErrorCode error, short produceVersion) =>
        error switch
        {
            ErrorCode.None => null,
            ErrorCode.TransactionAbortable when produceVersion >= FirstProduceVersionWithAbortable => AppendOutcome.Refused(error),
            ErrorCode.TransactionAbortable or ErrorCode.InvalidTxnState => AppendOutcome.Refused(ErrorCode.InvalidTxnState) with
            {
                Message = "Partition was not added to the transaction",
            },

            // An error that producers of every age answer by sending the batch again.
            ErrorCode.ConcurrentTransactions or ErrorCode.NetworkException or ErrorCode.CoordinatorLoadInProgress
                or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator => AppendOutcome.Refused(ErrorCode.NotEnoughReplicas) with
                {
                    Message = "Unable to verify the partition has been added to the transaction. "
                        + $"Underlying error: {error.WireName()}",
                },
            _ => AppendOutcome.Refused(error),
        };

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
