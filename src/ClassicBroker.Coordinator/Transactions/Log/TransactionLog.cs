using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication;

namespace ClassicBroker.Coordinator.Transactions.Log;

/// <summary>
/// Appends states to <c>__transaction_state</c> as Kafka writes them: uncompressed, without a producer, for all replicas in sync. Tells
/// refusals in the words of the requests they come from. Stateless; any thread.
/// </summary>
internal sealed class TransactionLog(LeaderAppender appends, TransactionCoordinatorSettings settings, CoordinatorTimers timers)
{
    private const short AcksAll = -1;

    /// <summary>Appends a state before it returns; ends when the replicas have it.</summary>
    public ValueTask<ErrorCode> AppendAsync(Transaction transaction, TransactionState next)
    {
        using var batch = new RecordBatchBuilder(initialCapacity: 512);
        batch.Append(timers.UnixMs, TransactionRecords.Key(transaction.Id), TransactionRecords.Value(next));
        return AppendAsync(transaction.Partition, batch, next.TimeoutMs);
    }

    /// <summary>Appends tombstones of ids of one partition.</summary>
    public ValueTask<ErrorCode> AppendTombstonesAsync(TransactionPartition partition, IEnumerable<Transaction> expired)
    {
        using var batch = new RecordBatchBuilder();
        var nowMs = timers.UnixMs;
        foreach (var transaction in expired)
        {
            batch.Append(nowMs, TransactionRecords.Key(transaction.Id), NullableBytes.Null);
        }

        return AppendAsync(partition, batch, settings.RequestTimeoutMs);
    }

    private ValueTask<ErrorCode> AppendAsync(TransactionPartition partition, RecordBatchBuilder batch, int timeoutMs)
    {
        var outcome = appends.Append(partition.TopicPartition, batch.Build(), AppendOrigin.Coordinator, AcksAll);
        if (outcome.Error != ErrorCode.None)
        {
            return new(ForClients(outcome.Error));
        }

        var wait = new ProduceWait(partition.TopicPartition, outcome.Appended);
        var replicated = appends.AwaitReplicasAsync([wait], timeoutMs);
        return replicated.IsCompletedSuccessfully ? new(ForClients(wait.Error)) : AwaitAsync(replicated, wait);
    }

    private static async ValueTask<ErrorCode> AwaitAsync(ValueTask replicated, ProduceWait wait)
    {
        await replicated;
        return ForClients(wait.Error);
    }

    private static ErrorCode ForClients(ErrorCode error) =>
        error switch
        {
            ErrorCode.None => ErrorCode.None,
            ErrorCode.UnknownTopicOrPartition or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend
                or ErrorCode.RequestTimedOut => ErrorCode.CoordinatorNotAvailable,
            ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError => ErrorCode.NotCoordinator,
            _ => ErrorCode.UnknownServerError,
        };
}
