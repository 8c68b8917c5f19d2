using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Consumer.Groups;

/// <summary>
/// What a consumer with a <c>group.id</c> does beside fetching: it takes part in rebalances, commits, and begins where the group left off.
/// Rebalances happen within polls, so that the application hears of them there and nowhere else. Threading: polled by one thread at a time;
/// commits from any; the session belongs to the client's loop.
/// </summary>
internal sealed class ConsumerGroup
{
    private readonly ConsumerConfig _config;
    private readonly ClusterClient _cluster;
    private readonly Assignment _assignment;
    private readonly FetchBuffer _buffer;
    private readonly Action _wakeFetcher;
    private readonly ILogger _logger;
    private readonly BackgroundWork _work;
    private readonly GroupSession _session;
    private readonly GroupOffsets _offsets;
    private readonly Action<IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>> _committed;
    private volatile string[] _topics = [];
    private volatile TopicPattern? _pattern;
    private IRebalanceListener? _listener;
    private Task<JoinedGroup>? _joining;
    private volatile IReadOnlyDictionary<string, int>? _sharedOut;
    private bool _isMember;
    private bool _isFetchingPositions;
    private long _autoCommitAtMs;
    private volatile bool _isAutoCommitting;

    public ConsumerGroup(
        ConsumerConfig config,
        ClusterClient cluster,
        Assignment assignment,
        FetchBuffer buffer,
        Action wakeFetcher,
        Action<IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>> committed,
        ILogger logger)
    {
        _committed = committed;
        (_config, _cluster, _assignment, _buffer, _wakeFetcher, _logger) = (config, cluster, assignment, buffer, wakeFetcher, logger);
        _work = new BackgroundWork("consumer-group", cluster.Loop);
        var coordinator = new CoordinatorConnection(cluster, CoordinatorKeyType.Group, config.GroupId!);
        _session = new GroupSession(config, cluster, coordinator, buffer.Wake, logger);
        _offsets = new GroupOffsets(config, cluster, coordinator, _session);
        _autoCommitAtMs = NowMs + AutoCommitMs;
        Metadata = new ConsumerGroupMetadata(config.GroupId!, GroupInstanceId: config.GroupInstanceId);
    }

    /// <summary>
    /// The membership of the last generation joined; one the coordinator has forgotten meanwhile stays, so that a transaction of it is
    /// refused.
    /// </summary>
    public ConsumerGroupMetadata Metadata { get; private set; }

    public bool IsSubscribed => _topics.Length > 0 || _pattern is not null;

    public IReadOnlyList<string> Topics => _topics;

    /// <summary>A waiting poll has something to do for the group.</summary>
    public bool NeedsPoll =>
        IsSubscribed && (_session.Failure is not null || _session.MustRejoin || _joining is { IsCompleted: true } || !_isMember);

    private long NowMs => _cluster.Loop.Time.MonotonicMs();

    private long AutoCommitMs => (long)_config.AutoCommitInterval.TotalMilliseconds;

    public void Subscribe(IEnumerable<string> topics, IRebalanceListener? listener)
    {
        _pattern = null;
        _topics = [.. topics.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        _listener = listener;
        _cluster.Loop.Execute(() => _cluster.FollowsAllTopics = false);
        _session.RequestRejoin();
    }

    /// <summary>Reads the topics of a pattern, those there are now and those to come.</summary>
    public void Subscribe(TopicPattern pattern, IRebalanceListener? listener)
    {
        _topics = [];
        _pattern = pattern;
        _listener = listener;
        _session.RequestRejoin();
    }

    /// <summary>
    /// Brings the membership up to date; false where the time is over before it is. Callbacks run on the caller.
    /// </summary>
    public async ValueTask<bool> PollAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        AutoCommit();
        _work.Run(FetchPositionsAsync);
        if (!IsSubscribed)
        {
            return true;
        }

        _session.PolledAtMs = long.MaxValue;
        var deadlineMs = NowMs + (long)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
        while (true)
        {
            if (_session.Failure is { } failure)
            {
                throw failure;
            }

            if (_joining is null && _isMember && !_session.MustRejoin)
            {
                return true;
            }

            _joining ??= await BeginAsync();
            if (!_joining.IsCompleted && !await EndsWithinAsync(_joining, deadlineMs - NowMs, cancellation))
            {
                return false;
            }

            await CompleteAsync();
        }
    }

    /// <summary>The poll is over: from now on <c>max.poll.interval.ms</c> counts.</summary>
    public void EndPoll() => _session.PolledAtMs = NowMs;

    public Task CommitAsync(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation) =>
        offsets.Count == 0
            ? Task.CompletedTask
            : _cluster.Loop.InvokeAsync(() => CommitAndTellAsync(offsets, cancellation)).WaitAsync(cancellation);

