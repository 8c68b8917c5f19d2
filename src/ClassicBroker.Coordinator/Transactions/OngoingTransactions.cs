using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// AddPartitionsToTxn, AddOffsetsToTxn and EndTxn: what a producer does with its transaction; and what time does to it. Threading: any;
/// takes the transaction's lock, never across a wait.
/// </summary>
internal sealed class OngoingTransactions(
    TransactionPartitions partitions, TransactionTransitions transitions, CoordinatorTimers timers, LeadershipProof proof)
{
    /// <summary>How long the next transaction waits for the end of the one before, until its producer is told to come again.</summary>
    public const int PatienceMs = 100;

    /// <summary>
    /// Adds partitions, which begins the transaction. While the markers of the one before are written this waits: it takes a moment mostly,
    /// and producers that are refused pause for far longer.
    /// </summary>
    public async ValueTask<ErrorCode> AddAsync(ProducerIdentity producer, IReadOnlyCollection<TopicPartition> added)
    {
        if (TryGet(producer, out var transaction) == ErrorCode.None && Predecessor(transaction!, producer) is { } predecessor)
        {
            await timers.IsSignalledWithinAsync(predecessor, PatienceMs);
        }

        return await AddNowAsync(producer, added);
    }

    private async ValueTask<ErrorCode> AddNowAsync(ProducerIdentity producer, IReadOnlyCollection<TopicPartition> added)
    {
        if (TryGet(producer, out var transaction) is var error and not ErrorCode.None)
        {
            return error;
        }

        ValueTask<ErrorCode> stored;
        lock (transaction!.Lock)
        {
            var state = transaction.State;
            if (RefusalOf(transaction, producer) is { } refusal)
            {
                return refusal;
            }

            if (state.Status == TransactionStatus.Ongoing && added.All(state.Holds))
            {
                return ErrorCode.None;
            }

            stored = transitions.StoreAsync(transaction, state.WithPartitions(added, transitions.NowMs));
        }

        return await stored;
    }

    /// <summary>
    /// Whether the transaction holds each of the partitions, in their order (KIP-890). Changes nothing. A broker that may have been
    /// replaced cannot tell: the transaction may have ended at the next coordinator, and what is appended for it now would stay open.
    /// </summary>
    public async ValueTask<ErrorCode[]> VerifyAsync(ProducerIdentity producer, IReadOnlyCollection<TopicPartition> asked)
    {
        var error = partitions.TryGet(producer.TransactionalId, out var partition, out _);
        if (error == ErrorCode.None)
        {
            error = await proof.GiveAsync(partition!.TopicPartition);
        }

        return error == ErrorCode.None ? Verify(producer, asked) : [.. asked.Select(_ => error)];
    }

    private ErrorCode[] Verify(ProducerIdentity producer, IReadOnlyCollection<TopicPartition> asked)
    {
        var error = TryGet(producer, out var transaction);
        if (error == ErrorCode.None)
        {
            lock (transaction!.Lock)
            {
                var state = transaction.State;
                error = IdentityFault(transaction, producer)
                    ?? (state.IsPrepared ? ErrorCode.ConcurrentTransactions : ErrorCode.None);
                if (error == ErrorCode.None)
                {
                    return [.. asked.Select(partition => state.Holds(partition) ? ErrorCode.None : ErrorCode.TransactionAbortable)];
                }
            }
        }

        return [.. asked.Select(_ => error)];
    }

    /// <summary>Decides the transaction; the markers follow by themselves. One that was decided this way before is decided.</summary>
    public async ValueTask<ErrorCode> EndAsync(ProducerIdentity producer, bool isCommit)
    {
        if (TryGet(producer, out var transaction) is var error and not ErrorCode.None)
        {
            return error;
        }

        ValueTask<ErrorCode> stored;
        lock (transaction!.Lock)
        {
            var state = transaction.State;
            if (RefusalOf(transaction, producer) is { } refusal)
            {
                return refusal;
            }

            if (state.Status != TransactionStatus.Ongoing)
            {
                var same = isCommit ? TransactionStatus.CompleteCommit : TransactionStatus.CompleteAbort;
                return state.Status == same ? ErrorCode.None : ErrorCode.InvalidTxnState;
            }

            stored = transitions.StoreAsync(transaction, state.Prepared(isCommit, transitions.NowMs));
        }

        return await stored;
    }

    /// <summary>Aborts a transaction that has been open for longer than its producer asked for, and fences the producer.</summary>
    public async ValueTask<ErrorCode> AbortIfTimedOutAsync(Transaction transaction)
    {
        ValueTask<ErrorCode> stored;
        lock (transaction.Lock)
        {
            if (transaction.Pending is not null || !transaction.IsTimedOut(transitions.MonotonicMs))
            {
                return ErrorCode.None;
            }

            stored = transitions.StoreAsync(transaction, transaction.State.Fenced(transitions.NowMs));
        }

        return await stored;
    }

    /// <summary>The end of the decided transaction that a producer is to wait for; null where there is none.</summary>
    private static Task? Predecessor(Transaction transaction, ProducerIdentity producer)
    {
        lock (transaction.Lock)
        {
            return IdentityFault(transaction, producer) is null && transaction.State.IsPrepared ? transaction.WhenComplete() : null;
        }
    }

    private ErrorCode TryGet(ProducerIdentity producer, out Transaction? transaction)
    {
        var error = partitions.TryGet(producer.TransactionalId, out _, out transaction);
        return error == ErrorCode.None && transaction is null ? ErrorCode.InvalidProducerIdMapping : error;
    }

    private static ErrorCode? RefusalOf(Transaction transaction, ProducerIdentity producer) =>
        IdentityFault(transaction, producer)
        ?? (transaction.Pending is not null || transaction.State.IsPrepared ? ErrorCode.ConcurrentTransactions : null);

    private static ErrorCode? IdentityFault(Transaction transaction, ProducerIdentity producer) =>
        transaction.IsRemoved || transaction.State.ProducerId != producer.ProducerId ? ErrorCode.InvalidProducerIdMapping
        : transaction.State.ProducerEpoch != producer.ProducerEpoch ? ErrorCode.ProducerFenced
        : null;
}
