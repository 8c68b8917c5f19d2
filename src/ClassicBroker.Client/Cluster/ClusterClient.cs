using ClassicBroker.Client.Configuration;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Cluster;

/// <summary>
/// What producer, consumer and admin client share: brokers and their connections, metadata and its refreshing, and the sending of
/// requests to the broker that can answer them. Threading: belongs to its loop; only <see cref="Metadata"/> may be read elsewhere.
/// </summary>
internal sealed class ClusterClient
{
    private readonly ClientConfig _config;
    private readonly IBrokerConnector _connector;
    private readonly IRandomSource _random;
    private readonly ILogger _logger;
    private readonly ExponentialBackoff _reconnectBackoff;
    private readonly SortedDictionary<int, BrokerSlot> _brokers = [];
    private readonly BrokerSlot[] _bootstrap;
    private readonly BackgroundWork _refreshes;
    private readonly BackgroundWork _abandoned;
    private readonly SortedSet<string> _topics = new(StringComparer.Ordinal);
    private IScheduledWork? _housekeeping;
    private IScheduledWork? _nextQuestion;
    private int _vainQuestions;
    private volatile ClusterMetadata _metadata = ClusterMetadata.Empty;
    private Task<ClusterMetadata>? _refresh;
    private BrokerSlot? _informant;
    private long _refreshedAtMs = long.MinValue;
    private bool _closed;

    /// <exception cref="KafkaConfigException"><c>bootstrap.servers</c> is missing or malformed, or TLS lacks what it needs.</exception>
    public ClusterClient(ClientConfig config, IEventLoop loop, IBrokerConnector connector, IRandomSource random, ILogger logger)
    {
        _config = config;
        _connector = connector;
        _random = random;
        _logger = logger;
        Loop = loop;
        _refreshes = new BackgroundWork("metadata-refresh", loop);
        _abandoned = new BackgroundWork("metadata-refresh-abandoned", loop, failure => failure is KafkaException);
        Backoff = new ExponentialBackoff(config.RetryBackoff, config.RetryBackoffMax, random);
        _reconnectBackoff = new ExponentialBackoff(config.ReconnectBackoff, config.ReconnectBackoffMax, random);
        connector.Prepare(config);
        _bootstrap = BootstrapAddresses.Parse(config.BootstrapServers)
            .Select((address, index) => NewSlot(-1 - index, address))
            .ToArray();
        KeysWithoutEffect.Log(logger, config.InertKeys);
        if (config.UnusedKeys.Count > 0)
        {
            logger.LogWarning("These configurations were supplied but are not known: {Keys}", string.Join(", ", config.UnusedKeys));
        }
    }

    public IEventLoop Loop { get; }

    /// <summary>What is known of the cluster. Any thread may read it.</summary>
    public ClusterMetadata Metadata => _metadata;

    /// <summary>The pauses between attempts at a request.</summary>
    public ExponentialBackoff Backoff { get; }

    /// <summary>Called on the loop whenever <see cref="Metadata"/> was replaced.</summary>
    public Action? MetadataChanged { get; set; }

    /// <summary>Called on the loop now and then, before what has grown old is fetched again.</summary>
    public Action? KeepingHouse { get; set; }

    /// <summary>Metadata is kept about every topic there is. On the loop.</summary>
    public bool FollowsAllTopics { get; set; }

    /// <summary>
    /// Topics that are waited for: while one of them does not exist, or a partition of it has no leader, metadata is fetched again after
    /// growing pauses. On the loop.
    /// </summary>
    public IReadOnlyCollection<string> Awaited { get; set; } = [];

    /// <summary>Whether asking for a topic that does not exist may create it.</summary>
    public bool AllowAutoTopicCreation { get; init; }

    private long NowMs => Loop.Time.MonotonicMs();

    /// <summary>Starts what runs in the background: metadata that grows old, connections without use.</summary>
    public void Start() => ScheduleHousekeeping();

    public void Close()
    {
        _closed = true;
        _housekeeping?.Cancel();
        _nextQuestion?.Cancel();
        foreach (var slot in _brokers.Values.Concat(_bootstrap))
        {
            slot.Close();
        }
    }

