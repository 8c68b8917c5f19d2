using ClassicBroker.Coordinator.Transactions.Log;
using ClassicBroker.Coordinator.Transactions.Markers;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// Brings a decided transaction to its end: markers to all its partitions, then the completed state. Until that is stored everything else
/// asked of the id waits. Threading: begun under the transaction's lock on any thread; goes on on the coordinator's loop.
/// </summary>
internal sealed partial class TransactionCompletion(
    TransactionLog log, MarkerChannel markers, CoordinatorTimers timers, ILogger logger)
{
    private readonly BackgroundWork _work = new("transaction-completion", timers.Loop);
    private int _toRetry;

    /// <summary>Transactions whose end could not be written and is tried again. Any thread.</summary>
    public int ToRetry => Volatile.Read(ref _toRetry);

    /// <summary>Begins with what was just decided. Under the transaction's lock.</summary>
    public void Begin(Transaction transaction)
    {
        var prepared = transaction.State;
        var completed = prepared.Completed(timers.UnixMs);
        transaction.Pending = completed;
        timers.Loop.Execute(() => _work.Run(() => CompleteAsync(transaction, prepared, completed)));
    }

    /// <summary>Before they can be asked for: nothing may be asked of transactions that a previous coordinator decided.</summary>
    public void Hold(IReadOnlyCollection<Transaction> decided)
    {
        foreach (var transaction in decided)
        {
            transaction.Pending = transaction.State.Completed(timers.UnixMs);
        }
    }

    /// <summary>Begins with what a previous coordinator decided.</summary>
    public void Resume(IReadOnlyCollection<Transaction> decided)
    {
        foreach (var transaction in decided)
        {
            lock (transaction.Lock)
            {
                Begin(transaction);
            }
        }
    }

    private async Task CompleteAsync(Transaction transaction, TransactionState prepared, TransactionState completed)
    {
        if (!await markers.DeliverAsync(new MarkerDelivery(transaction, prepared)))
        {
            return;
        }

        var isRetried = false;
        while (transaction.Partition.Holds(transaction))
        {
            var error = await log.AppendAsync(transaction, completed);
            if (error == ErrorCode.None)
            {
                lock (transaction.Lock)
                {
                    transaction.Complete(completed);
                }

                break;
            }

            if (!isRetried)
            {
                isRetried = true;
                Interlocked.Increment(ref _toRetry);
            }

            LogNotStored(transaction.Id, completed.Status, error);
            await timers.DelayAsync(MarkerChannel.RetryBackoffMs);
        }

        if (isRetried)
        {
            Interlocked.Decrement(ref _toRetry);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{TransactionalId} could not be stored as {Status}, and will be tried again: {Error}")]
    private partial void LogNotStored(string transactionalId, TransactionStatus status, ErrorCode error);
}
