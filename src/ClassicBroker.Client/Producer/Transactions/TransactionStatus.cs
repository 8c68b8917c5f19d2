using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Producer.Transactions;

/// <summary>
/// The state of a transactional producer, which call of the application is under way, and the partitions that records were admitted for.
/// Safe from any thread: everything changes under one lock, and nothing foreign is called under it but the transition it was handed.
/// </summary>
internal sealed class TransactionStatus(string transactionalId, Idempotence idempotence, Action changed, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly List<PartitionQueue> _admitted = [];
    private volatile TransactionState _state = TransactionState.Uninitialized;
    private volatile int _number = 1;
    private volatile KafkaException? _cause;
    private (string Operation, Task Outcome)? _pending;

    public TransactionState State => _state;

    /// <summary>Tells transactions apart.</summary>
    public int Number => _number;

    /// <summary>What led to the error state, or to the abort; null where nothing failed.</summary>
    public KafkaException? Cause => _cause;

    /// <summary>The call under way, or ended and not heard of; null where there is none.</summary>
    public Task? Pending
    {
        get
        {
            lock (_gate)
            {
                return _pending?.Outcome;
            }
        }
    }

    /// <summary>True while records and offsets may join, or wait to be sent.</summary>
    public bool IsOpen => _state is TransactionState.InTransaction or TransactionState.Committing;

    /// <summary>Why batches that wait are to fail now; null while they are to be sent.</summary>
    public KafkaException? BatchFailure
    {
        get
        {
            lock (_gate)
            {
                return _state switch
                {
                    TransactionState.AbortableError or TransactionState.FatalError => _cause,
                    TransactionState.Aborting => _cause ?? new TransactionAbortedException(),
                    _ => null,
                };
            }
        }
    }

    // ------------------------------------------------------------------------------------------------------- application

    public void BeginTransaction()
    {
        lock (_gate)
        {
            RequireNothingPending("beginTransaction");
            ThrowIfFailed();
            Enter(TransactionState.InTransaction, _state == TransactionState.Ready);
        }
    }

    /// <summary>The number of the transaction that offsets may join now.</summary>
    public int RequireOpenForOffsets()
    {
        lock (_gate)
        {
            RequireNothingPending("sendOffsetsToTransaction");
            ThrowIfFailed();
            return _state == TransactionState.InTransaction
                ? _number
                : throw new InvalidOperationException(
                    $"Cannot send offsets if a transaction is not in progress (currentState= {Name(_state)})");
        }
    }

    public void BeginInitializing() => Enter(TransactionState.Initializing, _state == TransactionState.Uninitialized);

    public void BeginCommit()
    {
        ThrowIfFailed();
        Enter(TransactionState.Committing, _state == TransactionState.InTransaction);
    }

    public void BeginAbort()
    {
        if (_state != TransactionState.AbortableError)
        {
            ThrowIfFailed();
        }

        Enter(TransactionState.Aborting, _state is TransactionState.InTransaction or TransactionState.AbortableError);
        _admitted.Clear();
    }

    /// <summary>
    /// Starts a call by <paramref name="enter"/>, which ends with <paramref name="outcome"/>; null then. A call that was started before and
    /// not heard of is taken up instead: its outcome is returned.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another call comes first, or the state does not allow this one.</exception>
    public Task? Start(string operation, Action enter, Task outcome)
    {
        lock (_gate)
        {
            if (_pending is { } pending && pending.Operation == operation)
            {
                return pending.Outcome;
            }

            RequireNothingPending(operation);
            enter();
            _pending = (operation, outcome);
            return null;
        }
    }

    /// <summary>The application hears of the outcome: the call is over.</summary>
    public void Heard(Task outcome)
    {
        lock (_gate)
        {
            if (_pending?.Outcome == outcome)
            {
                _pending = null;
            }
        }
    }

    /// <summary>Lets a record into the transaction under way. Called for every record.</summary>
    /// <exception cref="InvalidOperationException">There is no transaction to add it to.</exception>
    /// <exception cref="KafkaException">The transaction, or the producer, has failed.</exception>
    public void Admit(PartitionQueue queue)
    {
        if (_state != TransactionState.InTransaction || queue.Transaction != _number)
        {
            AdmitFirst(queue);
        }
    }

    // ------------------------------------------------------------------------------------------------------------ the loop

    /// <summary>True while partitions wait for <see cref="TakeAdmitted"/>.</summary>
    public bool HasAdmitted
    {
        get
        {
            lock (_gate)
            {
                return _admitted.Count > 0 && IsOpen;
            }
        }
    }

    /// <summary>Partitions that are new in the open transaction, each once.</summary>
    public PartitionQueue[] TakeAdmitted()
    {
        lock (_gate)
        {
            PartitionQueue[] taken = IsOpen ? [.. _admitted.Where(queue => queue.Transaction == _number)] : [];
            _admitted.Clear();
            return taken;
        }
    }

    /// <summary>Enters an error state, unless that would be no worse than where the producer is.</summary>
    public void Fail(TransactionState state, KafkaException cause)
    {
        lock (_gate)
        {
            if (_state == TransactionState.FatalError
                || (state == TransactionState.AbortableError && _state is TransactionState.Aborting or TransactionState.AbortableError))
            {
                return;
            }

            _state = state;
            _cause = cause;
        }

        logger.LogInformation("Transactional id {Id} enters {State}: {Cause}", transactionalId, Name(state), cause.Message);
        changed();
    }

    /// <summary>The transaction is over, or the producer is ready for its first.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _admitted.Clear();
            _cause = null;
            _number++;
            _state = TransactionState.Ready;
        }
    }

    /// <summary>The initialization did not happen and can be asked for again.</summary>
    public void GiveUpInitializing() => _state = TransactionState.Uninitialized;

    public void ThrowIfFailed()
    {
        if (_state is TransactionState.AbortableError or TransactionState.FatalError)
        {
            throw Failure();
        }
    }

    public void ThrowIfFatal()
    {
        if (_state == TransactionState.FatalError)
        {
            throw Failure();
        }
    }

    /// <summary>Calls off what is still to be tried of a request once its transaction ends or has failed.</summary>
    /// <exception cref="OperationCanceledException">It has.</exception>
    public void ThrowIfOver(int number)
    {
        if (number != _number || !IsOpen)
        {
            throw new OperationCanceledException();
        }
    }

    /// <summary>What the state makes of calls; there is no cause only where a request was called off for an abort.</summary>
    public KafkaException Failure()
    {
        var cause = _cause ?? new TransactionAbortedException();
        var producer = $"Producer with transactionalId '{transactionalId}' and {idempotence.Identity}";
        var text = $"Cannot execute transactional method because we are in an error state ({cause.Message})";
        return (_state, cause.Code) switch
        {
            (TransactionState.FatalError, ErrorCode.ProducerFenced) => new ProducerFencedException(
                $"{producer} has been fenced by another producer with the same transactionalId", cause),
            (TransactionState.FatalError, _) => new FatalProducerException(text, cause),
            (_, ErrorCode.InvalidProducerEpoch) => new InvalidProducerEpochException(
                $"{producer} attempted to produce with an old epoch", cause),
            _ => new TransactionAbortableException(text, cause),
        };
    }

    private void AdmitFirst(PartitionQueue queue)
    {
        lock (_gate)
        {
            ThrowIfFailed();
            RequireNothingPending("send");
            if (_state is TransactionState.Uninitialized or TransactionState.Initializing)
            {
                throw new InvalidOperationException(
                    $"Cannot add partition {queue.Partition} to transaction before completing a call to initTransactions");
            }

            if (_state != TransactionState.InTransaction)
            {
                throw new InvalidOperationException(
                    $"Cannot add partition {queue.Partition} to transaction while in state {Name(_state)}");
            }

            if (queue.Transaction != _number)
            {
                queue.Transaction = _number;
                _admitted.Add(queue);
            }
        }
    }

    private void Enter(TransactionState target, bool isAllowed) =>
        _state = isAllowed
            ? target
            : throw new InvalidOperationException(
                $"TransactionalId {transactionalId}: Invalid transition attempted from state {Name(_state)} to state {Name(target)}");

    private void RequireNothingPending(string operation)
    {
        if (_pending is { } pending)
        {
            throw new InvalidOperationException(
                $"Cannot attempt operation `{operation}` because the previous call to `{pending.Operation}` timed out and must be retried");
        }
    }

    /// <summary>A state as Kafka's messages name it.</summary>
    private static string Name(TransactionState state) => state switch
    {
        TransactionState.Uninitialized => "UNINITIALIZED",
        TransactionState.Initializing => "INITIALIZING",
        TransactionState.Ready => "READY",
        TransactionState.InTransaction => "IN_TRANSACTION",
        TransactionState.Committing => "COMMITTING_TRANSACTION",
        TransactionState.Aborting => "ABORTING_TRANSACTION",
        TransactionState.AbortableError => "ABORTABLE_ERROR",
        _ => "FATAL_ERROR",
    };
}
