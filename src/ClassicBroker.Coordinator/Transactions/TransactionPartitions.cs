using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// All partitions of <c>__transaction_state</c>, and which transactional id belongs to which. Their number is fixed when the broker starts,
/// as in Kafka. Threading: any.
/// </summary>
internal sealed class TransactionPartitions
{
    private readonly TransactionPartition[] _partitions;
    private int _isActive;

    public TransactionPartitions(int count) =>
        _partitions = [.. Enumerable.Range(0, count).Select(index => new TransactionPartition(index))];

    public TransactionPartition[] All => _partitions;

    /// <summary>False before the start and after the stop of the coordinator.</summary>
    public bool IsActive
    {
        get => Volatile.Read(ref _isActive) != 0;
        set => Volatile.Write(ref _isActive, value ? 1 : 0);
    }

    public bool IsLoading => Array.Exists(_partitions, partition => partition.IsLoading);

    public int IndexOf(string transactionalId) => JavaHash.Abs(JavaHash.OfString(transactionalId)) % _partitions.Length;

    /// <summary>Null for a partition the topic did not have when the broker started.</summary>
    public TransactionPartition? Find(int index) => (uint)index < (uint)_partitions.Length ? _partitions[index] : null;

    /// <summary>The transaction of an id this broker coordinates, null where it knows none; or why it cannot say.</summary>
    public ErrorCode TryGet(string transactionalId, out TransactionPartition? partition, out Transaction? transaction)
    {
        (partition, transaction) = (null, null);
        if (transactionalId.Length == 0)
        {
            return ErrorCode.InvalidRequest;
        }

        if (!IsActive)
        {
            return ErrorCode.CoordinatorNotAvailable;
        }

        partition = _partitions[IndexOf(transactionalId)];
        return partition.TryGet(transactionalId, out transaction);
    }
}
