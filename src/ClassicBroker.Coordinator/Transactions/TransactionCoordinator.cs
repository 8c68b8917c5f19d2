using ClassicBroker.Coordinator.Transactions.Log;
using ClassicBroker.Coordinator.Transactions.Markers;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// The coordinator of the transactional ids whose partition of <c>__transaction_state</c> this broker leads (Kafka's
/// TransactionCoordinator): loads them when it begins to lead, ends them when it no longer does, brings decided transactions to their end,
/// aborts those that take too long, removes ids that are not used. Owned by the broker. Threading: any; loading, markers and sweeps run
/// on the loop it was given.
/// </summary>
public sealed partial class TransactionCoordinator
{
    private readonly TransactionCoordinatorSettings _settings;
    private readonly TransactionPartitions _partitions;
    private readonly TransactionLoader _loader;
    private readonly MarkerChannel _markers;
    private readonly TransactionCompletion _completion;
    private readonly ProducerInitialization _initialization;
    private readonly OngoingTransactions _ongoing;
    private readonly IEventLoop _loop;
    private readonly ILogger _logger;
    private readonly BackgroundWork _loads;
    private readonly BackgroundWork _sweeps;
    private readonly List<IScheduledWork> _timers = [];

    /// <param name="settings">The broker's keys.</param>
    /// <param name="replicas">The logs that are loaded.</param>
    /// <param name="appends">Where states go.</param>
    /// <param name="targets">Where markers go.</param>
    /// <param name="stands">
    /// Does what a controller decided for a registration of this broker, named by its epoch, stand as far as ZooKeeper lets know?
    /// </param>
    /// <param name="nextProducerId">A producer id that no producer was given before; null where none is to be had now.</param>
    /// <param name="loop">Where loading, markers and sweeps run.</param>
    /// <param name="logger">Its trace.</param>
    public TransactionCoordinator(
        TransactionCoordinatorSettings settings,
        ReplicaManager replicas,
        LeaderAppender appends,
        IMarkerTargets targets,
        Func<long, bool> stands,
        Func<ValueTask<long?>> nextProducerId,
        IEventLoop loop,
        ILogger<TransactionCoordinator> logger)
    {
        (_settings, _loop, _logger) = (settings, loop, logger);
        _loads = new BackgroundWork("transaction-load", loop);
        LoadTimes = new LoadTimes(loop.Time);
        _sweeps = new BackgroundWork("transaction-sweep", loop);
        var timers = new CoordinatorTimers(loop);
        var log = new TransactionLog(appends, settings, timers);
        _partitions = new TransactionPartitions(settings.PartitionCount);
        _loader = new TransactionLoader(replicas, timers, settings.LoadBufferSize, logger);
        _markers = new MarkerChannel(targets, timers, logger);
        _completion = new TransactionCompletion(log, _markers, timers, logger);
        var transitions = new TransactionTransitions(log, _completion, timers);
        _initialization = new ProducerInitialization(settings, _partitions, transitions, nextProducerId);
        var proof = new LeadershipProof(replicas, timers, settings.CutOffMs, stands);
        _ongoing = new OngoingTransactions(_partitions, transitions, timers, proof);
        Administration = new TransactionAdministration(settings, _partitions, log, timers, logger);
    }

    /// <summary>How long the loads of its partitions took.</summary>
    public LoadTimes LoadTimes { get; }

    /// <summary>Markers that wait for their partition to have a leader.</summary>
    public int MarkersWithoutLeader => _markers.WithoutLeader;

    /// <summary>Transactions that are decided and could not be written as complete yet.</summary>
    public int CompletionsToRetry => _completion.ToRetry;

    /// <summary>ListTransactions, DescribeTransactions.</summary>
    public TransactionAdministration Administration { get; }

    /// <summary>The partition of <c>__transaction_state</c> that holds an id, on any broker.</summary>
    public int PartitionOf(string transactionalId) => _partitions.IndexOf(transactionalId);

    /// <summary>
    /// InitProducerId for a transactional id. A producer that wants to continue names the id and epoch it has; -1 for both otherwise.
    /// </summary>
    public ValueTask<InitializedProducer> InitProducerIdAsync(
        string transactionalId, int timeoutMs, long producerId, short producerEpoch) =>
        _initialization.InitAsync(transactionalId, timeoutMs, producerId, producerEpoch);

    /// <summary>AddPartitionsToTxn, and AddOffsetsToTxn for a group's partition.</summary>
    public ValueTask<ErrorCode> AddPartitionsAsync(ProducerIdentity producer, IReadOnlyCollection<TopicPartition> partitions) =>
        _ongoing.AddAsync(producer, partitions);

    /// <summary>Whether a transaction holds each of the partitions, in their order (KIP-890). Changes nothing.</summary>
    public ValueTask<ErrorCode[]> VerifyPartitionsAsync(ProducerIdentity producer, IReadOnlyCollection<TopicPartition> partitions) =>
        _ongoing.VerifyAsync(producer, partitions);

