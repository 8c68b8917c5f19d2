using System.Runtime.ExceptionServices;
using ClassicBroker.Client.Classic.Producers;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// The producer of Kafka 0.8 (<c>kafka.producer.Producer</c>): synchronous, or with a queue that a background task sends in batches.
/// Messages are written in today's format, by the requests that the brokers speak, unless acknowledgements of several replicas are asked
/// for, which only 0.8's first ones can. Safe from any thread.
/// </summary>
/// <typeparam name="TKey">What keys are.</typeparam>
/// <typeparam name="TValue">What messages are.</typeparam>
/// <example><code>
/// await using var producer = new ClassicProducer&lt;string, string&gt;(config, Serdes.String, Serdes.String);
/// await producer.SendAsync(new("orders", "42", "paid"));
/// </code></example>
public sealed class ClassicProducer<TKey, TValue> : IAsyncDisposable
{
    private readonly ClassicProducerConfig _config;
    private readonly ClientNetwork _network;
    private readonly bool _ownsNetwork;
    private readonly KafkaProducer<TKey, TValue> _plain;
    private readonly KafkaProducer<TKey, TValue>? _compressing;
    private readonly PartitionChooser _chooser;
    private readonly MessageQueue<KeyedMessage<TKey, TValue>>? _queue;
    private readonly Task _sending = Task.CompletedTask;
    private readonly ILogger _logger;
    private bool _isClosed;

    /// <summary>Starts a producer. Nothing is sent before the first message.</summary>
    /// <param name="config">What it is to do; <see cref="ClassicProducerConfig.FromProperties"/> reads 0.8's property names.</param>
    /// <param name="keySerializer">Turns keys into bytes.</param>
    /// <param name="valueSerializer">Turns messages into bytes.</param>
    /// <param name="partitioner">Chooses partitions by keys; null for that of <c>partitioner.class</c>.</param>
    /// <param name="network">A network shared with other clients; null makes one for this producer alone.</param>
    /// <param name="loggers">Where the producer logs.</param>
    /// <exception cref="KafkaConfigException">The configuration lacks what is required or contradicts itself.</exception>
    public ClassicProducer(
        ClassicProducerConfig config,
        ISerializer<TKey> keySerializer,
        ISerializer<TValue> valueSerializer,
        IMessagePartitioner? partitioner = null,
        ClientNetwork? network = null,
        ILoggerFactory? loggers = null)
    {
        config.Validate();
        _config = config;
        _logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("kafka.producer.Producer");
        _ownsNetwork = network is null;
        _network = network ?? ClientNetwork.Open(loggers);
        ClassicKeys.Log(_logger, config.UnusedKeys, config.InertKeys);
        _chooser = new PartitionChooser(
            partitioner ?? OwnPartitioner(config.Partitioner, _network.Random),
            config.TopicMetadataRefreshInterval,
            _network.Random,
            _network.Loop.Time);
        var compresses = config.CompressionCodec != CompressionCodec.None;
        _plain = NewProducer(compresses && config.CompressedTopics.Count == 0);
        _compressing = compresses && config.CompressedTopics.Count > 0 ? NewProducer(compresses: true) : null;
        if (config.ProducerType == ProducerType.Async)
        {
            _queue = new MessageQueue<KeyedMessage<TKey, TValue>>(config, _network.Loop.Time);
            _sending = _network.Loop.InvokeAsync(() => SendQueuedAsync(_queue));
        }

        KafkaProducer<TKey, TValue> NewProducer(bool compresses) =>
            new(config.Underlying(compresses), keySerializer, valueSerializer, _network, loggers);
    }

    /// <summary>
    /// Sends a message. A synchronous producer ends once the brokers that <c>request.required.acks</c> asks for have it; an asynchronous
    /// one once it is queued.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellation">
    /// Gives up waiting. Where it comes before the message was queued or is on its way, the message is not sent.
    /// </param>
    /// <exception cref="FailedToSendMessageException">Synchronous: it was not written in <c>message.send.max.retries</c> more
    /// tries.</exception>
    /// <exception cref="QueueFullException">Asynchronous: there was no room within <c>queue.enqueue.timeout.ms</c>.</exception>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public Task SendAsync(KeyedMessage<TKey, TValue> message, CancellationToken cancellation = default) =>
        SendAsync([message], cancellation);

