using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Consumer;
using ClassicBroker.Client.Consumer.Groups;
using ClassicBroker.Client.Telemetry;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client;

/// <summary>
/// Reads records from partitions it was assigned, or that its group gives it. Fetching goes on in the background while the application
/// works on what it has. Positions may be moved from any thread; polling, in either form, is for one thread at a time.
/// </summary>
/// <typeparam name="TKey">What keys are; nullable where records without one are to be read.</typeparam>
/// <typeparam name="TValue">What values are; nullable where tombstones are to be read.</typeparam>
/// <example><code>
/// await using var consumer = new KafkaConsumer&lt;string?, string?&gt;(config, Serdes.String, Serdes.String);
/// consumer.Assign([new TopicPartition("orders", 0)]);
/// await foreach (var record in consumer.ConsumeAsync(cancellation)) { … }
/// </code></example>
public sealed class KafkaConsumer<TKey, TValue> : IAsyncDisposable
{
    private readonly ConsumerConfig _config;
    private readonly ClientNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly ClusterClient _cluster;
    private readonly Assignment _assignment = new();
    private readonly FetchBuffer _buffer = new();
    private readonly Fetcher _fetcher;
    private readonly RecordPoller<TKey, TValue> _poller;
    private readonly ConsumerOffsets _offsets;
    private readonly ConsumerTelemetry _telemetry;
    private readonly ConsumerGroup? _group;
    private readonly ConsumerInterceptors<TKey, TValue>? _interceptors;
    private bool _isClosed;

    /// <summary>Makes a consumer without partitions.</summary>
    /// <param name="config">What it is to do; <see cref="ConsumerConfig.FromProperties"/> reads Java's property names.</param>
    /// <param name="keyDeserializer">Turns bytes into keys.</param>
    /// <param name="valueDeserializer">Turns bytes into values.</param>
    /// <param name="network">A network shared with other clients; null makes one for this consumer alone.</param>
    /// <param name="loggers">Where the consumer logs.</param>
    /// <param name="interceptors">See what every poll returns, in this order.</param>
    /// <exception cref="KafkaConfigException">It names no broker, an empty group, or key stores that cannot be used.</exception>
    public KafkaConsumer(
        ConsumerConfig config,
        IDeserializer<TKey> keyDeserializer,
        IDeserializer<TValue> valueDeserializer,
        ClientNetwork? network = null,
        ILoggerFactory? loggers = null,
        IReadOnlyList<IConsumerInterceptor<TKey, TValue>>? interceptors = null)
    {
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("ClassicBroker.Client.KafkaConsumer");
        config.Validate();
        _interceptors = interceptors is { Count: > 0 } ? new(interceptors, logger) : null;
        _config = config.ClientId.Length > 0 ? config : config with { ClientId = "consumer-1" };
        _ownsNetwork = network is null;
        (_network, _cluster) = ClientNetwork.Join(
            network,
            loggers,
            on => new ClusterClient(
                _config, on.Loop, on.Connector, on.Random, logger)
            { AllowAutoTopicCreation = config.AllowAutoCreateTopics });
        _fetcher = new Fetcher(_config, _cluster, _assignment, _buffer, logger);
        _offsets = new ConsumerOffsets(_config, _cluster, _assignment, _fetcher.Wake);
        _poller = new RecordPoller<TKey, TValue>(
            _assignment, _buffer, new RecordDecoder<TKey, TValue>(_config, keyDeserializer, valueDeserializer), _fetcher.Wake);
        _group = config.GroupId is not null
            ? new ConsumerGroup(_config, _cluster, _assignment, _buffer, _fetcher.Wake, offsets => _interceptors?.OnCommit(offsets), logger)
            : null;
        _telemetry = new ConsumerTelemetry(_config, _assignment, _network.Loop.Time);
        _cluster.MetadataChanged = OnMetadataChanged;
        _network.Loop.Execute(_cluster.Start);
    }

    /// <summary>The partitions this consumer has, sorted.</summary>
    public IReadOnlyList<TopicPartition> Assigned => _assignment.All.Select(state => state.Partition).ToArray();