    /// <summary>EndTxn: ends once the decision cannot be lost any more.</summary>
    public ValueTask<ErrorCode> EndAsync(ProducerIdentity producer, bool isCommit) => _ongoing.EndAsync(producer, isCommit);

    /// <summary>Begins to answer, and to sweep.</summary>
    public void Start()
    {
        _partitions.IsActive = true;
        _loop.Execute(() =>
        {
            Repeat(_settings.AbortIntervalMs, AbortTimedOutAsync);
            Repeat(_settings.ExpirationIntervalMs, ExpireAsync);
        });
    }

    /// <summary>Stops answering. On the coordinator's loop.</summary>
    public void Stop()
    {
        _partitions.IsActive = false;
        foreach (var timer in _timers)
        {
            timer.Cancel();
        }

        foreach (var partition in _partitions.All)
        {
            partition.Close(epoch: null);
        }
    }

    /// <summary>This broker leads a partition from now on. Its ids can be asked for once they are loaded. Never waits.</summary>
    public void OnElected(int partition, int leaderEpoch)
    {
        if (_partitions.Find(partition) is not { } elected)
        {
            LogUncoordinated(partition, _settings.PartitionCount);
            return;
        }

        if (elected.BeginLoading(leaderEpoch))
        {
            LogLoading(elected.TopicPartition, leaderEpoch);
            _loop.Execute(() => _loads.Run(() => LoadAsync(elected, leaderEpoch)));
        }
    }

    /// <summary>This broker no longer leads a partition, or has lost it: null where no epoch tells. Never waits.</summary>
    public void OnResigned(int partition, int? leaderEpoch)
    {
        if (_partitions.Find(partition) is { } resigned && resigned.Close(leaderEpoch) is > 0 and var count)
        {
            LogUnloaded(resigned.TopicPartition, count);
        }
    }

    private async Task LoadAsync(TransactionPartition partition, int epoch)
    {
        var startedMs = _loop.Time.MonotonicMs();
        if (await _loader.LoadAsync(partition, epoch) is not { } loaded)
        {
            return;
        }

        foreach (var transaction in loaded)
        {
            // Stamped by the coordinator before, whose clock may be as wrong as ours: one that seems to begin in the future begins now.
            transaction.OpenedMs = _loop.Time.MonotonicMs() - Math.Max(0, _loop.Time.UnixMs() - transaction.State.StartMs);
        }

        var decided = loaded.Where(transaction => transaction.State.IsPrepared).ToList();
        _completion.Hold(decided);
        if (partition.EndLoading(epoch, loaded))
        {
            _completion.Resume(decided);
            var tookMs = _loop.Time.MonotonicMs() - startedMs;
            LoadTimes.Add(tookMs);
            LogLoaded(partition.TopicPartition, loaded.Count, tookMs, epoch);
        }
    }

    private async Task AbortTimedOutAsync()
    {
        foreach (var partition in _partitions.All)
        {
            if (partition.Availability != ErrorCode.None)
            {
                continue;
            }

            foreach (var transaction in partition.Transactions().OrderBy(transaction => transaction.Id, StringComparer.Ordinal))
            {
                _sweeps.Run(() => AbortTimedOutAsync(transaction));
            }

            await Task.Yield();
        }
    }

    private async Task AbortTimedOutAsync(Transaction transaction)
    {
        if (await _ongoing.AbortIfTimedOutAsync(transaction) is var error and not ErrorCode.None)
        {
            // The next sweep tries again, here or at the next coordinator.
            LogNotAborted(transaction.Id, error);
        }
    }

    private async Task ExpireAsync()
    {
        foreach (var partition in _partitions.All)
        {
            if (partition.Availability == ErrorCode.None)
            {
                await Administration.ExpireAsync(partition);
            }
        }
    }

    /// <summary>Runs a sweep again and again, one interval after the other has ended.</summary>
    private void Repeat(int intervalMs, Func<Task> sweep)
    {
        var slot = _timers.Count;
        _timers.Add(Next());

        IScheduledWork Next() => _loop.Schedule(() => _sweeps.Run(RunAsync), TimeSpan.FromMilliseconds(intervalMs));

        async Task RunAsync()
        {
            await sweep();
            if (_partitions.IsActive)
            {
                _timers[slot] = Next();
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Partition {Partition} of __transaction_state is not coordinated: "
            + "the topic had {Count} partitions when the broker started")]
    private partial void LogUncoordinated(int partition, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading transaction metadata from {Partition} at epoch {Epoch}")]
    private partial void LogLoading(TopicPartition partition, int epoch);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Finished loading {Count} transaction metadata from {Partition} in {Milliseconds} milliseconds at epoch {Epoch}")]
    private partial void LogLoaded(TopicPartition partition, int count, long milliseconds, int epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "Unloaded {Count} transactional ids of {Partition}")]
    private partial void LogUnloaded(TopicPartition partition, int count);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The transaction of {TransactionalId} timed out and could not be aborted yet: {Error}")]
    private partial void LogNotAborted(string transactionalId, ErrorCode error);
}
