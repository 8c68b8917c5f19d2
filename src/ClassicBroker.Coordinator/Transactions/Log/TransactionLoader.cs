using ClassicBroker.Coordinator.Log;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Transactions.Log;

/// <summary>
/// Reads a partition of <c>__transaction_state</c> when this broker begins to lead it, in steps of
/// <c>transaction.state.log.load.buffer.size</c>. Threading: the coordinator's loop.
/// <para>Failure: where the disk fails, the partition's ids have no coordinator until another broker leads it.</para>
/// </summary>
internal sealed partial class TransactionLoader(ReplicaManager replicas, CoordinatorTimers timers, int bufferSize, ILogger logger)
{
    private readonly LogReplay _replay = new(replicas, timers, bufferSize, logger);

    /// <summary>The ids with their last states; null where the partition is not wanted any more, or its disk failed.</summary>
    public async Task<List<Transaction>?> LoadAsync(TransactionPartition partition, int epoch)
    {
        var states = new Dictionary<string, TransactionState>(StringComparer.Ordinal);
        var records = new TransactionRecordReader();
        var outcome = await _replay.ReadAsync(
            partition.TopicPartition, () => partition.IsLoadingFor(epoch), (in batch, record, _) => Apply(batch, record, records, states));
        if (outcome == ReplayOutcome.Failed)
        {
            // Without these states a transaction could be decided twice; without a coordinator producers wait.
            partition.Close(epoch);
        }

        return outcome == ReplayOutcome.Complete
            ? [
                .. states.OrderBy(state => state.Key, StringComparer.Ordinal)
                    .Select(state => new Transaction(state.Key, partition, state.Value)),
            ]
            : null;
    }

    private void Apply(in BatchHeader batch, Record record, TransactionRecordReader records, Dictionary<string, TransactionState> states)
    {
        if (batch.IsControl)
        {
            // Brokers may add this very topic to a transaction, whose markers say nothing about any id.
            return;
        }

        if (records.ReadKey(record.Key.Span) is not { } transactionalId)
        {
            LogUnknownKey(record.Offset);
            return;
        }

        if (record.Value.IsNull)
        {
            states.Remove(transactionalId);
        }
        else
        {
            states[transactionalId] = records.ReadValue(record.Value.Span);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Unknown message key at offset {Offset} while loading transaction state; ignoring it. "
            + "It could be a left over from an aborted upgrade.")]
    private partial void LogUnknownKey(long offset);
}