    /// <summary>The slot of a broker that metadata knows.</summary>
    /// <exception cref="KafkaException">Metadata does not know it; retriable, for it may come back.</exception>
    public BrokerSlot Broker(int id) =>
        _brokers.GetValueOrDefault(id)
        ?? throw new KafkaException(ErrorCode.BrokerNotAvailable, $"There is no live broker with id {id}", id);

    /// <summary>The id of a broker, also where it was reached as a bootstrap server; null where metadata does not know it.</summary>
    public int? IdOf(BrokerSlot slot) =>
        slot.Id >= 0 ? slot.Id : _brokers.Values.FirstOrDefault(known => known.Address == slot.Address)?.Id;

    /// <summary>Where a broker listens; null where metadata does not know it.</summary>
    public string? AddressOf(int broker) => _brokers.GetValueOrDefault(broker)?.Address.ToString();

    /// <summary>Sends to one broker and gives the answer, which holds no records.</summary>
    public async Task<TResponse> SendAsync<TRequest, TResponse>(BrokerSlot broker, TRequest request)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new() =>
        (await broker.SendAsync<TRequest, TResponse>(request, _config.RequestTimeout)).Message;

    /// <summary>
    /// Sends to whichever broker has least to do, trying one after the other until one can be reached; <paramref name="answered"/> is told
    /// which it was.
    /// </summary>
    /// <exception cref="KafkaException">None could be.</exception>
    public async Task<TResponse> SendToAnyAsync<TRequest, TResponse>(
        TRequest request, TimeSpan? timeout = null, short maxVersion = short.MaxValue, Action<BrokerSlot>? answered = null)
        where TRequest : class, IRequest<TRequest, TResponse>, new()
        where TResponse : class, IResponse, IMessage<TResponse>, new()
    {
        BrokerUnavailableException? last = null;
        var isNamed = _brokers.Count > 0;
        foreach (var broker in Candidates())
        {
            try
            {
                var answer = await broker.SendAsync<TRequest, TResponse>(request, timeout ?? _config.RequestTimeout, maxVersion);
                answered?.Invoke(broker);
                return answer.Message;
            }
            catch (BrokerUnavailableException failure)
            {
                isNamed |= failure.InnerException is not ConnectException { Failure: ConnectFailure.Unresolvable };
                last = failure;
            }
        }

        // As Java's clients, which look the names up when they are made.
        throw isNamed
            ? last!
            : new BrokerUnavailableException(
                last!.Address, $"No resolvable bootstrap urls given in bootstrap.servers ({last.Message})", last, isRetriable: false);
    }

    /// <summary>A connection to a broker beside the shared one, for requests that wait; the caller closes it.</summary>
    public BrokerSlot OpenSlot(int id, BrokerAddress address) => NewSlot(id, address);

    /// <summary>Adds a topic to those metadata is kept about.</summary>
    public void Follow(string topic) => _topics.Add(topic);

    public void Unfollow(IEnumerable<string> topics)
    {
        var names = topics.ToArray();
        foreach (var topic in names)
        {
            _topics.Remove(topic);
        }

        _metadata = _metadata.Without(names);
    }

    /// <summary>Metadata of a topic without errors that may pass; waits for it for at most <paramref name="timeout"/>.</summary>
    /// <exception cref="KafkaTimeoutException">It did not come.</exception>
    /// <exception cref="KafkaException">The broker says why it never will.</exception>
    public async Task<TopicMetadata> TopicAsync(string topic, TimeSpan timeout)
    {
        Follow(topic);
        if (_metadata.Topic(topic) is { Error: ErrorCode.None, Partitions.Length: > 0 } known)
        {
            return known;
        }

        var deadlineMs = NowMs + (long)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
        KafkaException? last = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var refresh = RefreshAsync();
                if (!await Loop.EndsWithinAsync(refresh, TimeSpan.FromMilliseconds(Math.Max(0, deadlineMs - NowMs)), _abandoned))
                {
                    throw new KafkaTimeoutException(
                        $"Topic {topic} not present in metadata after {timeout.TotalMilliseconds:0} ms.", last);
                }

                var found = (await refresh).Topic(topic);
                if (found is { Error: ErrorCode.None, Partitions.Length: > 0 })
                {
                    return found;
                }

                last = Refusal(topic, found);
                if (found is { IsRefused: true })
                {
                    throw last;
                }
            }
            catch (KafkaException failure) when (failure is not KafkaTimeoutException && failure.IsRetriable)
            {
                last = failure;
            }