    public async Task<IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>> CommittedAsync(
        IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation) =>
        await _cluster.Loop.InvokeAsync(() => _offsets.FetchAsync(partitions, cancellation)).WaitAsync(cancellation);

    /// <summary>Where the application stands in each partition.</summary>
    public Dictionary<TopicPartition, OffsetAndMetadata> Positions()
    {
        lock (_assignment.Gate)
        {
            return _assignment.All
                .Where(state => state.Position is not null)
                .ToDictionary(state => state.Partition, state => new OffsetAndMetadata(state.Position!.Value, state.LastEpoch));
        }
    }

    /// <summary>Replaces the partitions; new ones begin where the group left off.</summary>
    public void Assign(IEnumerable<TopicPartition> partitions)
    {
        _assignment.Set(partitions, awaitCommitted: true);
        _work.Run(FetchPositionsAsync);
        _wakeFetcher();
    }

    /// <summary>
    /// A topic this member shared out has grown or gone, or its pattern fits other topics now: the next poll rebalances. On the loop.
    /// </summary>
    public void OnMetadataChanged()
    {
        if (_isMember && _pattern is { } pattern && !pattern.TopicsIn(_cluster.Metadata).SequenceEqual(_topics))
        {
            _session.RequestRejoin();
        }

        if (_sharedOut is { } counts && counts.Any(entry =>
            _cluster.Metadata.Topic(entry.Key) is { Partitions.Length: > 0 } topic && topic.Partitions.Length != entry.Value))
        {
            _sharedOut = null;
            _session.RequestRejoin();
        }
    }

    /// <summary>Commits where that is automatic, gives the partitions up, leaves, and forgets what was subscribed.</summary>
    public async Task UnsubscribeAsync()
    {
        await GiveUpAsync();
        _assignment.Set([]);
        (_topics, _pattern, _listener) = ([], null, null);
        (_joining, _sharedOut, _isMember) = (null, null, false);
        await _cluster.Loop.InvokeAsync(async () =>
        {
            _cluster.FollowsAllTopics = false;
            await _session.LeaveAsync();
        });
    }

    /// <summary>Commits where that is automatic, gives the partitions up and leaves.</summary>
    public async Task CloseAsync()
    {
        await GiveUpAsync();
        await _cluster.Loop.InvokeAsync(async () =>
        {
            if (_config.LeavesGroupOnClose)
            {
                await _session.LeaveAsync();
            }

            _session.Close();
        });
    }

    private async Task GiveUpAsync()
    {
        var owned = Owned();
        if (IsSubscribed && _session.IsLost)
        {
            // Another member may have the partitions by now, and its commits are newer.
            await LoseAsync(owned);
            return;
        }

        await CommitBeforeLossAsync();
        if (IsSubscribed)
        {
            await RevokeAsync(owned);
        }
    }

    // ---------------------------------------------------------------------------------------------------------- rebalance

    private TopicPartition[] Owned() => [.. _assignment.All.Select(state => state.Partition)];

    private async Task<Task<JoinedGroup>> BeginAsync()
    {
        var owned = Owned();
        if (_isMember && _session.IsLost)
        {
            await LoseAsync(owned);
            owned = [];
        }
        else if (_isMember)
        {
            await CommitBeforeLossAsync();
            if (!_config.IsCooperative)
            {
                await RevokeAsync(owned);
                _assignment.Set([], awaitCommitted: true);
            }
        }

        _isMember = false;
        _sharedOut = null;
        return _cluster.Loop.InvokeAsync(() => JoinAsync(owned));
    }

    private async Task<JoinedGroup> JoinAsync(TopicPartition[] owned)
    {
        if (_pattern is { } pattern)
        {
            _cluster.FollowsAllTopics = true;
            _topics = pattern.TopicsIn(await FreshMetadataAsync());
        }

        return await _session.JoinAsync(_topics, owned);
    }