    /// <summary>Those of them that are paused.</summary>
    public IReadOnlyList<TopicPartition> Paused =>
        _assignment.All.Where(state => state.IsPaused).Select(state => state.Partition).ToArray();

    /// <summary>The topics subscribed, sorted.</summary>
    public IReadOnlyList<string> Subscription => _group?.Topics ?? [];

    /// <summary>
    /// Reads topics as a member of the group: polls take part in its rebalances, and new partitions begin where the group left off.
    /// </summary>
    /// <param name="topics">All topics to read; they replace those of before.</param>
    /// <param name="listener">Hears which partitions come and go.</param>
    /// <exception cref="InvalidOperationException">There is no <c>group.id</c>, or partitions are assigned by hand.</exception>
    public void Subscribe(IEnumerable<string> topics, IRebalanceListener? listener = null) =>
        GroupToSubscribe().Subscribe(topics, listener);

    /// <summary>
    /// Reads every topic whose whole name a pattern fits, as a member of the group. Topics that are made later join within
    /// <c>metadata.max.age.ms</c>; those of the brokers' own only where <c>exclude.internal.topics</c> is off.
    /// </summary>
    /// <param name="pattern">Replaces what was subscribed before.</param>
    /// <param name="listener">Hears which partitions come and go.</param>
    /// <exception cref="InvalidOperationException">There is no <c>group.id</c>, or partitions are assigned by hand.</exception>
    public void Subscribe(Regex pattern, IRebalanceListener? listener = null) =>
        GroupToSubscribe().Subscribe(new TopicPattern(pattern, _config.ExcludeInternalTopics), listener);