            await PauseAsync(attempt, deadlineMs, () => new KafkaTimeoutException(
                $"Topic {topic} not present in metadata after {timeout.TotalMilliseconds:0} ms. ({last!.Message})", last));
        }
    }

    /// <summary>Asks a broker for a topic's partitions, ascending; null where it knows none yet.</summary>
    /// <exception cref="KafkaException">No broker can be asked, or one says why there will be no such topic.</exception>
    public async Task<IReadOnlyList<int>?> FindPartitionsAsync(string topic)
    {
        Follow(topic);
        var found = (await RefreshAsync()).Topic(topic);
        if (found is { Error: ErrorCode.None, Partitions.Length: > 0 })
        {
            return found.Partitions.Select(partition => partition.Partition).ToArray();
        }

        var refusal = Refusal(topic, found);
        return refusal.IsRetriable ? null : throw refusal;
    }

    /// <summary>Why a topic cannot be used: by an error that may pass, or in a sentence by one that will not.</summary>
    public KafkaException Refusal(string topic, TopicMetadata? found)
    {
        var code = found?.Error ?? ErrorCode.UnknownTopicOrPartition;
        var words = code.IsRetriable() ? null
            : code == ErrorCode.InvalidTopicException ? $"Invalid topics: [{topic}]"
            : $"Topic {topic}: {ErrorDescriptions.Describe(code)}";
        return new KafkaException(code, words, _informant is { } broker ? IdOf(broker) : null, "Metadata")
        {
            BrokerAddress = _informant?.Address.ToString(),
        };
    }

    /// <summary>Fetches metadata of the topics followed. Calls made meanwhile share one request.</summary>
    /// <exception cref="KafkaException">No broker could be asked.</exception>
    public Task<ClusterMetadata> RefreshAsync() => _refresh ?? StartRefresh(TimeSpan.Zero);

    /// <summary>Lets metadata be fetched again soon, because a broker said that ours is out of date. Failures are only logged.</summary>
    public void RefreshSoon() => _refreshes.Run(RefreshSoonAsync);

    private async Task RefreshSoonAsync()
    {
        if (_refresh is not null || _closed)
        {
            return;
        }

        try
        {
            var sinceLastMs = _refreshedAtMs == long.MinValue ? long.MaxValue : NowMs - _refreshedAtMs;
            await StartRefresh(TimeSpan.FromMilliseconds(Math.Max(0, _config.RetryBackoff.TotalMilliseconds - sinceLastMs)));
        }
        catch (KafkaException failure)
        {
            _logger.LogDebug("Metadata could not be fetched: {Cause}", failure.Message);
        }
    }

    /// <summary>Takes over what a refusal told about a leader (KIP-951); false where metadata must be fetched.</summary>
    public bool LearnLeader(in TopicPartition partition, int leaderId, LeaderEpoch leaderEpoch)
    {
        var learnt = _metadata.WithLeader(partition, leaderId, leaderEpoch);
        if (ReferenceEquals(learnt, _metadata))
        {
            return false;
        }

        _metadata = learnt;
        MetadataChanged?.Invoke();
        return true;
    }

    /// <summary>Takes over brokers, and nothing else, from an answer to someone else's question.</summary>
    public void LearnBrokers(MetadataResponse response)
    {
        _metadata = _metadata.With(response);
        UpdateSlots();
    }

    /// <summary>Waits before attempt <paramref name="attempt"/> + 1, or throws where the deadline comes first.</summary>
    public async Task PauseAsync(int attempt, long deadlineMs, Func<Exception> onDeadline)
    {
        var pause = Backoff.After(attempt);
        if (_closed)
        {
            throw new ClientClosedException();
        }

        // Nothing is given up before its time, which another attempt would only overrun.
        var left = TimeSpan.FromMilliseconds(Math.Min(deadlineMs - NowMs, int.MaxValue));
        if (pause >= left)
        {
            await Loop.DelayAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            throw _closed ? new ClientClosedException() : onDeadline();
        }

        await Loop.DelayAsync(pause);
    }

    private Task<ClusterMetadata> StartRefresh(TimeSpan delay)
    {
        // A refresh that ended at once has cleared the field already.
        var refresh = RunRefreshAsync(delay);
        _refresh = refresh.IsCompleted ? null : refresh;
        return refresh;
    }

    private async Task<ClusterMetadata> RunRefreshAsync(TimeSpan delay)
    {
        try
        {
            if (delay > TimeSpan.Zero)
            {
                await Loop.DelayAsync(delay);
            }

            var isAll = FollowsAllTopics;
            var request = ClusterMetadata.Question(isAll ? null : _topics, AllowAutoTopicCreation);
            var response = await SendToAnyAsync<MetadataRequest, MetadataResponse>(request, answered: broker => _informant = broker);
            _metadata = _metadata.With(response, isAll);
            UpdateSlots();
            return _metadata;
        }
        finally
        {
            _refreshedAtMs = NowMs;
            _refresh = null;
            SeeToAwaited();
            MetadataChanged?.Invoke();
        }
    }

    /// <summary>Fetches metadata again after a pause where it lacks what is waited for.</summary>
    private void SeeToAwaited()
    {
        _nextQuestion?.Cancel();
        if (_closed || !Awaited.Any(IsLacking))
        {
            _vainQuestions = 0;
            return;
        }

        _nextQuestion = Loop.Schedule(
            () =>
            {
                if (Awaited.Any(IsLacking))
                {
                    RefreshSoon();
                }
            },
            Backoff.After(++_vainQuestions));
    }

    private bool IsLacking(string topic) =>
        _metadata.Topic(topic) is not { } known
        || known.Error.NeedsMetadataRefresh()
        || Array.Exists(known.Partitions, partition => partition.Error.NeedsMetadataRefresh());

    /// <summary>Brokers in the order to try them: connected ones with least to do first, those that just failed last.</summary>
    private IEnumerable<BrokerSlot> Candidates()
    {
        var slots = _brokers.Count > 0 ? _brokers.Values.ToArray() : _bootstrap;
        var start = _random.Next(slots.Length);
        var ordered = Enumerable.Range(0, slots.Length)
            .Select(index => slots[(start + index) % slots.Length])
            .OrderBy(slot => slot.IsBackingOff ? 2 : slot.IsConnected ? 0 : 1)
            .ThenBy(slot => slot.InFlight)
            .ToArray();
        return _brokers.Count > 0
            ? ordered.Concat(_bootstrap.Where(slot => _brokers.Values.All(known => known.Address != slot.Address)))
            : ordered;
    }

    private void UpdateSlots()
    {
        foreach (var node in _metadata.Nodes)
        {
            var address = new BrokerAddress(node.Host, node.Port);
            if (_brokers.TryGetValue(node.Id, out var slot) && slot.Address == address)
            {
                continue;
            }

            slot?.Close();
            _brokers[node.Id] = NewSlot(node.Id, address);
            if (Array.Find(_bootstrap, candidate => candidate.Address == address) is { } bootstrap)
            {
                _brokers[node.Id].Adopt(bootstrap);
            }
        }

        foreach (var gone in _brokers.Keys.Where(id => _metadata.Node(id) is null).ToArray())
        {
            _brokers[gone].Close();
            _brokers.Remove(gone);
        }
    }

    private BrokerSlot NewSlot(int id, BrokerAddress address) =>
        new(id, address, _config, _connector, Loop, _reconnectBackoff, _logger)
        {
            // The classic trap of a default configuration: reached from elsewhere, it sends everybody home.
            LeadsHome = id >= 0 && address.IsLoopback && !Array.Exists(_bootstrap, bootstrap => bootstrap.Address.IsLoopback),
        };

    private void ScheduleHousekeeping()
    {
        if (!_closed)
        {
            _housekeeping =
                Loop.Schedule(KeepHouse, TimeSpan.FromMilliseconds(Math.Clamp(_config.MetadataMaxAge.TotalMilliseconds / 4, 100, 30_000)));
        }
    }

    private void KeepHouse()
    {
        if (_config.ConnectionsMaxIdle > TimeSpan.Zero)
        {
            foreach (var slot in _brokers.Values.Concat(_bootstrap))
            {
                slot.CloseIfIdle((long)_config.ConnectionsMaxIdle.TotalMilliseconds);
            }
        }

        KeepingHouse?.Invoke();
        if ((_topics.Count > 0 || FollowsAllTopics) && NowMs - _refreshedAtMs >= _config.MetadataMaxAge.TotalMilliseconds)
        {
            RefreshSoon();
        }

        ScheduleHousekeeping();
    }
}
