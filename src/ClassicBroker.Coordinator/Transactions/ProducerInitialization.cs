using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// InitProducerId with a transactional id: gives it a producer id and an epoch that fences all before, once an open transaction of theirs
/// has been aborted (KIP-98, KIP-360). Threading: any; takes the transaction's lock, never across a wait.
/// </summary>
/// <param name="settings">The broker's keys.</param>
/// <param name="partitions">All ids.</param>
/// <param name="transitions">How states are stored.</param>
/// <param name="nextProducerId">A producer id that no producer was given before; null where none is to be had now.</param>
internal sealed class ProducerInitialization(
    TransactionCoordinatorSettings settings,
    TransactionPartitions partitions,
    TransactionTransitions transitions,
    Func<ValueTask<long?>> nextProducerId)
{
    /// <summary>The producer names the id and epoch it has where it wants to continue with the next; -1 for both where not.</summary>
    public async ValueTask<InitializedProducer> InitAsync(string transactionalId, int timeoutMs, long producerId, short producerEpoch)
    {
        if (transactionalId.Length == 0)
        {
            return InitializedProducer.Refused(ErrorCode.InvalidRequest);
        }

        if (timeoutMs <= 0 || timeoutMs > settings.TimeoutMaxMs)
        {
            return InitializedProducer.Refused(ErrorCode.InvalidTransactionTimeout);
        }

        var attempt = new Attempt(timeoutMs, producerId, producerEpoch, isNamed: producerId != RecordFormat.NoProducerId);
        while (true)
        {
            var error = partitions.TryGet(transactionalId, out var partition, out var transaction);
            if (error != ErrorCode.None)
            {
                return InitializedProducer.Refused(error);
            }

            if (transaction is null)
            {
                if ((attempt.SpareId ??= await nextProducerId()) is not { } newId)
                {
                    return InitializedProducer.Refused(ErrorCode.CoordinatorLoadInProgress);
                }

                attempt.SpareId = null;
                transaction = new Transaction(transactionalId, partition!, new()
                {
                    ProducerId = newId,
                    TimeoutMs = timeoutMs,
                    LastUpdateMs = transitions.NowMs,
                });
                error = partition!.AddOrGet(ref transaction);
                if (error != ErrorCode.None)
                {
                    return InitializedProducer.Refused(error);
                }
            }

            if (await TryInitAsync(transaction, attempt) is { } outcome)
            {
                return outcome;
            }

            if (attempt.NeedsId && (attempt.SpareId ??= await nextProducerId()) is null)
            {
                return InitializedProducer.Refused(ErrorCode.CoordinatorLoadInProgress);
            }
        }
    }

    /// <summary>Null where the id was removed meanwhile, or a producer id has to be fetched first.</summary>
    private async ValueTask<InitializedProducer?> TryInitAsync(Transaction transaction, Attempt attempt)
    {
        ValueTask<ErrorCode> stored;
        TransactionState next;
        lock (transaction.Lock)
        {
            if (transaction.IsRemoved)
            {
                return null;
            }

            var state = transaction.State;
            if (RefusalOf(transaction, state, attempt) is { } refusal)
            {
                return InitializedProducer.Refused(refusal);
            }

            if (state.Status == TransactionStatus.Ongoing)
            {
                next = state.Fenced(transitions.NowMs);
            }
            else if (state.IsEpochExhausted && (!attempt.IsNamed || attempt.ProducerEpoch == state.ProducerEpoch))
            {
                attempt.NeedsId = true;
                if (attempt.SpareId is not { } newId)
                {
                    return null;
                }

                next = state.WithProducerId(newId, attempt.IsNamed, attempt.TimeoutMs, transitions.NowMs);
            }
            else if (state.WithNextEpoch(attempt.ExpectedEpoch, attempt.TimeoutMs, transitions.NowMs) is { } initialised)
            {
                next = initialised;
            }
            else
            {
                return InitializedProducer.Refused(ErrorCode.ProducerFenced);
            }

            stored = transitions.StoreAsync(transaction, next);
        }

        return await stored switch
        {
            // The producer asks again, and finds the transaction aborted.
            ErrorCode.None when next.IsPrepared => InitializedProducer.Refused(ErrorCode.ConcurrentTransactions),
            ErrorCode.None => new(ErrorCode.None, next.ProducerId, next.ProducerEpoch),
            var error => InitializedProducer.Refused(error),
        };
    }

    private static ErrorCode? RefusalOf(Transaction transaction, TransactionState state, Attempt attempt) =>
        transaction.Pending is not null ? ErrorCode.ConcurrentTransactions
        : attempt.IsNamed && !MayContinue(state, attempt) ? ErrorCode.ProducerFenced
        : state.IsPrepared ? ErrorCode.ConcurrentTransactions
        : null;

    /// <summary>
    /// The producer has the present id, or the one before, whose last epoch it was told before that id was replaced. To an id that was
    /// never seen any producer may come.
    /// </summary>
    private static bool MayContinue(TransactionState state, Attempt attempt) =>
        state.ProducerEpoch == RecordFormat.NoProducerEpoch
        || attempt.ProducerId == state.ProducerId
        || (attempt.ProducerId == state.LastProducerId && TransactionState.IsExhausted(attempt.ProducerEpoch));

    private sealed class Attempt(int timeoutMs, long producerId, short producerEpoch, bool isNamed)
    {
        public int TimeoutMs => timeoutMs;

        public long ProducerId => producerId;

        public short ProducerEpoch => producerEpoch;

        public bool IsNamed => isNamed;

        public short? ExpectedEpoch => isNamed ? producerEpoch : null;

        public bool NeedsId { get; set; }

        /// <summary>Fetched, and not used yet.</summary>
        public long? SpareId { get; set; }
    }
}
