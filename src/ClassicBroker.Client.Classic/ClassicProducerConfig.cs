using ClassicBroker.Client.Configuration;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// Configures a <see cref="ClassicProducer{TKey, TValue}"/> under the names and defaults of Kafka 0.8's
/// <c>kafka.producer.ProducerConfig</c>. Immutable.
/// </summary>
public sealed record ClassicProducerConfig
{
    /// <summary>Brokers to learn the cluster from, <c>metadata.broker.list</c>: <c>host1:port1,host2:port2</c>.</summary>
    public string MetadataBrokerList { get; init; } = "";

    /// <summary>When a send ends, <c>producer.type</c>.</summary>
    public ProducerType ProducerType { get; init; }

    /// <summary>
    /// How many replicas must have a message, <c>request.required.acks</c>: 0 for none, 1 for the leader, -1 for all in sync. Kafka
    /// from 0.9 on refuses other numbers with <see cref="ErrorCode.InvalidRequiredAcks"/>, from 4.0 on with
    /// <see cref="ErrorCode.UnsupportedVersion"/>.
    /// </summary>
    public short RequestRequiredAcks { get; init; }

    /// <summary>How long brokers may take for that, <c>request.timeout.ms</c>.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>SO_SNDBUF in bytes, <c>send.buffer.bytes</c>.</summary>
    public int SendBufferBytes { get; init; } = 102400;

    /// <summary>Names this client in brokers' logs and quotas, <c>client.id</c>.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>How messages are compressed, <c>compression.codec</c>.</summary>
    public CompressionCodec CompressionCodec { get; init; }

    /// <summary>The topics whose messages are compressed, <c>compressed.topics</c>; none for all.</summary>
    public IReadOnlyList<string> CompressedTopics { get; init; } = [];

    /// <summary>How keys choose partitions, <c>partitioner.class</c>.</summary>
    public PartitionerClass Partitioner { get; init; }

    /// <summary>How often a message is sent again, <c>message.send.max.retries</c>.</summary>
    public int MessageSendMaxRetries { get; init; } = 3;

    /// <summary>The pause before that, <c>retry.backoff.ms</c>.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// When metadata is fetched again, and messages without a key move on to another partition, <c>topic.metadata.refresh.interval.ms</c>.
    /// Zero is with each send, a negative time on failures only.
    /// </summary>
    public TimeSpan TopicMetadataRefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an asynchronous message waits for others, <c>queue.buffering.max.ms</c>.</summary>
    public TimeSpan QueueBufferingMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many may wait, <c>queue.buffering.max.messages</c>.</summary>
    public int QueueBufferingMaxMessages { get; init; } = 10000;

    /// <summary>
    /// How long a send waits for room among them before the message is dropped, <c>queue.enqueue.timeout.ms</c>; null: without end.
    /// </summary>
    public TimeSpan? QueueEnqueueTimeout { get; init; }

    /// <summary>Messages of an asynchronous batch, <c>batch.num.messages</c>.</summary>
    public int BatchNumMessages { get; init; } = 200;

    /// <summary>Keys that were given and mean nothing, sorted. The producer logs them.</summary>
    public IReadOnlyList<string> UnusedKeys { get; init; } = [];

    /// <summary>Keys that were given, are known, and have no effect, sorted. The producer logs them.</summary>
    public IReadOnlyList<string> InertKeys { get; init; } = [];