    private async Task<ClusterMetadata> FreshMetadataAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await _cluster.RefreshAsync();
            }
            catch (KafkaException failure) when (failure.IsRetriable)
            {
                _logger.LogDebug("The topics of a pattern are asked for again: {Reason}", failure.Message);
                await _cluster.PauseAsync(attempt, long.MaxValue, () => failure);
            }
        }
    }

    private async Task CompleteAsync()
    {
        var joining = _joining!;
        _joining = null;
        var joined = await joining;
        _isMember = true;
        Metadata = new ConsumerGroupMetadata(_config.GroupId!, joined.Generation, joined.MemberId, _config.GroupInstanceId);
        var before = Owned();
        var revoked = before.Except(joined.Partitions).ToArray();
        await RevokeAsync(revoked);
        Assign(joined.Partitions);
        _sharedOut = joined.PartitionCounts;

        // What was learnt of the topics since they were shared out.
        _cluster.Loop.Execute(OnMetadataChanged);
        _logger.LogInformation(
            "Consumer of group {Group} has {Count} partitions in generation {Generation}",
            _config.GroupId,
            joined.Partitions.Count,
            joined.Generation);
        if (_listener is not null)
        {
            await _listener.OnPartitionsAssignedAsync([.. joined.Partitions.Except(before)]);
        }

        if (_config.IsCooperative && revoked.Length > 0)
        {
            // What was given up is free now, for whom it was meant.
            _session.RequestRejoin();
        }
    }

    private async Task LoseAsync(TopicPartition[] partitions)
    {
        _assignment.Set([]);
        if (partitions.Length > 0 && _listener is not null)
        {
            await _listener.OnPartitionsLostAsync(partitions);
        }
    }

    private async Task RevokeAsync(TopicPartition[] partitions)
    {
        if (partitions.Length > 0 && _listener is not null)
        {
            await _listener.OnPartitionsRevokedAsync(partitions);
        }
    }

    /// <summary>Waits for work that the caller will await, whatever it ends with.</summary>
    private async Task<bool> EndsWithinAsync(Task work, long patienceMs, CancellationToken cancellation)
    {
        if (patienceMs <= 0)
        {
            return false;
        }

        var ended = TimedSignal.New();
        _cluster.Loop.Execute(() => work.GetAwaiter().OnCompleted(() => ended.TrySetResult(true)));
        return await ended.WaitAsync(TimeSpan.FromMilliseconds(patienceMs), _cluster.Loop.Time, cancellation);
    }

    // ------------------------------------------------------------------------------------------------------------ offsets

    private void AutoCommit()
    {
        if (!_config.EnableAutoCommit || _isAutoCommitting || NowMs < Volatile.Read(ref _autoCommitAtMs))
        {
            return;
        }

        Volatile.Write(ref _autoCommitAtMs, NowMs + AutoCommitMs);
        var positions = Positions();
        if (positions.Count > 0)
        {
            _isAutoCommitting = true;
            _work.Run(() => AutoCommitAsync(positions));
        }
    }

    /// <summary>
    /// Tries once. What a later try brought could be behind what has been committed since, by this member or by the next owner; the next
    /// commit, which is due soon then, has newer positions.
    /// </summary>
    private async Task AutoCommitAsync(Dictionary<TopicPartition, OffsetAndMetadata> positions)
    {
        try
        {
            await _offsets.CommitOnceAsync(positions);
            _committed(positions);
        }
        catch (KafkaException failure)
        {
            if (failure.IsRetriable)
            {
                Volatile.Write(ref _autoCommitAtMs, NowMs + Math.Min(AutoCommitMs, (long)_config.RetryBackoff.TotalMilliseconds));
            }

            LogFailedCommit(failure);
        }
        finally
        {
            _isAutoCommitting = false;
        }
    }

    private async Task CommitBeforeLossAsync()
    {
        if (_config.EnableAutoCommit && Positions() is { Count: > 0 } positions)
        {
            await _cluster.Loop.InvokeAsync(() => TryCommitAsync(positions));
        }
    }

    private async Task TryCommitAsync(Dictionary<TopicPartition, OffsetAndMetadata> positions)
    {
        try
        {
            await CommitAndTellAsync(positions);
        }
        catch (KafkaException failure)
        {
            LogFailedCommit(failure);
        }
    }

    private void LogFailedCommit(KafkaException failure) =>
        _logger.LogWarning("Automatic commit of group {Group} failed: {Reason}", _config.GroupId, failure.Message);

    private async Task CommitAndTellAsync(
        IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation = default)
    {
        await _offsets.CommitAsync(offsets, cancellation);
        _committed(offsets);
    }

    /// <summary>Finds where the group left off in partitions that were just assigned.</summary>
    private async Task FetchPositionsAsync()
    {
        AssignedPartition[] waiting;
        lock (_assignment.Gate)
        {
            waiting = [.. _assignment.All.Where(state => state.AwaitsCommitted)];
        }

        if (waiting.Length == 0 || _isFetchingPositions)
        {
            return;
        }

        _isFetchingPositions = true;
        try
        {
            var committed = await _offsets.FetchAsync([.. waiting.Select(state => state.Partition)]);
            lock (_assignment.Gate)
            {
                foreach (var state in waiting.Where(state => state.AwaitsCommitted))
                {
                    state.Begin(committed.TryGetValue(state.Partition, out var offset) ? offset : null);
                }
            }
        }
        catch (KafkaException failure) when (failure.IsRetriable)
        {
            // The next poll asks again, as long as that takes.
            _logger.LogWarning("Offsets of group {Group} are asked for again: {Cause}", _config.GroupId, failure.Message);
        }
        catch (KafkaException failure)
        {
            _buffer.Fail(failure);
        }
        finally
        {
            _isFetchingPositions = false;
        }

        _wakeFetcher();
    }
}
