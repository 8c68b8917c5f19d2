using ClassicBroker.Client.Cluster;
using ClassicBroker.Client.Producer;
using ClassicBroker.Client.Producer.Transactions;
using ClassicBroker.Client.Telemetry;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client;

/// <summary>
/// Publishes records. They are gathered in batches by partition and sent in the background; a full buffer makes calls wait instead of
/// fail. Safe from any thread, and best shared: one producer for the whole application.
/// </summary>
/// <typeparam name="TKey">What keys are; a null key where its serializer makes no bytes of it.</typeparam>
/// <typeparam name="TValue">What values are; a tombstone where its serializer makes no bytes of it.</typeparam>
/// <example><code>
/// await using var producer = new KafkaProducer&lt;string, string&gt;(config, Serdes.String, Serdes.String);
/// var written = await producer.ProduceAsync("orders", "42", "paid");
/// </code></example>
public sealed class KafkaProducer<TKey, TValue> : IAsyncDisposable
{
    private readonly ProducerConfig _config;
    private readonly ClientNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly ClusterClient _cluster;
    private readonly RecordAccumulator _accumulator;
    private readonly Sender _sender;
    private readonly RecordPlacer _placer;
    private readonly ISerializer<TKey> _keySerializer;
    private readonly ISerializer<TValue> _valueSerializer;
    private readonly IMemorySerializer<TKey>? _keyMemory;
    private readonly IMemorySerializer<TValue>? _valueMemory;
    private readonly ProducerInterceptors<TKey, TValue>? _interceptors;
    private readonly ScratchPool _scratch = new();
    private readonly TimeProvider _time;
    private volatile bool _isClosed;

    /// <summary>Starts a producer. Nothing is sent before the first record.</summary>
    /// <param name="config">What it is to do; <see cref="ProducerConfig.FromProperties"/> reads Java's property names.</param>
    /// <param name="keySerializer">Turns keys into bytes.</param>
    /// <param name="valueSerializer">Turns values into bytes.</param>
    /// <param name="network">A network shared with other clients; null makes one for this producer alone.</param>
    /// <param name="loggers">Where the producer logs.</param>
    /// <param name="interceptors">See every record on its way, in this order.</param>
    /// <exception cref="KafkaConfigException">
    /// The configuration contradicts itself, names no broker, or names key stores that cannot be used.
    /// </exception>
    public KafkaProducer(
        ProducerConfig config,
        ISerializer<TKey> keySerializer,
        ISerializer<TValue> valueSerializer,
        ClientNetwork? network = null,
        ILoggerFactory? loggers = null,
        IReadOnlyList<IProducerInterceptor<TKey, TValue>>? interceptors = null)
    {
        config.Validate(deliveryTimeoutIsSet: true, out _);
        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("ClassicBroker.Client.KafkaProducer");
        _interceptors = interceptors is { Count: > 0 } ? new(interceptors, logger) : null;
        _config = config.ClientId.Length > 0 ? config : config with { ClientId = $"producer-{config.TransactionalId ?? "1"}" };
        _ownsNetwork = network is null;
        (_network, _cluster) = ClientNetwork.Join(
            network,
            loggers,
            on => new ClusterClient(_config, on.Loop, on.Connector, on.Random, logger) { AllowAutoTopicCreation = true });
        _time = _network.Loop.Time;
        _keySerializer = keySerializer;
        _valueSerializer = valueSerializer;
        _keyMemory = keySerializer as IMemorySerializer<TKey>;
        _valueMemory = valueSerializer as IMemorySerializer<TValue>;
        _accumulator = new RecordAccumulator(_config, _time, _network.Random);
        _sender = new Sender(_config, _cluster, _accumulator, logger);
        _placer = new RecordPlacer(_config, _accumulator, _sender);
        _cluster.MetadataChanged = OnMetadataChanged;
        _cluster.KeepingHouse = ForgetIdleTopics;
        _network.Loop.Execute(_cluster.Start);
    }