    /// <summary>Reads properties named as Kafka 0.8 names them.</summary>
    /// <exception cref="KafkaConfigException">A value is missing or out of range, or two contradict each other.</exception>
    public static ClassicProducerConfig FromProperties(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var reader = new ConfigReader(properties);

        // Serializers are objects here, given to the producer.
        reader.Accept("serializer.class", "key.serializer.class");
        var defaults = new ClassicProducerConfig();
        var config = ReadAsync(reader, defaults) with
        {
            MetadataBrokerList = reader.String("metadata.broker.list", ""),
            ProducerType = reader.Choice("producer.type", ProducerType.Sync, ("sync", ProducerType.Sync), ("async", ProducerType.Async)),
            RequestRequiredAcks = (short)reader.Int64("request.required.acks", 0, -1, short.MaxValue),
            RequestTimeout = reader.Milliseconds("request.timeout.ms", 10_000, 1),
            SendBufferBytes = reader.Int32("send.buffer.bytes", defaults.SendBufferBytes, -1),
            ClientId = reader.String("client.id", ""),
            CompressionCodec = ReadCodec(reader),
            CompressedTopics = JavaText.SplitList(reader.String("compressed.topics", "")),
            Partitioner = reader.Choice(
                "partitioner.class",
                PartitionerClass.KeyHash,
                ("kafka.producer.DefaultPartitioner", PartitionerClass.KeyHash),
                ("kafka.producer.ByteArrayPartitioner", PartitionerClass.ByteArray),
                ("random", PartitionerClass.Random)),
            MessageSendMaxRetries = reader.Int32("message.send.max.retries", defaults.MessageSendMaxRetries),
            RetryBackoff = reader.Milliseconds("retry.backoff.ms", 100),
            TopicMetadataRefreshInterval = reader.Milliseconds("topic.metadata.refresh.interval.ms", 600_000, int.MinValue),
        };
        config.Validate();
        return config with { UnusedKeys = reader.UnusedKeys, InertKeys = reader.InertKeys };
    }

    /// <summary>Checks what no single key can tell.</summary>
    internal void Validate()
    {
        if (MetadataBrokerList.Length == 0)
        {
            throw new KafkaConfigException("metadata.broker.list", null, "it is required: brokers tell of topics and leaders");
        }

        ClassicNames.Require("client.id", ClientId);
        if (BatchNumMessages > QueueBufferingMaxMessages)
        {
            throw new KafkaConfigException(
                $"Batch size = {BatchNumMessages} can't be larger than queue size = {QueueBufferingMaxMessages}");
        }
    }

    /// <summary>The producer that sends, with or without compression.</summary>
    internal ProducerConfig Underlying(bool compresses)
    {
        var tries = MessageSendMaxRetries + 1;
        return new ProducerConfig
        {
            BootstrapServers = MetadataBrokerList,
            ClientId = ClientId,
            Acks = (Acks)RequestRequiredAcks,
            EnableIdempotence = false,
            MaxInFlight = 1,
            Retries = MessageSendMaxRetries,
            RetryBackoff = RetryBackoff,
            RetryBackoffMax = RetryBackoff,
            RequestTimeout = RequestTimeout,
            DeliveryTimeout = (RequestTimeout + RetryBackoff) * tries,
            MaxBlock = (RequestTimeout + RetryBackoff) * tries,
            MetadataMaxAge = TopicMetadataRefreshInterval > TimeSpan.Zero
                ? TopicMetadataRefreshInterval
                : TimeSpan.FromMilliseconds(int.MaxValue),
            SendBufferBytes = SendBufferBytes,
            BatchSize = 65536,
            BufferMemory = 128 * 1024 * 1024,
            MaxRequestSize = 100 * 1024 * 1024,
            Compression = Compression.Of(compresses ? CompressionCodec : CompressionCodec.None),
        };
    }

    private static ClassicProducerConfig ReadAsync(ConfigReader reader, ClassicProducerConfig defaults) => defaults with
    {
        QueueBufferingMax = reader.Milliseconds("queue.buffering.max.ms", 5000),
        QueueBufferingMaxMessages = reader.Int32("queue.buffering.max.messages", defaults.QueueBufferingMaxMessages, 1),
        QueueEnqueueTimeout = reader.Int64("queue.enqueue.timeout.ms", -1, int.MinValue, int.MaxValue) is >= 0 and var ms
            ? TimeSpan.FromMilliseconds(ms)
            : null,
        BatchNumMessages = reader.Int32("batch.num.messages", defaults.BatchNumMessages, 1),
    };

    private static CompressionCodec ReadCodec(ConfigReader reader) => reader.Choice(
        "compression.codec",
        CompressionCodec.None,
        ("none", CompressionCodec.None),
        ("gzip", CompressionCodec.Gzip),
        ("snappy", CompressionCodec.Snappy),
        ("lz4", CompressionCodec.Lz4),
        ("0", CompressionCodec.None),
        ("1", CompressionCodec.Gzip),
        ("2", CompressionCodec.Snappy),
        ("3", CompressionCodec.Lz4));
}
