using ClassicBroker.Coordinator.Transactions.Log;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// ListTransactions and DescribeTransactions (KIP-664), and the removal of ids that have not been used for
/// <c>transactional.id.expiration.ms</c>. Threading: any; takes one transaction's lock at a time.
/// </summary>
public sealed partial class TransactionAdministration
{
    /// <summary>Bytes of ids whose tombstones go into one batch.</summary>
    private const int TombstoneBytesMax = 64 * 1024;

    private readonly TransactionCoordinatorSettings _settings;
    private readonly TransactionPartitions _partitions;
    private readonly TransactionLog _log;
    private readonly CoordinatorTimers _timers;
    private readonly ILogger _logger;

    internal TransactionAdministration(
        TransactionCoordinatorSettings settings,
        TransactionPartitions partitions,
        TransactionLog log,
        CoordinatorTimers timers,
        ILogger logger) =>
        (_settings, _partitions, _log, _timers, _logger) = (settings, partitions, log, timers, logger);

    public DescribeTransactionsResponse.DescribedTransaction Describe(string transactionalId)
    {
        var error = _partitions.TryGet(transactionalId, out _, out var transaction);
        if (error != ErrorCode.None || transaction is null)
        {
            return new()
            {
                TransactionalId = transactionalId,
                ErrorCode = error != ErrorCode.None ? error : ErrorCode.TransactionalIdNotFound,
            };
        }

        TransactionState state;
        lock (transaction.Lock)
        {
            state = transaction.State;
        }

        return new()
        {
            TransactionalId = transactionalId,
            TransactionState = state.Status.ToString(),
            TransactionTimeoutMs = state.TimeoutMs,
            TransactionStartTimeMs = state.StartMs,
            ProducerId = state.ProducerId,
            ProducerEpoch = state.ProducerEpoch,
            Topics =
            [
                .. state.Partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new DescribeTransactionsResponse.TopicData
                    {
                        Topic = topic.Key,
                        Partitions = [.. topic.Select(partition => partition.Partition)],
                    }),
            ],
        };
    }

    public ListTransactionsResponse List(ListTransactionsRequest request)
    {
        if (!_partitions.IsActive)
        {
            return new() { ErrorCode = ErrorCode.CoordinatorNotAvailable };
        }

        if (_partitions.IsLoading)
        {
            return new() { ErrorCode = ErrorCode.CoordinatorLoadInProgress };
        }

        var known = Enum.GetNames<TransactionStatus>();
        var statuses = known.Where(request.StateFilters.Contains).Select(Enum.Parse<TransactionStatus>).ToHashSet();
        var nowMs = _timers.UnixMs;
        return new()
        {
            UnknownStateFilters = [.. request.StateFilters.Where(filter => !known.Contains(filter, StringComparer.Ordinal))],
            TransactionStates =
            [
                .. _partitions.All.SelectMany(partition => partition.Transactions())
                    .Select(transaction => (transaction.Id, State: StateOf(transaction)))
                    .Where(listed => (request.StateFilters.Length == 0 || statuses.Contains(listed.State.Status))
                        && (request.ProducerIdFilters.Length == 0 || request.ProducerIdFilters.Contains(listed.State.ProducerId))
                        && (request.DurationFilter < 0 || nowMs - listed.State.StartMs > request.DurationFilter))
                    .OrderBy(listed => listed.Id, StringComparer.Ordinal)
                    .Select(listed => new ListTransactionsResponse.ListedTransaction
                    {
                        TransactionalId = listed.Id,
                        ProducerId = listed.State.ProducerId,
                        TransactionState = listed.State.Status.ToString(),
                    }),
            ],
        };
    }

    /// <summary>Removes the expired ids of a partition; they count until their tombstones are stored.</summary>
    internal async Task ExpireAsync(TransactionPartition partition)
    {
        var expired = new List<Transaction>();
        var bytes = 0;
        foreach (var transaction in partition.Transactions().OrderBy(transaction => transaction.Id, StringComparer.Ordinal))
        {
            lock (transaction.Lock)
            {
                if (!IsExpired(transaction))
                {
                    continue;
                }

                transaction.Pending = transaction.State with { Status = TransactionStatus.Dead };
            }

            expired.Add(transaction);
            bytes += transaction.Id.Length;
            if (bytes >= TombstoneBytesMax)
            {
                await RemoveAsync(partition, expired);
                (expired, bytes) = ([], 0);
            }
        }

        if (expired.Count > 0)
        {
            await RemoveAsync(partition, expired);
        }
    }

    private bool IsExpired(Transaction transaction) =>
        transaction.Pending is null
        && transaction.State.IsIdle
        && transaction.State.LastUpdateMs <= _timers.UnixMs - _settings.IdExpirationMs;

    private async ValueTask RemoveAsync(TransactionPartition partition, List<Transaction> expired)
    {
        var error = await _log.AppendTombstonesAsync(partition, expired);
        foreach (var transaction in expired)
        {
            lock (transaction.Lock)
            {
                transaction.Pending = null;
                if (error == ErrorCode.None)
                {
                    transaction.IsRemoved = true;
                    partition.Remove(transaction);
                }
            }
        }

        if (error == ErrorCode.None)
        {
            LogExpired(expired.Count, partition.TopicPartition);
        }
    }

    private static TransactionState StateOf(Transaction transaction)
    {
        lock (transaction.Lock)
        {
            return transaction.State;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} expired transactional ids of {Partition}")]
    private partial void LogExpired(int count, TopicPartition partition);
}
