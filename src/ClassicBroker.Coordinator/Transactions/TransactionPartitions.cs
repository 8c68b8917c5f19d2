using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>All partitions of <c>__transaction_state</c>, and which transactional id belongs to which. Threading: any.</summary>
internal sealed class TransactionPartitions(int count)
    : CoordinatedPartitions<TransactionPartition>(count, index => new TransactionPartition(index))
{
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

        partition = All[IndexOf(transactionalId)];
        return partition.TryGet(transactionalId, out transaction);
    }
}
