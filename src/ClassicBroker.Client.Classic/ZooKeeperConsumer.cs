using ClassicBroker.Client.Classic.Consumers;
using ClassicBroker.Metadata;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// The high-level consumer of Kafka 0.8 (<c>kafka.consumer.ConsumerConnector</c>): a member of a group that lives in ZooKeeper, below
/// <c>/consumers/GROUP</c>, and shares its partitions out by itself. Members of Kafka 0.8 to 0.10 and of this class can be in one group.
/// Streams are made once, then read each by a loop of its own. Safe from any thread.
/// </summary>
/// <typeparam name="TKey">What keys are.</typeparam>
/// <typeparam name="TValue">What messages are.</typeparam>
/// <example><code>
/// await using var consumer = new ZooKeeperConsumer&lt;string?, string?&gt;(config, Serdes.String, Serdes.String);
/// var streams = await consumer.CreateMessageStreamsAsync(new Dictionary&lt;string, int&gt; { ["orders"] = 1 });
/// await foreach (var message in streams["orders"][0]) { … }
/// </code></example>
public sealed class ZooKeeperConsumer<TKey, TValue> : IAsyncDisposable
{
    private readonly ZooKeeperConsumerConfig _config;
    private readonly IDeserializer<TKey> _keyDeserializer;
    private readonly IDeserializer<TValue> _valueDeserializer;
    private readonly ClientNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly IZooKeeper _zooKeeper;
    private readonly MetadataStore _store;
    private readonly FetcherSet _fetchers;
    private readonly GroupOffsetStorage _offsets;
    private readonly IRebalanceListener? _listener;
    private readonly ILogger _logger;
    private readonly BackgroundWork _autoCommits;
    private StreamSet? _streams;
    private ZooKeeperMember? _member;
    private IScheduledWork? _nextCommit;
    private bool _isClosed;

    /// <summary>Begins to connect to ZooKeeper. The group is joined when streams are made.</summary>
    /// <param name="config">What it is to do; <see cref="ZooKeeperConsumerConfig.FromProperties"/> reads 0.8's property names.</param>
    /// <param name="keyDeserializer">Turns bytes into keys.</param>
    /// <param name="valueDeserializer">Turns bytes into messages.</param>
    /// <param name="network">A network shared with other clients; null makes one for this consumer alone.</param>
    /// <param name="loggers">Where the consumer logs.</param>
    /// <param name="listener">
    /// Hears which partitions come and go, on the network thread. Partitions that go have been committed where
    /// <c>auto.commit.enable</c> is on, and can be committed there otherwise.
    /// </param>
    /// <exception cref="KafkaConfigException">The configuration lacks what is required or contradicts itself.</exception>
    public ZooKeeperConsumer(
        ZooKeeperConsumerConfig config,
        IDeserializer<TKey> keyDeserializer,
        IDeserializer<TValue> valueDeserializer,
        ClientNetwork? network = null,
        ILoggerFactory? loggers = null,
        IRebalanceListener? listener = null)
        : this(config, keyDeserializer, valueDeserializer, network, loggers, listener, Connect)
    {
    }

    internal ZooKeeperConsumer(
        ZooKeeperConsumerConfig config,
        IDeserializer<TKey> keyDeserializer,
        IDeserializer<TValue> valueDeserializer,
        ClientNetwork? network,
        ILoggerFactory? loggers,
        IRebalanceListener? listener,
        Func<ZooKeeperClientOptions, ClientNetwork, ILogger, IZooKeeper> connect)
    {
        var ensemble = config.Validate();
        _config = config;
        _keyDeserializer = keyDeserializer;
        _valueDeserializer = valueDeserializer;
        _listener = listener;
        var factory = loggers ?? NullLoggerFactory.Instance;
        _logger = factory.CreateLogger("kafka.consumer.ZookeeperConsumerConnector");
        ClassicKeys.Log(_logger, config.UnusedKeys, config.InertKeys);
        _ownsNetwork = network is null;
        _network = network ?? ClientNetwork.Open(loggers);
        _zooKeeper = connect(
            new ZooKeeperClientOptions { Connect = ensemble, SessionTimeoutMs = (int)config.SessionTimeout.TotalMilliseconds },
            _network,
            factory.CreateLogger<ZooKeeperClient>());
        _store = new MetadataStore(
            _zooKeeper,
            _network.Loop,
            _network.Random,
            MetadataVersions.Latest,
            secureAcls: false,
            factory,
            "What this consumer owns is read on, but the group cannot change until it is back");
        _fetchers = new FetcherSet(config, _network, loggers);
        _offsets = new GroupOffsetStorage(config, _store.ConsumerOffsets, _network, loggers);
        _autoCommits = new BackgroundWork("consumer-auto-commit", _network.Loop);
        ConsumerId = $"{config.GroupId}_{config.ConsumerId ?? NewId()}";
    }

