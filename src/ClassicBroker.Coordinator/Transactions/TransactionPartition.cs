using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// One partition of <c>__transaction_state</c> and the transactional ids stored in it, as long as this broker leads it. Owned by
/// <see cref="TransactionPartitions"/>. Threading: any; its lock guards which ids there are, is taken after a transaction's and calls
/// nothing.
/// </summary>
internal sealed class TransactionPartition(int index)
{
    private const int NoEpoch = -1;

    private readonly Lock _lock = new();
    private Dictionary<string, Transaction> _transactions = new(StringComparer.Ordinal);
    private Stage _stage;
    private int _epoch = NoEpoch;
    private int _loadingEpoch = NoEpoch;

    private enum Stage
    {
        Elsewhere,
        Loading,
        Owned,
    }

    public TopicPartition TopicPartition { get; } = new(TopicName.TransactionState, index);

    public int Index => TopicPartition.Partition;

    /// <summary>The coordinator's epoch in markers: the leader epoch this broker leads the partition in.</summary>
    public int Epoch
    {
        get
        {
            lock (_lock)
            {
                return _epoch;
            }
        }
    }

    public bool IsLoading
    {
        get
        {
            lock (_lock)
            {
                return _stage == Stage.Loading;
            }
        }
    }

    /// <summary>NONE where this broker coordinates the partition's ids now.</summary>
    public ErrorCode Availability
    {
        get
        {
            lock (_lock)
            {
                return AvailabilityOf(_stage);
            }
        }
    }

    /// <summary>The transaction; null with NONE where the id is not known. It may be removed by the time its lock is taken.</summary>
    public ErrorCode TryGet(string transactionalId, out Transaction? transaction)
    {
        lock (_lock)
        {
            transaction = _stage == Stage.Owned ? _transactions.GetValueOrDefault(transactionalId) : null;
            return AvailabilityOf(_stage);
        }
    }

    /// <summary>Adds an id, unless there is one: the transaction that counts is in <paramref name="transaction"/>.</summary>
    public ErrorCode AddOrGet(ref Transaction transaction)
    {
        lock (_lock)
        {
            if (_stage == Stage.Owned && !_transactions.TryAdd(transaction.Id, transaction))
            {
                transaction = _transactions[transaction.Id];
            }

            return AvailabilityOf(_stage);
        }
    }

    /// <summary>Whether this broker still coordinates this very transaction.</summary>
    public bool Holds(Transaction transaction)
    {
        lock (_lock)
        {
            return _stage == Stage.Owned && _transactions.GetValueOrDefault(transaction.Id) == transaction;
        }
    }

    /// <summary>All transactions as they are now, in no order.</summary>
    public Transaction[] Transactions()
    {
        lock (_lock)
        {
            return [.. _transactions.Values];
        }
    }

    public void Remove(Transaction transaction)
    {
        lock (_lock)
        {
            if (_transactions.GetValueOrDefault(transaction.Id) == transaction)
            {
                _transactions.Remove(transaction.Id);
            }
        }
    }

    /// <summary>True where the caller must load the partition: this broker did not lead it before.</summary>
    public bool BeginLoading(int epoch)
    {
        lock (_lock)
        {
            if (epoch < _epoch)
            {
                return false;
            }

            _epoch = epoch;
            if (_stage != Stage.Elsewhere)
            {
                return false;
            }

            _stage = Stage.Loading;
            _loadingEpoch = epoch;
            return true;
        }
    }

    /// <summary>
    /// Whether a load that began in this epoch is still wanted; also where the leader has been elected again since, which changes no
    /// record.
    /// </summary>
    public bool IsLoadingFor(int epoch)
    {
        lock (_lock)
        {
            return _stage == Stage.Loading && _loadingEpoch == epoch;
        }
    }

    /// <summary>Opens the partition with what the log holds; false where it has gone elsewhere while that was read.</summary>
    public bool EndLoading(int epoch, IEnumerable<Transaction> transactions)
    {
        lock (_lock)
        {
            if (_stage != Stage.Loading || _loadingEpoch != epoch)
            {
                return false;
            }

            foreach (var transaction in transactions)
            {
                _transactions.Add(transaction.Id, transaction);
            }

            _stage = Stage.Owned;
            return true;
        }
    }

    /// <summary>
    /// This broker no longer leads the partition; the number of ids that ended with that. An older epoch than known changes nothing; null
    /// is newer than all.
    /// </summary>
    public int Close(int? epoch)
    {
        lock (_lock)
        {
            if (epoch < _epoch)
            {
                return 0;
            }

            _epoch = epoch ?? _epoch;
            _stage = Stage.Elsewhere;
            var closed = _transactions.Count;
            _transactions = new(StringComparer.Ordinal);
            return closed;
        }
    }

    private static ErrorCode AvailabilityOf(Stage stage) =>
        stage switch
        {
            Stage.Loading => ErrorCode.CoordinatorLoadInProgress,
            Stage.Elsewhere => ErrorCode.NotCoordinator,
            _ => ErrorCode.None,
        };
}
