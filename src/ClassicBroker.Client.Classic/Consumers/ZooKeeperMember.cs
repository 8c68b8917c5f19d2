using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// A member of a group of 0.8 (<c>ZookeeperConsumerConnector</c>): registers, watches, and takes over its share of the partitions whenever
/// members, brokers, topics or partition counts change. One rebalance runs at a time; changes meanwhile ask for one more.
/// Failure strategy: a rebalance that fails leaves the member without partitions and is tried again after the backoff. A member that
/// has started once tries until it succeeds. A session that expires takes the ownerships with it: fetching stops at once, and the member
/// registers again.
/// Threading: the client's loop.
/// </summary>
internal sealed class ZooKeeperMember : ISessionListener
{
    private readonly ZooKeeperConsumerConfig _config;
    private readonly IEventLoop _loop;
    private readonly MetadataStore _store;
    private readonly StreamSet _streams;
    private readonly FetcherSet _fetchers;
    private readonly GroupOffsetStorage _offsets;
    private readonly GroupReader _reader;
    private readonly PartitionOwners _owners;
    private readonly IRebalanceListener? _listener;
    private readonly ILogger _logger;
    private readonly BackgroundWork _rebalances;
    private volatile PartitionClaim[] _claims = [];
    private TaskCompletionSource? _end;
    private bool _isRunning;
    private bool _isRequested;
    private bool _isRegistered;
    private bool _isSessionLost;
    private bool _isClosed;

    public ZooKeeperMember(
        string consumerId,
        ZooKeeperConsumerConfig config,
        IEventLoop loop,
        MetadataStore store,
        StreamSet streams,
        FetcherSet fetchers,
        GroupOffsetStorage offsets,
        IRebalanceListener? listener,
        ILogger logger)
    {
        ConsumerId = consumerId;
        _config = config;
        _loop = loop;
        _store = store;
        _streams = streams;
        _fetchers = fetchers;
        _offsets = offsets;
        _listener = listener;
        _logger = logger;
        _reader = new GroupReader(store, config.GroupId, config.ExcludeInternalTopics, Request, logger);
        _owners = new PartitionOwners(store.ConsumerGroups, config.GroupId, consumerId);
        _rebalances = new BackgroundWork("consumer-rebalance", loop);
    }

    public string ConsumerId { get; }

    /// <summary>The partitions this member owns, sorted. Any thread may read them.</summary>
    public IReadOnlyList<PartitionClaim> Claims => _claims;

    /// <summary>Joins the group and takes over the first share.</summary>
    /// <exception cref="ConsumerRebalanceFailedException">Others did not give up what is this member's share.</exception>
    /// <exception cref="KafkaException">The consumer id is another member's.</exception>
    public async Task StartAsync()
    {
        _store.Session.Register(this);
        _store.Session.Start();
        await _reader.WatchAsync();
        _isRunning = true;
        try
        {
            await RunOnceAsync();
        }
        catch (Exception failure) when (failure is KafkaException or ZooKeeperException)
        {
            // The caller gets no streams, so that the member must own nothing.
            _isClosed = true;
            throw;
        }
        finally
        {
            _isRunning = false;
        }

        if (_isRequested)
        {
            Request();
        }
    }

    /// <summary>Something has changed: shares are computed again soon.</summary>
    public void Request()
    {
        _isRequested = true;
        if (!_isClosed && !_isRunning)
        {
            _rebalances.Run(RunAsync);
        }
    }

    public Task BeforeInitializingSessionAsync()
    {
        _isSessionLost = true;
        Request();
        return Task.CompletedTask;
    }

    public void AfterInitializingSession() => Request();

    /// <summary>Commits what the streams have handed out.</summary>
    /// <exception cref="KafkaException">The coordinator refuses, or did not answer in time.</exception>
    /// <exception cref="ZooKeeperException">The session has ended.</exception>
    public async Task CommitAsync()
    {
        var moved = new SortedDictionary<TopicPartition, long>();
        var claims = _claims;
        foreach (var claim in claims)
        {
            if (claim.Consumed is var consumed && consumed != PartitionClaim.Unknown && consumed != claim.Committed)
            {
                moved[claim.Partition] = consumed;
            }
        }

        if (moved.Count == 0)
        {
            return;
        }

        await _offsets.CommitAsync(moved);
        foreach (var claim in claims)
        {
            if (moved.TryGetValue(claim.Partition, out var committed))
            {
                claim.Committed = committed;
            }
        }
    }

    /// <summary>Stops fetching for good. The znodes go with the session.</summary>
    public async Task CloseAsync()
    {
        _isClosed = true;
        await _fetchers.StopAsync();
        _streams.Clear();
    }

    /// <summary>Ends when no rebalance runs any more; the session has been closed, so that none waits for ZooKeeper.</summary>
    public Task EndAsync()
    {
        _end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _isRunning ? _end.Task : Task.CompletedTask;
    }

    private async Task RunAsync()
    {
        _isRunning = true;
        try
        {
            while (_isRequested && !_isClosed)
            {
                await RunOnceAsync();
            }
        }
        catch (Exception failure) when (failure is KafkaException or ZooKeeperException)
        {
            if (!_isClosed)
            {
                _logger.LogError("Exception during rebalance of {ConsumerId}: {Cause}", ConsumerId, failure.Message);
                _loop.Schedule(Request, _config.RebalancePause);
            }
        }
        finally
        {
            _isRunning = false;
            _end?.TrySetResult();
        }
    }

    private async Task RunOnceAsync()
    {
        _isRequested = false;
        if (_isSessionLost)
        {
            _isSessionLost = false;
            _isRegistered = false;
            _owners.Forget();
            await GiveUpAsync(isLost: true);
        }

        if (!_isRegistered)
        {
            await RegisterAsync();
            _isRegistered = true;
        }

        await RebalanceAsync();
    }

