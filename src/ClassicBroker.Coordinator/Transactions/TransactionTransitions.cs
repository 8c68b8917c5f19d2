using ClassicBroker.Coordinator.Transactions.Log;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// Brings a transaction to its next state: appended under its lock, counted once the replicas have it. Stateless; any thread.
/// </summary>
internal sealed class TransactionTransitions(TransactionLog log, TransactionCompletion completion, CoordinatorTimers timers)
{
    public long NowMs => timers.UnixMs;

    public long MonotonicMs => timers.MonotonicMs;

    /// <summary>
    /// Begun under the transaction's lock and awaited outside of it; nothing else may be pending. A state that decides the transaction
    /// leads to its completion, which goes on by itself.
    /// </summary>
    public async ValueTask<ErrorCode> StoreAsync(Transaction transaction, TransactionState next)
    {
        Invariant.Require(transaction.Pending is null);
        transaction.Pending = next;
        var begunMs = timers.MonotonicMs;
        var error = await log.AppendAsync(transaction, next);
        lock (transaction.Lock)
        {
            transaction.Pending = null;
            if (error != ErrorCode.None)
            {
                return error;
            }

            if (!transaction.Partition.Holds(transaction))
            {
                return ErrorCode.NotCoordinator;
            }

            if (transaction.State.Status != TransactionStatus.Ongoing)
            {
                transaction.OpenedMs = begunMs;
            }

            transaction.State = next;
            if (next.IsPrepared)
            {
                completion.Begin(transaction);
            }

            return ErrorCode.None;
        }
    }
}
