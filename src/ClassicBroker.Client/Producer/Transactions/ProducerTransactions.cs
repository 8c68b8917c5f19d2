using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Producer.Transactions;

/// <summary>
/// The transactions of a producer (KIP-98, KIP-360, KIP-447), as Java's TransactionManager leads them: requests to the transaction
/// coordinator go one at a time, batches leave once their partition is added, the end waits for all of them, and a failure is abortable or
/// fatal. Threading: calls of the application and <see cref="Admit"/> from any thread; everything else belongs to the client's loop.
/// </summary>
internal sealed class ProducerTransactions
{
    private readonly ProducerConfig _config;
    private readonly ClusterClient _cluster;
    private readonly RecordAccumulator _accumulator;
    private readonly Idempotence _idempotence;
    private readonly Action _wake;
    private readonly ILogger _logger;
    private readonly TransactionStatus _status;
    private readonly TransactionRequests _requests;
    private readonly OrderedWork _turns = new();
    private readonly BackgroundWork _work;
    private bool _isStarted;
    private bool _needsNewEpoch;
    private bool _isAdding;

    public ProducerTransactions(
        ProducerConfig config, ClusterClient cluster, RecordAccumulator accumulator, Idempotence idempotence, Action wake, ILogger logger)
    {
        (_config, _cluster, _accumulator, _idempotence, _wake, _logger) = (config, cluster, accumulator, idempotence, wake, logger);
        _status = new TransactionStatus(config.TransactionalId!, idempotence, wake, logger);
        _requests = new TransactionRequests(config, cluster, logger);
        _work = new BackgroundWork("transaction", cluster.Loop);
    }

    // ------------------------------------------------------------------------------------------------------- application

    public Task InitAsync(CancellationToken cancellation) =>
        RunAsync("initTransactions", _status.BeginInitializing, () => _turns.RunAsync(InitializeAsync), cancellation);

    public void Begin() => _status.BeginTransaction();

    public async Task SendOffsetsAsync(
        IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group, CancellationToken cancellation)
    {
        if (group is { GenerationId: > 0, MemberId: "" })
        {
            throw new ArgumentException($"Passed in group metadata {group} has generationId > 0 but the member.id is unknown", nameof(group));
        }

        var number = _status.RequireOpenForOffsets();
        if (offsets.Count > 0)
        {
            var sending = _cluster.Loop.InvokeAsync(() => _turns.RunAsync(() => SendOffsetsInTurnAsync(offsets, group, number)));
            await AwaitAsync("sendOffsetsToTransaction", sending, cancellation);
        }
    }

    public Task CommitAsync(CancellationToken cancellation) =>
        RunAsync("commitTransaction", _status.BeginCommit, () => EndAsync(CommitInTurnAsync), cancellation);

    public Task AbortAsync(CancellationToken cancellation) =>
        RunAsync("abortTransaction", _status.BeginAbort, () => EndAsync(AbortInTurnAsync), cancellation);

    /// <inheritdoc cref="TransactionStatus.Admit"/>
    public void Admit(PartitionQueue queue) => _status.Admit(queue);

    /// <summary>Aborts what is under way, or waits for its end, before the producer closes.</summary>
    public async Task CloseAsync()
    {
        try
        {
            if (_status.Pending is { } pending)
            {
                await AwaitAsync("close", pending, CancellationToken.None);
            }
            else if (_status.State is TransactionState.InTransaction or TransactionState.AbortableError)
            {
                _logger.LogInformation("Aborting incomplete transaction due to shutdown");
                await AbortAsync(CancellationToken.None);
            }
        }
        catch (KafkaException failure)
        {
            _logger.LogWarning("The transaction of {Id} is left to its timeout: {Cause}", _config.TransactionalId, failure.Message);
        }
    }

    // ---------------------------------------------------------------------------------------------------------- the sender

    /// <inheritdoc cref="TransactionStatus.BatchFailure"/>
    public KafkaException? BatchFailure => _status.BatchFailure;

    /// <summary>Whether batches that are to be sent again fail too; else they are seen through, for their sequences.</summary>
    public bool SentBatchesFail => _status.State == TransactionState.FatalError || MustBump;