    /// <summary>The member's name in the group.</summary>
    public string ConsumerId { get; }

    /// <summary>The partitions the group gave to this member, sorted.</summary>
    public IReadOnlyList<TopicPartition> Owned => [.. (_member?.Claims ?? []).Select(claim => claim.Partition)];

    /// <summary>Joins the group with a number of streams for each topic. Topics may be made later.</summary>
    /// <param name="topicCounts">How many streams to make of each topic.</param>
    /// <param name="cancellation">Gives up waiting for the connection to ZooKeeper.</param>
    /// <returns>The streams of each topic.</returns>
    /// <exception cref="InvalidOperationException">Streams have been made before.</exception>
    /// <exception cref="KafkaTimeoutException">There was no ZooKeeper within <c>zookeeper.connection.timeout.ms</c>.</exception>
    /// <exception cref="ConsumerRebalanceFailedException">The group's other members did not give up this one's share.</exception>
    /// <exception cref="KafkaException">The <c>consumer.id</c> is another member's.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<KafkaStream<TKey, TValue>>>> CreateMessageStreamsAsync(
        IReadOnlyDictionary<string, int> topicCounts, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(topicCounts.Count, nameof(topicCounts));
        foreach (var topic in topicCounts.Keys)
        {
            ClassicNames.Require("topic", topic);
        }