    /// <summary>Publishes a record; the task ends with where it was written, once the brokers <c>acks</c> asks for have it.</summary>
    /// <param name="topic">The topic it goes to.</param>
    /// <param name="key">Its key, which by default decides the partition.</param>
    /// <param name="value">Its value.</param>
    /// <param name="cancellation">Gives up waiting for room in the buffer; a record that is in it is sent.</param>
    /// <returns>A task to be awaited once.</returns>
    /// <exception cref="KafkaTimeoutException">
    /// Neither metadata nor room within <c>max.block.ms</c>, or no acknowledgement within <c>delivery.timeout.ms</c>.
    /// </exception>
    /// <exception cref="KafkaException">
    /// The record was not written, or it is unknown whether it was; <see cref="KafkaException.Code"/> says why. One that is larger than
    /// <c>max.request.size</c> fails with <see cref="ErrorCode.MessageTooLarge"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The cancellation came before there was room.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public ValueTask<RecordMetadata> ProduceAsync(string topic, TKey key, TValue value, CancellationToken cancellation = default) =>
        ProduceAsync(new ProducerRecord<TKey, TValue>(topic, key, value), cancellation);

    /// <inheritdoc cref="ProduceAsync(string, TKey, TValue, CancellationToken)"/>
    /// <param name="record">The record, with what is to be chosen for it.</param>
    /// <param name="cancellation">Gives up waiting for room in the buffer; a record that is in it is sent.</param>
    /// <remarks>A partition that the topic does not have fails with <see cref="ErrorCode.UnknownTopicOrPartition"/>.</remarks>
    public ValueTask<RecordMetadata> ProduceAsync(in ProducerRecord<TKey, TValue> record, CancellationToken cancellation = default) =>
        ClientInstruments.Source.HasListeners() ? ProduceTracedAsync(record, cancellation) : ProduceUntracedAsync(record, cancellation);

    private ValueTask<RecordMetadata> ProduceUntracedAsync(in ProducerRecord<TKey, TValue> record, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<RecordMetadata>(cancellation);
        }

        if (_interceptors is { } interceptors)
        {
            return ProduceInterceptedAsync(interceptors, record, cancellation);
        }