    /// <summary>Sends messages together, as <see cref="SendAsync(KeyedMessage{TKey, TValue}, CancellationToken)"/> does one.</summary>
    /// <param name="messages">The messages; those to one partition keep their order.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <inheritdoc cref="SendAsync(KeyedMessage{TKey, TValue}, CancellationToken)" path="/exception"/>
    public async Task SendAsync(IReadOnlyList<KeyedMessage<TKey, TValue>> messages, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (_queue is null)
        {
            await DeliverAsync(messages, cancellation);
            return;
        }

        foreach (var message in messages)
        {
            await _queue.AddAsync(message, message.Topic, cancellation);
        }
    }

    /// <summary>Sends what is queued, waits for it, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _queue?.Close();
        await _sending;
        await _plain.DisposeAsync();
        if (_compressing is not null)
        {
            await _compressing.DisposeAsync();
        }

        if (_ownsNetwork)
        {
            await _network.DisposeAsync();
        }
    }

    private static IMessagePartitioner OwnPartitioner(PartitionerClass kind, IRandomSource random) => kind switch
    {
        PartitionerClass.ByteArray => MessagePartitioners.ByteArray,
        PartitionerClass.Random => new RandomPartitioner(random),
        _ => MessagePartitioners.KeyHash,
    };

    /// <summary>One batch after the other, as <c>ProducerSendThread</c>.</summary>
    private async Task SendQueuedAsync(MessageQueue<KeyedMessage<TKey, TValue>> queue)
    {
        while (await queue.TakeBatchAsync() is { } batch)
        {
            try
            {
                await DeliverAsync(batch, CancellationToken.None);
            }
            catch (Exception failure) when (failure is not InvariantViolatedException)
            {
                // What a serializer or a partitioner throws is the application's; its other messages go on.
                _logger.LogError(failure, "Error in handling batch of {Count} events", batch.Count);
            }
            finally
            {
                queue.Release(batch.Count);
            }
        }
    }

    /// <summary>Puts all into batches before any is waited for, so that they travel together.</summary>
    private async Task DeliverAsync(IReadOnlyList<KeyedMessage<TKey, TValue>> messages, CancellationToken cancellation)
    {
        var underWay = new List<(string Topic, ValueTask<RecordMetadata> Delivery)>(messages.Count);
        Exception? refused = null;
        KafkaException? first = null;
        var failed = 0;
        foreach (var message in messages)
        {
            try
            {
                underWay.Add((message.Topic, await PlaceAsync(message, cancellation)));
            }
            catch (KafkaException failure)
            {
                first ??= failure;
                failed++;
            }
            catch (Exception failure) when (failure is not InvariantViolatedException)
            {
                refused ??= failure;
                if (failure is OperationCanceledException)
                {
                    break;
                }
            }
        }

        foreach (var (topic, delivery) in underWay)
        {
            try
            {
                await delivery;
            }
            catch (KafkaException failure)
            {
                _chooser.Forget(topic);
                first ??= failure;
                failed++;
            }
        }

        if (refused is not null)
        {
            ExceptionDispatchInfo.Throw(refused);
        }

        if (first is not null)
        {
            throw new FailedToSendMessageException(failed, _config.MessageSendMaxRetries + 1, first);
        }
    }

    /// <summary>The record's delivery, under way. Not awaited here, which would wait for its acknowledgement.</summary>
    private async Task<ValueTask<RecordMetadata>> PlaceAsync(KeyedMessage<TKey, TValue> message, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var producer = _compressing is not null && _config.CompressedTopics.Contains(message.Topic) ? _compressing : _plain;
        if (_config.TopicMetadataRefreshInterval == TimeSpan.Zero)
        {
            await producer.RefreshMetadataAsync();
        }

        var topic = await producer.FindTopicAsync(message.Topic);
        var partition = _chooser.Choose(topic, message.PartitionKey ?? message.Key);
        return producer.ProduceAsync(
            new ProducerRecord<TKey, TValue>(message.Topic, message.Key, message.Message) { Partition = partition }, cancellation);
    }
}