        var streams = new StreamSet(topicCounts, NewStream);
        await JoinAsync(streams, cancellation);
        return topicCounts.Keys.ToDictionary(
            topic => topic,
            topic => (IReadOnlyList<KafkaStream<TKey, TValue>>)[.. streams.OfTopic(topic).Select(NewStream)]);
    }

    /// <summary>
    /// Joins the group with streams that share the topics a filter lets through. Topics that come or go are taken into account.
    /// </summary>
    /// <param name="filter">Which topics to read.</param>
    /// <param name="streams">How many streams to make.</param>
    /// <param name="cancellation">Gives up waiting for the connection to ZooKeeper.</param>
    /// <inheritdoc cref="CreateMessageStreamsAsync" path="/exception"/>
    public async Task<IReadOnlyList<KafkaStream<TKey, TValue>>> CreateMessageStreamsByFilterAsync(
        TopicFilter filter, int streams = 1, CancellationToken cancellation = default)
    {
        var set = new StreamSet(filter, streams, NewStream);
        await JoinAsync(set, cancellation);
        return [.. set.All.Select(NewStream)];
    }

    /// <summary>Commits what all streams have handed out so far.</summary>
    /// <exception cref="KafkaException">Neither ZooKeeper nor the coordinator took it.</exception>
    public Task CommitOffsetsAsync() => _network.Loop.InvokeAsync(() => OrKafkaExceptionAsync(() => Member().CommitAsync()));

    /// <summary>Commits offsets: the next to consume, for each partition.</summary>
    /// <exception cref="KafkaException">Neither ZooKeeper nor the coordinator took them.</exception>
    public Task CommitOffsetsAsync(IReadOnlyDictionary<TopicPartition, long> offsets) =>
        _network.Loop.InvokeAsync(() => OrKafkaExceptionAsync(() => _offsets.CommitAsync(offsets)));

    /// <summary>
    /// Leaves the group: ends the streams, commits where <c>auto.commit.enable</c> is on, and closes the session, so that the others take
    /// over at once.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        await _network.Loop.InvokeAsync(CloseAsync);
        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }
    }

    private static ZooKeeperClient Connect(ZooKeeperClientOptions options, ClientNetwork network, ILogger logger) =>
        ZooKeeperClient.Start(options, network.Transport, network.Loop, network.Random, logger);

    private async Task JoinAsync(StreamSet streams, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (Interlocked.CompareExchange(ref _streams, streams, null) is not null)
        {
            throw new InvalidOperationException(
                $"{GetType().Name} can create message streams at most once");
        }

        await AwaitConnectionAsync(cancellation);
        await _network.Loop.InvokeAsync(() => OrKafkaExceptionAsync(async () =>
        {
            _member = new ZooKeeperMember(
                ConsumerId, _config, _network.Loop, _store, streams, _fetchers, _offsets, _listener, _logger);
            foreach (var stream in streams.All)
            {
                stream.Drained = () => _network.Loop.Execute(() => _fetchers.Resume(stream));
            }

            ScheduleCommit();
            await _member.StartAsync();
        }));
    }

    private async Task AwaitConnectionAsync(CancellationToken cancellation)
    {
        var timeout = _config.ConnectionTimeout ?? _config.SessionTimeout;
        using var patience = new CancellationTokenSource(timeout, _network.Loop.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await _zooKeeper.WaitUntilConnectedAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var cause = (_zooKeeper as ZooKeeperClient)?.LastFailure;
            throw new KafkaTimeoutException(
                $"Unable to connect to zookeeper server {_config.ZooKeeperConnect} within timeout: {timeout.TotalMilliseconds:0}"
                + (cause is null ? "" : $" ({cause})"));
        }
    }

    private void ScheduleCommit()
    {
        if (_config.AutoCommitEnable && !_isClosed)
        {
            _nextCommit = _network.Loop.Schedule(() => _autoCommits.Run(AutoCommitAsync), _config.AutoCommitInterval);
        }
    }

    private async Task AutoCommitAsync()
    {
        try
        {
            await Member().CommitAsync();
        }
        catch (Exception failure) when (failure is KafkaException or ZooKeeperException)
        {
            // What is not committed now is committed next time.
            _logger.LogWarning("Offsets of {ConsumerId} could not be committed: {Cause}", ConsumerId, failure.Message);
        }

        ScheduleCommit();
    }

    private async Task CloseAsync()
    {
        _nextCommit?.Cancel();
        if (_member is { } member)
        {
            await member.CloseAsync();
            if (_config.AutoCommitEnable)
            {
                await _network.Loop.EndsWithinAsync(LastCommitAsync(member), ClosePatience(), _autoCommits);
            }
        }

        _streams?.Close();
        await _zooKeeper.CloseAsync();
        if (_member is { } ended)
        {
            await ended.EndAsync();
        }

        await _fetchers.DisposeAsync();
        await _offsets.DisposeAsync();
    }

    /// <summary>A commit that failed for good costs messages read twice, not the closing.</summary>
    private async Task LastCommitAsync(ZooKeeperMember member)
    {
        for (var retries = 0; ; retries++)
        {
            try
            {
                await member.CommitAsync();
                return;
            }
            catch (Exception failure) when (failure is KafkaException or ZooKeeperException)
            {
                if (failure is ZooKeeperException || retries >= _config.OffsetsCommitMaxRetries)
                {
                    _logger.LogError("Offsets of {ConsumerId} could not be committed on closing: {Cause}", ConsumerId, failure.Message);
                    return;
                }
            }

            await _network.Loop.DelayAsync(_config.OffsetsChannelBackoff);
        }
    }

    private TimeSpan ClosePatience() =>
        _config.SessionTimeout
        + (_config.CommitsToKafka
            ? (_config.OffsetsChannelSocketTimeout + _config.OffsetsChannelBackoff) * (_config.OffsetsCommitMaxRetries + 1)
            : TimeSpan.Zero);

    private ZooKeeperMember Member() => _member ?? throw new InvalidOperationException("There are no message streams yet");

    private static async Task OrKafkaExceptionAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (ZooKeeperException failure)
        {
            throw new KafkaException($"ZooKeeper: {failure.Message}", failure);
        }
    }

    private StreamQueue NewStream(int number) => new(number, _config.QueuedMaxMessageChunks, _network.Loop.Time);

    private KafkaStream<TKey, TValue> NewStream(StreamQueue queue) =>
        new(queue, _keyDeserializer, _valueDeserializer, _config.ConsumerTimeout);

    /// <summary>Host, time and a random number, as 0.8 names its members.</summary>
    private string NewId()
    {
        Span<byte> random = stackalloc byte[4];
        _network.Random.Fill(random);
        return $"{Environment.MachineName}-{_network.Loop.Time.UnixMs()}-{Convert.ToHexStringLower(random)}";
    }
}