    /// <summary>True where a partition's batches may leave.</summary>
    public bool IsAdded(PartitionQueue queue) => queue.AddedTo == _status.Number;

    /// <summary>Adds the partitions that records were admitted for, if there are new ones.</summary>
    public void AddNewPartitions()
    {
        if (!_isAdding && _status.HasAdmitted)
        {
            _isAdding = true;
            _work.Run(() => _turns.RunAsync(AddNewPartitionsAsync));
        }
    }

    /// <summary>A batch of the transaction was not written.</summary>
    public void BatchFailed(KafkaException failure)
    {
        if (!_status.IsOpen)
        {
            return;
        }

        if (TransactionFailures.IsFatalForBatch(failure))
        {
            _status.Fail(TransactionState.FatalError, failure);
        }
        else if (MustBump && !_requests.CanBumpEpoch)
        {
            _status.Fail(TransactionState.FatalError, LostPlace(failure));
        }
        else
        {
            _status.Fail(TransactionState.AbortableError, failure);
        }
    }

    public void Close() => _requests.Close();

    // ------------------------------------------------------------------------------------------------------------ requests

    /// <summary>True where sequences cannot go on in this epoch, or requests of it may still arrive.</summary>
    private bool MustBump =>
        _needsNewEpoch || _accumulator.Topics.Any(topic => topic.Partitions.Any(queue => queue.Sequence.NeedsNewEpoch));

    private async Task InitializeAsync()
    {
        try
        {
            await BumpAsync(ProducerIdentity.None);
            Complete();
        }
        catch (KafkaException failure) when (
            failure.Code is ErrorCode.TransactionalIdAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed)
        {
            // As soon as it is allowed the same call succeeds.
            _status.GiveUpInitializing();
            throw;
        }
        catch (KafkaException failure) when (!failure.IsFatal)
        {
            _status.Fail(TransactionState.FatalError, failure);
            throw _status.Failure();
        }
    }

    private async Task BumpAsync(ProducerIdentity current)
    {
        _idempotence.Identity = await _requests.InitAsync(current, _status.ThrowIfFatal);
        _needsNewEpoch = false;
        foreach (var queue in _accumulator.Topics.SelectMany(topic => topic.Partitions))
        {
            queue.Sequence.Restart(_idempotence.Identity.ProducerId, _idempotence.Identity.Epoch);
        }

        _logger.LogInformation(
            "ProducerId of transactional id {Id} set to {ProducerId} with epoch {Epoch}",
            _config.TransactionalId,
            _idempotence.Identity.ProducerId,
            _idempotence.Identity.Epoch);
    }

    private async Task AddNewPartitionsAsync()
    {
        _isAdding = false;
        var number = _status.Number;
        var queues = _status.TakeAdmitted();
        var partitions = queues.Select(queue => queue.Partition).Order().ToArray();
        if (queues.Length == 0
            || !await TryAsync(number, check => _requests.AddPartitionsAsync(_idempotence.Identity, partitions, !_isStarted, check)))
        {
            return;
        }

        _isStarted = true;
        foreach (var queue in queues)
        {
            queue.AddedTo = number;
        }

        _wake();
    }

    private async Task SendOffsetsInTurnAsync(
        IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group, int number)
    {
        if (!await TryAsync(number, check => _requests.AddOffsetsAsync(_idempotence.Identity, group.GroupId, check)))
        {
            throw _status.Failure();
        }

        _isStarted = true;
        if (!await TryAsync(number, check => _requests.CommitOffsetsAsync(_idempotence.Identity, offsets, group, check)))
        {
            throw _status.Failure();
        }
    }

    /// <summary>
    /// Makes a request within a transaction; false where that failed, which the state tells of then. One that is called off for a failure
    /// elsewhere, or for an abort, may arrive at its coordinator all the same: only a new epoch fences it.
    /// </summary>
    private async Task<bool> TryAsync(int number, Func<Action, Task> request)
    {
        var isSent = false;
        try
        {
            await request(() =>
            {
                _status.ThrowIfOver(number);
                isSent = true;
            });
            return true;
        }
        catch (OperationCanceledException)
        {
            _needsNewEpoch |= isSent;
            return false;
        }
        catch (KafkaException failure)
        {
            Take(failure);
            return false;
        }
    }