        var placed = TryPlace(record, 0, null, 0, out _);
        return placed.Batch is { } batch
            ? new ValueTask<RecordMetadata>(batch, (short)placed.Index)
            : PlaceAndAwaitAsync(record, cancellation);
    }

    /// <summary>
    /// Puts a record into the buffer and returns; <paramref name="handler"/> is told of the outcome. The way for those who publish
    /// millions: nothing is allocated for a record.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="handler">Told of the outcome; may be null.</param>
    /// <param name="tag">Given back to the handler.</param>
    /// <param name="cancellation">Gives up waiting for room in the buffer.</param>
    /// <returns>Ends when the record is in the buffer, at once where there is room. What happens afterwards the handler is told.</returns>
    /// <exception cref="KafkaTimeoutException">Neither metadata nor room within <c>max.block.ms</c>; the handler hears nothing.</exception>
    /// <exception cref="KafkaException">The record can never be sent, being too large for one; the handler hears nothing.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came before there was room.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public ValueTask SendAsync(
        in ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler = null, long tag = 0, CancellationToken cancellation = default) =>
        ClientInstruments.Source.HasListeners()
            ? SendTracedAsync(record, handler, tag, cancellation)
            : SendUntracedAsync(record, handler, tag, cancellation);

    private ValueTask SendUntracedAsync(
        in ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler, long tag, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        if (_interceptors is { } interceptors)
        {
            return new ValueTask(PlaceInterceptedAsync(interceptors, record, handler, tag, cancellation));
        }

        var placed = TryPlace(record, 0, handler, tag, out _);
        return placed.Batch is not null ? ValueTask.CompletedTask : new ValueTask(PlaceAsync(record, handler, tag, cancellation));
    }

    /// <summary>
    /// Sends what is in the buffer without lingering, and ends when all of it has ended, well or not: what failed is told to those who
    /// wait for it.
    /// </summary>
    /// <param name="cancellation">Gives up waiting; what is in the buffer is sent all the same.</param>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task FlushAsync(CancellationToken cancellation = default) => _accumulator.FlushAsync(_sender.Wake, cancellation);

    /// <summary>
    /// Makes this the producer of its <c>transactional.id</c>: others with the same id are fenced, and what transaction they left open is
    /// aborted. Comes first, once.
    /// </summary>
    /// <param name="cancellation">Gives up waiting. The call goes on; made again, it is waited for again.</param>
    /// <exception cref="KafkaTimeoutException">It did not end within <c>max.block.ms</c>; the same call goes on waiting.</exception>
    /// <exception cref="FatalProducerException">The coordinator refuses.</exception>
    /// <exception cref="KafkaException">This client may not use the transactional id; once it may, the call can be made again.</exception>
    /// <exception cref="InvalidOperationException">There is no <c>transactional.id</c>, or the call was made before.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task InitTransactionsAsync(CancellationToken cancellation = default) => Transactions().InitAsync(cancellation);

    /// <summary>Begins a transaction. Records published until its end are part of it.</summary>
    /// <exception cref="ProducerFencedException">Another producer has taken over the transactional id.</exception>
    /// <exception cref="FatalProducerException">The producer has failed.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is no <c>transactional.id</c>, <see cref="InitTransactionsAsync"/> has not ended, or a transaction is under way.
    /// </exception>
    public void BeginTransaction() => Transactions().Begin();

    /// <summary>Makes consumed positions part of the transaction: they are committed with it, or not at all.</summary>
    /// <param name="offsets">The next offset to consume, for each partition.</param>
    /// <param name="group">The consumer's <see cref="KafkaConsumer{TKey, TValue}.GroupMetadata"/>.</param>
    /// <param name="cancellation">Gives up waiting; abort the transaction then.</param>
    /// <exception cref="TransactionAbortableException">
    /// The transaction cannot be committed; its cause is a <see cref="CommitFailedException"/> where the partitions have another owner.
    /// </exception>
    /// <exception cref="FatalProducerException">The producer has failed.</exception>
    /// <exception cref="KafkaTimeoutException">It did not end within <c>max.block.ms</c>; abort the transaction.</exception>
    /// <exception cref="InvalidOperationException">No transaction is under way.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task SendOffsetsToTransactionAsync(
        IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets,
        ConsumerGroupMetadata group,
        CancellationToken cancellation = default) =>
        Transactions().SendOffsetsAsync(offsets, group, cancellation);

    /// <summary>Sends what is in the buffer, waits for it, and commits the transaction.</summary>
    /// <param name="cancellation">Gives up waiting. The commit goes on; the call, made again, waits for it again.</param>
    /// <exception cref="TransactionAbortableException">A record was not written, so that the transaction is to be aborted.</exception>
    /// <exception cref="ProducerFencedException">Another producer has taken over the transactional id.</exception>
    /// <exception cref="FatalProducerException">The producer has failed.</exception>
    /// <exception cref="KafkaTimeoutException">It did not end within <c>max.block.ms</c>; the same call goes on waiting.</exception>
    /// <exception cref="InvalidOperationException">No transaction is under way.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task CommitTransactionAsync(CancellationToken cancellation = default) => Transactions().CommitAsync(cancellation);

    /// <summary>
    /// Aborts the transaction. Records of it that were not sent fail with a <see cref="TransactionAbortedException"/>; readers with
    /// <c>read_committed</c> see none of it.
    /// </summary>
    /// <param name="cancellation">Gives up waiting. The abort goes on; the call, made again, waits for it again.</param>
    /// <exception cref="ProducerFencedException">Another producer has taken over the transactional id.</exception>
    /// <exception cref="FatalProducerException">The producer has failed.</exception>
    /// <exception cref="KafkaTimeoutException">It did not end within <c>max.block.ms</c>; the same call goes on waiting.</exception>
    /// <exception cref="InvalidOperationException">No transaction is under way.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task AbortTransactionAsync(CancellationToken cancellation = default) => Transactions().AbortAsync(cancellation);

    /// <summary>How many partitions a topic has.</summary>
    /// <exception cref="KafkaTimeoutException">No broker knew the topic within <c>max.block.ms</c>.</exception>
    /// <exception cref="KafkaException">A broker says why there will be no such topic, such as for its name.</exception>
    public async Task<int> PartitionCountAsync(string topic) => (await TopicAsync(topic)).Partitions.Length;

    /// <summary>
    /// Sends what is in the buffer, waits for it at most as long as <c>delivery.timeout.ms</c> allows, and closes. A transaction that is
    /// under way is aborted.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _network.Loop.Execute(_sender.StopLingering);
        if (_sender.Transactions is { } transactions)
        {
            await transactions.CloseAsync();
        }

        await FlushAsync();
        await _network.Loop.InvokeAsync(() =>
        {
            _sender.Abort(new ClientClosedException());
            _cluster.Close();
            return Task.CompletedTask;
        });
        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }
    }

    private ProducerTransactions Transactions()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return _sender.Transactions ?? throw new InvalidOperationException(
            "Cannot use transactional methods without enabling transactions by setting the transactional.id configuration property");
    }

    /// <summary>Within a span that ends with the record's delivery, and whose context the record carries.</summary>
    private async ValueTask<RecordMetadata> ProduceTracedAsync(ProducerRecord<TKey, TValue> record, CancellationToken cancellation)
    {
        var activity = ProducerTelemetry.Begin(record, _config.ClientId);
        try
        {
            var written = await ProduceUntracedAsync(ProducerTelemetry.Carry(record, activity), cancellation);
            ProducerTelemetry.End(activity, written);
            return written;
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            ProducerTelemetry.Fail(activity, failure);
            throw;
        }
    }

    private async ValueTask SendTracedAsync(
        ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler, long tag, CancellationToken cancellation)
    {
        var activity = ProducerTelemetry.Begin(record, _config.ClientId);
        try
        {
            var delivery = activity is null ? handler : new TracedDelivery(activity, handler);
            await SendUntracedAsync(ProducerTelemetry.Carry(record, activity), delivery, tag, cancellation);
        }
        catch (Exception failure) when (failure is not InvariantViolatedException)
        {
            ProducerTelemetry.Fail(activity, failure);
            throw;
        }
    }

    private async ValueTask<RecordMetadata> PlaceAndAwaitAsync(ProducerRecord<TKey, TValue> record, CancellationToken cancellation)
    {
        var placed = await PlaceAsync(record, null, 0, cancellation);
        return await new ValueTask<RecordMetadata>(placed.Batch!, (short)placed.Index);
    }

    private async ValueTask<RecordMetadata> ProduceInterceptedAsync(
        ProducerInterceptors<TKey, TValue> interceptors, ProducerRecord<TKey, TValue> record, CancellationToken cancellation)
    {
        var placed = await PlaceInterceptedAsync(interceptors, record, null, 0, cancellation);
        return await new ValueTask<RecordMetadata>(placed.Batch!, (short)placed.Index);
    }

    /// <summary>Hands a record to the interceptors first, and tells them also where it never gets into the buffer.</summary>
    private async Task<AppendResult> PlaceInterceptedAsync(
        ProducerInterceptors<TKey, TValue> interceptors,
        ProducerRecord<TKey, TValue> record,
        IDeliveryHandler? handler,
        long tag,
        CancellationToken cancellation)
    {
        record = interceptors.OnSend(record);
        var delivery = interceptors.Tell(record, handler);
        try
        {
            var placed = TryPlace(record, 0, delivery, tag, out _);
            return placed.Batch is not null ? placed : await PlaceAsync(record, delivery, tag, cancellation);
        }
        catch (Exception refused) when (refused is not InvariantViolatedException)
        {
            interceptors.OnAcknowledgement(new RecordMetadata(record.Topic, record.Partition ?? -1, -1, -1), refused);
            throw;
        }
    }

    /// <summary>The slow way into the buffer: over metadata that must be fetched and memory that must come free.</summary>
    private async Task<AppendResult> PlaceAsync(
        ProducerRecord<TKey, TValue> record, IDeliveryHandler? handler, long tag, CancellationToken cancellation)
    {
        var startMs = _time.MonotonicMs();
        await TopicAsync(record.Topic).WaitAsync(cancellation);
        var memory = 0;
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var placed = TryPlace(record, memory, handler, tag, out var needed);
                if (placed.Batch is not null)
                {
                    memory = placed.IsNewBatch ? 0 : memory;
                    return placed;
                }

                var left = _config.MaxBlock - TimeSpan.FromMilliseconds(_time.MonotonicMs() - startMs);
                await _accumulator.Memory.TakeAsync(needed, left > TimeSpan.Zero ? left : TimeSpan.Zero, _config.MaxBlock, cancellation);
                memory = needed;
            }
        }
        finally
        {
            if (memory > 0)
            {
                _accumulator.Memory.Return(memory);
            }
        }
    }

    /// <summary>
    /// Serializes a record, chooses its partition and appends it. Without a batch in the result something is missing first: the topic's
    /// metadata, or <paramref name="needed"/> bytes of memory, which the caller takes and hands in as <paramref name="memory"/>.
    /// </summary>
    private AppendResult TryPlace(
        in ProducerRecord<TKey, TValue> record, int memory, IDeliveryHandler? handler, long tag, out int needed)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        needed = 0;
        if (!_accumulator.TryGetTopic(record.Topic, out var topic))
        {
            return default;
        }

        var scratch = _scratch.Take();
        try
        {
            var key = Serialize(_keySerializer, _keyMemory, record.Key, scratch, out var keyStart);
            var value = Serialize(_valueSerializer, _valueMemory, record.Value, scratch, out var valueStart);
            var pending = new PendingRecord
            {
                // The scratch may have grown, and moved, while the value was written: slice it only now.
                Key = keyStart < 0 ? key : new NullableBytes(scratch.Slice(keyStart, key.Length)),
                Value = valueStart < 0 ? value : new NullableBytes(scratch.Slice(valueStart, value.Length)),
                Headers = Headers(record.Headers),
                TimestampMs = record.TimestampMs ?? _time.UnixMs(),
                Handler = handler,
                IsAwaited = handler is null || _interceptors is not null,
                Tag = tag,
            };
            return _placer.Append(topic, record.Partition, pending, memory, out needed);
        }
        finally
        {
            _scratch.Return(scratch);
        }
    }

    private static NullableBytes Serialize<T>(
        ISerializer<T> serializer, IMemorySerializer<T>? memory, T value, ScratchBuffer scratch, out int start)
    {
        start = -1;
        if (memory is not null)
        {
            var span = memory.AsSpan(value, out var isNull);
            return isNull ? NullableBytes.Null : new NullableBytes(span);
        }

        var before = scratch.Length;
        if (!serializer.Serialize(value, scratch))
        {
            return NullableBytes.Null;
        }

        start = before;
        return new NullableBytes(scratch.Slice(before, scratch.Length - before));
    }

    private static ReadOnlySpan<RecordHeader> Headers(IReadOnlyList<RecordHeader>? headers) =>
        headers switch
        {
            null => default,
            RecordHeader[] array => array,
            _ => headers.ToArray(),
        };

    /// <summary>What is known of a topic, fetched where it is not.</summary>
    /// <exception cref="KafkaException">As of <see cref="PartitionCountAsync"/>.</exception>
    internal ValueTask<TopicMetadata> FindTopicAsync(string topic) =>
        _cluster.Metadata.Topic(topic) is { Error: ErrorCode.None, Partitions.Length: > 0 } known && _accumulator.TryGetTopic(topic, out _)
            ? new(known)
            : new(TopicAsync(topic));

    /// <summary>Fetches metadata of the topics in use.</summary>
    /// <exception cref="KafkaException">No broker could be asked.</exception>
    internal Task RefreshMetadataAsync() => _network.Loop.InvokeAsync(_cluster.RefreshAsync);

    private async Task<TopicMetadata> TopicAsync(string topic)
    {
        var metadata = await _network.Loop.InvokeAsync(() => _cluster.TopicAsync(topic, _config.MaxBlock));
        _accumulator.AddTopic(metadata);
        return metadata;
    }

    /// <summary>Topics that get no records need no metadata; the sender asks for it again with the next one. On the loop.</summary>
    private void ForgetIdleTopics()
    {
        var nowMs = _time.MonotonicMs();
        List<string> idle = [];
        foreach (var topic in _accumulator.Topics)
        {
            if (topic.TakeUse())
            {
                topic.LastUsedMs = nowMs;
            }
            else if (nowMs - topic.LastUsedMs >= _config.MetadataMaxIdle.TotalMilliseconds)
            {
                idle.Add(topic.Name);
            }
        }

        if (idle.Count > 0)
        {
            _cluster.Unfollow(idle);
        }
    }

    private void OnMetadataChanged()
    {
        foreach (var topic in _accumulator.Topics)
        {
            if (_cluster.Metadata.Topic(topic.Name) is { Error: ErrorCode.None } metadata)
            {
                topic.Update(metadata);
            }
        }

        _sender.Wake();
    }
}