    /// <summary>
    /// Reads nothing any more: leaves the group, after a commit where that is automatic, and gives all partitions up, also those assigned
    /// by hand. The consumer can subscribe or assign again.
    /// </summary>
    public async ValueTask UnsubscribeAsync()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_group is { } group)
        {
            await group.UnsubscribeAsync();
        }

        _assignment.Set([]);
        _fetcher.Wake();
    }

    /// <summary>Commits positions: those of all partitions as the last polls left them, or the ones given.</summary>
    /// <param name="offsets">What to commit; null for where the last polls left off.</param>
    /// <param name="cancellation">Gives up waiting; a commit that is on its way may be made all the same.</param>
    /// <exception cref="CommitFailedException">The partitions have another owner by now.</exception>
    /// <exception cref="KafkaException">The coordinator refuses, or did not answer within <c>default.api.timeout.ms</c>.</exception>
    /// <exception cref="InvalidOperationException">There is no <c>group.id</c>.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task CommitAsync(
        IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>? offsets = null, CancellationToken cancellation = default) =>
        _telemetry.CommitAsync(Group(), offsets ?? Group().Positions(), cancellation);

    /// <summary>
    /// The membership of the group that the last poll left, for <c>SendOffsetsToTransactionAsync</c> of a producer.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no <c>group.id</c>.</exception>
    public ConsumerGroupMetadata GroupMetadata() => Group().Metadata;

    /// <summary>What the group has committed; partitions it has not committed are missing.</summary>
    /// <exception cref="KafkaException">The coordinator refuses, or did not answer within <c>default.api.timeout.ms</c>.</exception>
    /// <exception cref="InvalidOperationException">There is no <c>group.id</c>.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>> CommittedAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken cancellation = default) =>
        Group().CommittedAsync([.. partitions], cancellation);

    /// <summary>Records that are there and were not handed out, as the last fetch told; null before the first.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public long? Lag(TopicPartition partition)
    {
        var state = _assignment.Get(partition);
        lock (_assignment.Gate)
        {
            return state.HighWatermark < 0 || state.Position is not { } position ? null : Math.Max(0, state.HighWatermark - position);
        }
    }

    /// <summary>
    /// Replaces the partitions to read. Those that stay keep their positions; new ones begin where the group left off, or without
    /// one where <c>auto.offset.reset</c> says, unless a seek comes first.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The consumer is closed.</exception>
    /// <exception cref="InvalidOperationException">Topics are subscribed.</exception>
    public void Assign(IEnumerable<TopicPartition> partitions)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_group is { IsSubscribed: true })
        {
            throw new InvalidOperationException("Subscription to topics, partitions and pattern are mutually exclusive");
        }

        if (_group is { } group)
        {
            group.Assign(partitions);
            return;
        }

        _assignment.Set(partitions);
        _fetcher.Wake();
    }

    /// <summary>Goes on at an offset.</summary>
    /// <param name="partition">One of those assigned.</param>
    /// <param name="offset">Of the next record to hand out. Where the log has none, <c>auto.offset.reset</c> decides.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public void Seek(TopicPartition partition, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        _assignment.Change(partition, state => state.Seek(offset));
        _fetcher.Wake();
    }

    /// <summary>Goes on at the oldest record; without partitions, in all that are assigned. Its offset is looked up afterwards.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    public void SeekToBeginning(params IReadOnlyCollection<TopicPartition> partitions) => Reset(partitions, OffsetLookup.Earliest);

    /// <summary>
    /// Goes on behind the newest record; without partitions, in all that are assigned. Its offset is looked up afterwards.
    /// </summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    public void SeekToEnd(params IReadOnlyCollection<TopicPartition> partitions) => Reset(partitions, OffsetLookup.Latest);

    /// <summary>Stops fetching partitions; their positions stay.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    public void Pause(params IReadOnlyCollection<TopicPartition> partitions) => SetPaused(partitions, isPaused: true);

    /// <summary>Goes on fetching partitions.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    public void Resume(params IReadOnlyCollection<TopicPartition> partitions) => SetPaused(partitions, isPaused: false);

    /// <summary>Offset of the next record a poll hands out. Waits where it is being looked up.</summary>
    /// <exception cref="KafkaTimeoutException">It could not be found within <c>default.api.timeout.ms</c>.</exception>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<long> PositionAsync(TopicPartition partition, CancellationToken cancellation = default) =>
        _offsets.PositionAsync(partition, cancellation);

    /// <summary>Offset behind the newest record consumers may see, as the last fetch told; null before the first.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public long? HighWatermark(TopicPartition partition)
    {
        var state = _assignment.Get(partition);
        lock (_assignment.Gate)
        {
            return state.HighWatermark < 0 ? null : state.HighWatermark;
        }
    }

    /// <summary>The earliest offsets whose records are not older than a timestamp; null where all are older.</summary>
    /// <param name="timestampsMs">Milliseconds since 1970, for each partition; they need not be assigned.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="KafkaTimeoutException">Not all leaders answered within <c>default.api.timeout.ms</c>.</exception>
    /// <exception cref="ArgumentException">A timestamp is negative.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<IReadOnlyDictionary<TopicPartition, OffsetAndTimestamp?>> OffsetsForTimesAsync(
        IReadOnlyDictionary<TopicPartition, long> timestampsMs, CancellationToken cancellation = default) =>
        _offsets.ForTimesAsync(timestampsMs, cancellation);

    /// <summary>Offsets of the oldest records of partitions, which need not be assigned.</summary>
    /// <exception cref="KafkaTimeoutException">Not all leaders answered within <c>default.api.timeout.ms</c>.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<IReadOnlyDictionary<TopicPartition, long>> BeginningOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken cancellation = default) =>
        _offsets.AtAsync(OffsetLookup.Earliest, partitions, cancellation);

    /// <summary>Offsets behind the newest records; with <c>read_committed</c> the last stable offsets.</summary>
    /// <exception cref="KafkaTimeoutException">Not all leaders answered within <c>default.api.timeout.ms</c>.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<IReadOnlyDictionary<TopicPartition, long>> EndOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken cancellation = default) =>
        _offsets.AtAsync(OffsetLookup.Latest, partitions, cancellation);

    /// <summary>The numbers of a topic's partitions, ascending.</summary>
    /// <exception cref="KafkaTimeoutException">No broker knew the topic within <c>default.api.timeout.ms</c>.</exception>
    /// <exception cref="KafkaException">A broker says why there will be no such topic, such as for its name.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public async Task<IReadOnlyList<int>> PartitionsForAsync(string topic, CancellationToken cancellation = default)
    {
        var metadata = await _network.Loop.InvokeAsync(() => _cluster.TopicAsync(topic, _config.DefaultApiTimeout)).WaitAsync(cancellation);
        return metadata.Partitions.Select(partition => partition.Partition).ToArray();
    }

    /// <summary>
    /// Asks a broker for a topic's partitions, ascending; null where it knows none yet. The topic may be created by that.
    /// </summary>
    /// <exception cref="KafkaException">No broker can be asked, or one says why there will be no such topic.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<IReadOnlyList<int>?> FindPartitionsAsync(string topic, CancellationToken cancellation = default) =>
        _network.Loop.InvokeAsync(() => _cluster.FindPartitionsAsync(topic)).WaitAsync(cancellation);

    /// <summary>
    /// Records that are there, at most <c>max.poll.records</c>; waits for some up to <paramref name="timeout"/>, then returns none.
    /// </summary>
    /// <exception cref="KafkaException">
    /// A fetch failed in a way that will not pass, or a record cannot be read. The position stays before it: seek to go on behind. A record
    /// that a deserializer refuses is a <see cref="RecordDeserializationException"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">No topic is subscribed and no partition assigned.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came while there was none.</exception>
    /// <exception cref="ObjectDisposedException">The consumer is closed.</exception>
    public ValueTask<IReadOnlyList<ConsumerRecord<TKey, TValue>>> PollAsync(TimeSpan timeout, CancellationToken cancellation = default)
    {
        RequirePartitions();
        return PollIntoAsync([], timeout, cancellation);
    }

    private ValueTask<IReadOnlyList<ConsumerRecord<TKey, TValue>>> PollIntoAsync(
        List<ConsumerRecord<TKey, TValue>> records, TimeSpan timeout, CancellationToken cancellation) =>
        ConsumerTelemetry.IsOn ? PollTracedAsync(records, timeout, cancellation) : PollGroupAsync(records, timeout, cancellation);

    private ValueTask<IReadOnlyList<ConsumerRecord<TKey, TValue>>> PollTracedAsync(
        List<ConsumerRecord<TKey, TValue>> records, TimeSpan timeout, CancellationToken cancellation) =>
        _telemetry.PollAsync(() => PollGroupAsync(records, timeout, cancellation));

    private async ValueTask<IReadOnlyList<ConsumerRecord<TKey, TValue>>> PollGroupAsync(
        List<ConsumerRecord<TKey, TValue>> records, TimeSpan timeout, CancellationToken cancellation)
    {
        var time = _network.Loop.Time;
        var deadlineMs = time.MonotonicMs() + (long)Math.Min(timeout.TotalMilliseconds, int.MaxValue);
        if (_group is { } group && !await group.PollAsync(timeout, cancellation))
        {
            group.EndPoll();
            return [];
        }

        _poller.Take(records, _config.MaxPollRecords);
        if (records.Count == 0 && timeout > TimeSpan.Zero)
        {
            _fetcher.Wake();
            await AwaitRecordsAsync(records, deadlineMs, time, cancellation);
        }

        _group?.EndPoll();
        return records.Count > 0 && _interceptors is not null ? _interceptors.OnConsume(records) : records;
    }

    /// <summary>
    /// All records from here on, one by one. The position moves poll by poll, up to <c>max.poll.records</c> ahead; leaving the loop moves
    /// it back behind the last record that was handed out.
    /// </summary>
    /// <param name="cancellation">The only way to end, but for leaving the loop; seen between any two records.</param>
    /// <exception cref="KafkaException">As of <see cref="PollAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came.</exception>
    public async IAsyncEnumerable<ConsumerRecord<TKey, TValue>> ConsumeAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        List<ConsumerRecord<TKey, TValue>> reused = [];
        while (true)
        {
            RequirePartitions();
            var records = await PollIntoAsync(reused, TimeSpan.MaxValue, cancellation);
            var next = 0;
            try
            {
                while (next < records.Count)
                {
                    cancellation.ThrowIfCancellationRequested();
                    yield return records[next++];
                }
            }
            finally
            {
                Rewind(records, next);
            }

            reused.Clear();
        }
    }

    /// <summary>
    /// All records from here on, in batches of those that are there, at most <c>max.poll.records</c>, which are the application's to keep.
    /// The position is behind a batch once it is handed out.
    /// </summary>
    /// <param name="cancellation">The only way to end, but for leaving the loop; seen between any two batches.</param>
    /// <exception cref="KafkaException">As of <see cref="PollAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came.</exception>
    public async IAsyncEnumerable<IReadOnlyList<ConsumerRecord<TKey, TValue>>> ConsumeBatchesAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (await PollAsync(TimeSpan.MaxValue, cancellation) is { Count: > 0 } batch)
            {
                yield return batch;
            }
        }
    }

    /// <summary>Stops fetching and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        if (_group is not null)
        {
            await _group.CloseAsync();
        }

        _isClosed = true;
        _telemetry.Close();
        await _network.Loop.InvokeAsync(() =>
        {
            _fetcher.Close();
            _cluster.Close();
            return Task.CompletedTask;
        });
        _poller.Dispose();
        _buffer.Dispose();
        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }
    }

    private void RequirePartitions()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_group is not { IsSubscribed: true } && _assignment.All.Length == 0)
        {
            throw new InvalidOperationException("Consumer is not subscribed to any topics or assigned any partitions");
        }
    }

    private ConsumerGroup GroupToSubscribe()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var group = Group();
        return group.IsSubscribed || _assignment.All.Length == 0
            ? group
            : throw new InvalidOperationException("Subscription to topics, partitions and pattern are mutually exclusive");
    }

    private ConsumerGroup Group() => _group ?? throw new InvalidOperationException(
        "To use the group management or offset commit APIs, you must provide a valid group.id in the consumer configuration.");

    private void OnMetadataChanged()
    {
        _group?.OnMetadataChanged();
        _fetcher.Wake();
    }

    private async ValueTask AwaitRecordsAsync(
        List<ConsumerRecord<TKey, TValue>> records, long deadlineMs, TimeProvider time, CancellationToken cancellation)
    {
        while (records.Count == 0)
        {
            var left = deadlineMs - time.MonotonicMs();
            if (left <= 0 || !await _buffer.WaitAsync(TimeSpan.FromMilliseconds(left), time, cancellation))
            {
                break;
            }

            if (_group is { NeedsPoll: true } group
                && !await group.PollAsync(TimeSpan.FromMilliseconds(deadlineMs - time.MonotonicMs()), cancellation))
            {
                break;
            }

            _poller.Take(records, _config.MaxPollRecords);
        }
    }

    /// <summary>The application took no more of a poll: what it did not get comes again.</summary>
    private void Rewind(IReadOnlyList<ConsumerRecord<TKey, TValue>> records, int next)
    {
        if (next == records.Count)
        {
            return;
        }

        var rewound = new HashSet<TopicPartition>();
        for (; next < records.Count; next++)
        {
            if (rewound.Add(records[next].TopicPartition) && _assignment.TryGet(records[next].TopicPartition, out _))
            {
                Seek(records[next].TopicPartition, records[next].Offset);
            }
        }
    }

    private void Reset(IReadOnlyCollection<TopicPartition> partitions, long timestamp)
    {
        foreach (var partition in partitions.Count > 0 ? partitions : Assigned)
        {
            _assignment.Change(partition, state => state.RequestReset(timestamp));
        }

        _fetcher.Wake();
    }

    private void SetPaused(IReadOnlyCollection<TopicPartition> partitions, bool isPaused)
    {
        foreach (var partition in partitions)
        {
            _assignment.Change(partition, state => state.IsPaused = isPaused);
        }

        if (!isPaused)
        {
            _buffer.Wake();
        }

        _fetcher.Wake();
    }
}