    private async Task EndAsync(Func<Task> end)
    {
        _wake();
        while (_accumulator.Incomplete().Any(batch => !batch.IsDone))
        {
            await _accumulator.FlushAsync(_wake, CancellationToken.None);
        }

        await _turns.RunAsync(end);
    }

    private async Task CommitInTurnAsync()
    {
        _status.ThrowIfFailed();
        if (_isStarted)
        {
            try
            {
                await _requests.EndAsync(_idempotence.Identity, isCommit: true, _status.ThrowIfFatal);
            }
            catch (KafkaException failure)
            {
                Take(failure);
                throw _status.Failure();
            }
        }

        Complete();
    }

    private async Task AbortInTurnAsync()
    {
        try
        {
            _status.ThrowIfFatal();
            if (_isStarted && (_status.Cause is not { } cause || !TransactionFailures.LosesProducerId(cause)))
            {
                await _requests.EndAsync(_idempotence.Identity, isCommit: false, _status.ThrowIfFatal);
            }
        }
        catch (KafkaException failure) when (!failure.IsFatal && !TransactionFailures.IsFatal(failure) && _requests.CanBumpEpoch)
        {
            // The next epoch ends the transaction in its place.
            _needsNewEpoch = true;
        }
        catch (KafkaException failure)
        {
            _status.Fail(TransactionState.FatalError, failure);
            throw _status.Failure();
        }

        if (MustBump)
        {
            await GoOnInNextEpochAsync();
        }

        Complete();
    }

    private async Task GoOnInNextEpochAsync()
    {
        try
        {
            if (!_requests.CanBumpEpoch)
            {
                throw LostPlace(_status.Cause);
            }

            await BumpAsync(_idempotence.Identity);
        }
        catch (KafkaException failure)
        {
            _status.Fail(TransactionState.FatalError, failure);
            throw _status.Failure();
        }
    }

    private void Complete()
    {
        _isStarted = false;
        _status.Complete();
    }

    /// <summary>Enters the error state that a coordinator's refusal asks for.</summary>
    private void Take(KafkaException failure)
    {
        if (failure.RequiresAbort || failure.IsFatal)
        {
            // Made from the error state.
            return;
        }

        var losesId = TransactionFailures.LosesProducerId(failure);
        _needsNewEpoch |= losesId;
        var isFatal = TransactionFailures.IsFatal(failure) || (losesId && !_requests.CanBumpEpoch);
        _status.Fail(isFatal ? TransactionState.FatalError : TransactionState.AbortableError, failure);
    }

    private static KafkaException LostPlace(KafkaException? cause) => new(
        "The client hasn't received acknowledgment for some previously sent messages and can no longer retry them. "
        + "It isn't safe to continue.",
        (Exception?)cause);

    // --------------------------------------------------------------------------------------------------------------- calls

    /// <summary>
    /// Starts a call and waits for it, for at most <c>max.block.ms</c>. It goes on after that, and the same call takes it up again.
    /// </summary>
    private async Task RunAsync(string operation, Action enter, Func<Task> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var earlier = _status.Start(operation, enter, ended.Task);
        if (earlier is null)
        {
            _work.Run(() => CompleteAsync(work, ended));
        }

        await AwaitAsync(operation, earlier ?? ended.Task, cancellation);
    }

    private static async Task CompleteAsync(Func<Task> work, TaskCompletionSource ended)
    {
        try
        {
            await work();
            ended.SetResult();
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            ended.SetException(failure);
        }
    }

    private async Task AwaitAsync(string operation, Task outcome, CancellationToken cancellation)
    {
        if (!outcome.IsCompleted)
        {
            var signal = TimedSignal.New();
            outcome.GetAwaiter().OnCompleted(() => signal.TrySetResult(true));
            if (!await signal.WaitAsync(_config.MaxBlock, _cluster.Loop.Time, cancellation))
            {
                throw new KafkaTimeoutException(
                    $"Timeout expired after {_config.MaxBlock.TotalMilliseconds:0}ms while awaiting {operation}");
            }
        }

        _status.Heard(outcome);
        await outcome;
    }
}
