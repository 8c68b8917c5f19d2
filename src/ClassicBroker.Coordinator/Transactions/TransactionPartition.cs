using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// One partition of <c>__transaction_state</c> and the transactional ids stored in it, as long as this broker leads it. Owned by
/// <see cref="TransactionPartitions"/>. Threading: any; its lock guards which ids there are, is taken after a transaction's and calls
/// nothing.
/// </summary>
internal sealed class TransactionPartition(int index) : CoordinatedPartition(TopicName.TransactionState, index)
{
    private Dictionary<string, Transaction> _transactions = new(StringComparer.Ordinal);

    /// <summary>The transaction; null with NONE where the id is not known. It may be removed by the time its lock is taken.</summary>
    public ErrorCode TryGet(string transactionalId, out Transaction? transaction)
    {
        lock (Lock)
        {
            transaction = IsOwned ? _transactions.GetValueOrDefault(transactionalId) : null;
            return AvailabilityNow;
        }
    }

    /// <summary>Adds an id, unless there is one: the transaction that counts is in <paramref name="transaction"/>.</summary>
    public ErrorCode AddOrGet(ref Transaction transaction)
    {
        lock (Lock)
        {
            if (IsOwned && !_transactions.TryAdd(transaction.Id, transaction))
            {
                transaction = _transactions[transaction.Id];
            }

            return AvailabilityNow;
        }
    }

    /// <summary>Whether this broker still coordinates this very transaction.</summary>
    public bool Holds(Transaction transaction)
    {
        lock (Lock)
        {
            return IsOwned && _transactions.GetValueOrDefault(transaction.Id) == transaction;
        }
    }

    /// <summary>All transactions as they are now, in no order.</summary>
    public Transaction[] Transactions()
    {
        lock (Lock)
        {
            return [.. _transactions.Values];
        }
    }

    public void Remove(Transaction transaction)
    {
        lock (Lock)
        {
            if (_transactions.GetValueOrDefault(transaction.Id) == transaction)
            {
                _transactions.Remove(transaction.Id);
            }
        }
    }

    /// <summary>Opens the partition with what the log holds; false where it has gone elsewhere while that was read.</summary>
    public bool EndLoading(int epoch, IEnumerable<Transaction> transactions)
    {
        lock (Lock)
        {
            if (!Own(epoch))
            {
                return false;
            }

            foreach (var transaction in transactions)
            {
                _transactions.Add(transaction.Id, transaction);
            }

            return true;
        }
    }

    /// <summary>
    /// This broker no longer leads the partition; the number of ids that ended with that. An older epoch than known changes nothing; null
    /// is newer than all.
    /// </summary>
    public int Close(int? epoch)
    {
        lock (Lock)
        {
            if (!Leave(epoch))
            {
                return 0;
            }

            var closed = _transactions.Count;
            _transactions = new(StringComparer.Ordinal);
            return closed;
        }
    }
}