    private async Task RegisterAsync()
    {
        var registration = _streams.Registration(_loop.Time.UnixMs());
        _logger.LogInformation("begin registering consumer {ConsumerId} in ZK", ConsumerId);
        if (await _store.ConsumerGroups.RegisterAsync(_config.GroupId, ConsumerId, registration))
        {
            _logger.LogInformation("end registering consumer {ConsumerId} in ZK", ConsumerId);
            return;
        }

        // It may be of our own life before, whose session ZooKeeper still grants its timeout.
        await _loop.DelayAsync(TimeSpan.FromMilliseconds(2L * _store.Znodes.SessionTimeoutMs));
        if (!await _store.ConsumerGroups.RegisterAsync(_config.GroupId, ConsumerId, registration))
        {
            throw new KafkaException(
                $"consumer.id {ConsumerId} of group {_config.GroupId} is in use by another member; give each member its own, or none");
        }
    }

    private async Task RebalanceAsync()
    {
        Exception? last = null;
        for (var attempt = 0; attempt < _config.RebalanceMaxRetries && !_isClosed; attempt++)
        {
            _logger.LogInformation("begin rebalancing consumer {ConsumerId} try #{Attempt}", ConsumerId, attempt);
            var isDone = false;
            try
            {
                isDone = await TryRebalanceAsync();
            }
            catch (Exception failure) when (failure is KafkaException || (failure is ZooKeeperException && !IsEndOfSession(failure)))
            {
                last = failure;
                _logger.LogInformation("exception during rebalance of {ConsumerId}: {Cause}", ConsumerId, failure.Message);
            }

            _logger.LogInformation("end rebalancing consumer {ConsumerId} try #{Attempt}", ConsumerId, attempt);
            if (isDone)
            {
                return;
            }

            _logger.LogInformation("Rebalancing attempt failed. Clearing the cache before the next rebalancing operation is triggered");
            await GiveUpAsync(isLost: false);
            await _loop.DelayAsync(_config.RebalancePause);
        }

        if (!_isClosed)
        {
            throw new ConsumerRebalanceFailedException(ConsumerId, _config.RebalanceMaxRetries, last);
        }
    }

    /// <summary>One attempt; false where another member still owns a partition of ours.</summary>
    private async Task<bool> TryRebalanceAsync()
    {
        var brokers = await _reader.BrokersAsync();
        if (brokers.Count == 0)
        {
            // Their coming is watched.
            _logger.LogWarning("no brokers found when trying to rebalance.");
            return true;
        }

        var share = StreamAssignor.Assign(_config.PartitionAssignmentStrategy, await _reader.ReadAsync(), ConsumerId);
        if (IsOurs(share) && (share.Count == 0 || _fetchers.Knows(brokers)))
        {
            return true;
        }

        await GiveUpAsync(isLost: false);
        await _fetchers.UseBrokersAsync(brokers);
        await _offsets.UseBrokersAsync(brokers);
        var offsets = await _offsets.ReadAsync(share.Keys);
        if (!await _owners.ClaimAsync(share))
        {
            return false;
        }

        if (_isClosed || _isSessionLost)
        {
            return true;
        }

        _claims = [.. share.Select(pair => new PartitionClaim(
            pair.Key, _streams.Of(pair.Key.Topic, pair.Value), offsets[pair.Key]))];
        _logger.LogInformation(
            "Consumer {ConsumerId} selected partitions : {Partitions}", ConsumerId, string.Join(',', share.Keys));
        _fetchers.Start(_claims);
        await TellAsync(_claims, listener => listener.OnPartitionsAssignedAsync(PartitionsOf(_claims)));
        return true;
    }

    private bool IsOurs(SortedDictionary<TopicPartition, int> share) =>
        share.Count == _claims.Length
        && _claims.All(claim => share.TryGetValue(claim.Partition, out var thread) && claim.Stream.Number == thread);

    /// <summary>
    /// Gives all partitions up: stops fetching, drops what was fetched and not consumed, commits, and lets the others have them.
    /// </summary>
    private async Task GiveUpAsync(bool isLost)
    {
        await _fetchers.StopAsync();
        _streams.Clear();
        var claims = _claims;
        if (!isLost && _config.AutoCommitEnable)
        {
            await CommitOrLogAsync();
        }

        await TellAsync(claims, listener => isLost
            ? listener.OnPartitionsLostAsync(PartitionsOf(claims))
            : listener.OnPartitionsRevokedAsync(PartitionsOf(claims)));
        _claims = [];
        if (!isLost)
        {
            await _owners.ReleaseAsync();
        }
    }

    /// <summary>What cannot be committed is read again by the next owner; the others are not to wait for it.</summary>
    private async Task CommitOrLogAsync()
    {
        try
        {
            await CommitAsync();
        }
        catch (Exception failure) when (failure is KafkaException or ZooKeeperException)
        {
            _logger.LogError("Offsets of {ConsumerId} could not be committed: {Cause}", ConsumerId, failure.Message);
        }
    }

    private async Task TellAsync(PartitionClaim[] claims, Func<IRebalanceListener, ValueTask> tell)
    {
        if (_listener is null || claims.Length == 0)
        {
            return;
        }

        try
        {
            await tell(_listener);
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            _logger.LogError(failure, "The rebalance listener of {ConsumerId} failed", ConsumerId);
        }
    }

    private static bool IsEndOfSession(Exception failure) =>
        failure is ZooKeeperException { Code: ZooKeeperError.SessionExpired or ZooKeeperError.SessionClosed or ZooKeeperError.AuthFailed };

    private static TopicPartition[] PartitionsOf(PartitionClaim[] claims) => [.. claims.Select(claim => claim.Partition)];
}
