using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Transactions.Markers;

/// <summary>
/// The markers of one decided transaction, until all its partitions have theirs. Owned by <see cref="MarkerChannel"/>.
/// Threading: the coordinator's loop.
/// </summary>
internal sealed class MarkerDelivery(Transaction transaction, TransactionState prepared)
{
    private readonly HashSet<TopicPartition> _remaining = [.. prepared.Partitions];
    private readonly TaskCompletionSource<bool> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string TransactionalId => transaction.Id;

    public long ProducerId => prepared.ProducerId;

    public short ProducerEpoch => prepared.ProducerEpoch;

    public bool IsCommit => prepared.IsCommit;

    /// <summary>The epoch at the time of sending, which may have risen since the decision.</summary>
    public int CoordinatorEpoch => transaction.Partition.Epoch;

    public IReadOnlyList<TopicPartition> Partitions => prepared.Partitions;

    /// <summary>True once all partitions have their marker; false where this coordinator has given up.</summary>
    public Task<bool> Outcome => _outcome.Task;

    /// <summary>False once it has ended, or this broker no longer coordinates the transaction.</summary>
    public bool IsWanted
    {
        get
        {
            if (!_outcome.Task.IsCompleted && !transaction.Partition.Holds(transaction))
            {
                GiveUp();
            }

            return !_outcome.Task.IsCompleted;
        }
    }

    public bool IsRemaining(TopicPartition partition) => _remaining.Contains(partition);

    /// <summary>These partitions need no marker any more, which those who describe the transaction see.</summary>
    public void Done(IReadOnlyCollection<TopicPartition> partitions)
    {
        if (partitions.Count == 0)
        {
            return;
        }

        _remaining.ExceptWith(partitions);
        lock (transaction.Lock)
        {
            transaction.State = transaction.State with { Partitions = [.. prepared.Partitions.Where(_remaining.Contains)] };
        }

        CompleteIfDone();
    }

    public void CompleteIfDone()
    {
        if (_remaining.Count == 0)
        {
            _outcome.TrySetResult(true);
        }
    }

    public void GiveUp() => _outcome.TrySetResult(false);
}
