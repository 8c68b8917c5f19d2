using ClassicBroker.Client.Configuration;
using ClassicBroker.Records;

namespace ClassicBroker.Client;

/// <summary>
/// Configures a <see cref="KafkaProducer{TKey, TValue}"/>; defaults are those of the Java producer of Kafka 3.9. Immutable.
/// </summary>
public sealed record ProducerConfig : ClientConfig
{
    /// <summary>Most requests one connection may have open while a producer keeps its records in order.</summary>
    internal const int MaxInFlightForIdempotence = 5;

    /// <summary>Who must have a record before it counts as written, <c>acks</c>.</summary>
    public Acks Acks { get; init; } = Acks.All;

    /// <summary>Bytes that batches grow to, per partition, <c>batch.size</c>.</summary>
    public int BatchSize { get; init; } = 16384;

    /// <summary>How long a batch waits to be filled, <c>linger.ms</c>.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.Zero;

    /// <summary>Bytes of memory for records not yet acknowledged, <c>buffer.memory</c>.</summary>
    public long BufferMemory { get; init; } = 33554432;

    /// <summary>How long a call may wait for metadata and room in the buffer, <c>max.block.ms</c>.</summary>
    public TimeSpan MaxBlock { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of the largest request, and so of the largest record, <c>max.request.size</c>.</summary>
    public int MaxRequestSize { get; init; } = 1048576;

    /// <summary>How often a batch is sent again, <c>retries</c>.</summary>
    public int Retries { get; init; } = int.MaxValue;

    /// <summary>When a record that is still unacknowledged has failed, <c>delivery.timeout.ms</c>.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Requests a broker may owe an answer to, <c>max.in.flight.requests.per.connection</c>.</summary>
    public int MaxInFlight { get; init; } = 5;

    /// <summary>Whether each record is written once and in order in spite of retries, <c>enable.idempotence</c>.</summary>
    public bool EnableIdempotence { get; init; } = true;

    /// <summary>
    /// Names this producer across restarts and lets it write in transactions, <c>transactional.id</c>; null for none. Of producers with
    /// the same id only the last one to begin can write.
    /// </summary>
    public string? TransactionalId { get; init; }

    /// <summary>After how long the coordinator aborts a transaction that has not ended, <c>transaction.timeout.ms</c>.</summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How batches are compressed and how hard: <c>compression.type</c>, <c>compression.gzip.level</c> and its like.</summary>
    public Compression Compression { get; init; }

    /// <summary>How records without a partition are spread, <c>partitioner.class</c>.</summary>
    public PartitionerKind Partitioner { get; init; }

    /// <summary>Whether keys do not decide the partition, <c>partitioner.ignore.keys</c>.</summary>
    public bool PartitionerIgnoreKeys { get; init; }

    /// <summary>
    /// Whether records without a key favour partitions that answer quickly, <c>partitioner.adaptive.partitioning.enable</c>.
    /// </summary>
    public bool AdaptivePartitioning { get; init; } = true;

    /// <summary>
    /// After how long a broker that takes no batches gets no more records without a key, <c>partitioner.availability.timeout.ms</c>; zero
    /// for never. Without effect unless <see cref="AdaptivePartitioning"/> is on.
    /// </summary>
    public TimeSpan PartitionerAvailabilityTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>Chooses partitions in place of <see cref="Partitioner"/>; null for that one.</summary>
    public IPartitioner? CustomPartitioner { get; init; }

    /// <summary>
    /// When metadata of a topic that gets no records is no longer kept up to date, <c>metadata.max.idle.ms</c>.
    /// </summary>
    public TimeSpan MetadataMaxIdle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Acknowledged by every in-sync replica, each record once and in order, for as long as it takes.</summary>
    public static ProducerConfig ForReliability(string bootstrapServers) => new() { BootstrapServers = bootstrapServers };

    /// <summary>Large compressed batches that wait a little to be filled.</summary>
    public static ProducerConfig ForHighThroughput(string bootstrapServers) => new()
    {
        BootstrapServers = bootstrapServers,
        BatchSize = 262144,
        Linger = TimeSpan.FromMilliseconds(10),
        BufferMemory = 134217728,
        Compression = Compression.Of(CompressionCodec.Lz4),
    };

    /// <summary>Records leave at once and the leader alone acknowledges.</summary>
    public static ProducerConfig ForLowLatency(string bootstrapServers) => new()
    {
        BootstrapServers = bootstrapServers,
        Acks = Acks.Leader,
        EnableIdempotence = false,
    };

    /// <summary>Reads properties named as the Java producer names them.</summary>
    /// <exception cref="KafkaConfigException">A value is out of range, or two contradict each other.</exception>
    public static ProducerConfig FromProperties(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var reader = new ConfigReader(properties);
        reader.Accept("key.serializer", "value.serializer");
        var defaults = new ProducerConfig();
        var config = ReadCommon(reader, new ProducerConfig { ReceiveBufferBytes = 32768 }) with
        {
            Acks = reader.Choice("acks", Acks.All, ("all", Acks.All), ("-1", Acks.All), ("0", Acks.None), ("1", Acks.Leader)),
            BatchSize = reader.Int32("batch.size", defaults.BatchSize),
            Linger = reader.Milliseconds("linger.ms", 0),
            BufferMemory = reader.Int64("buffer.memory", defaults.BufferMemory),
            MaxBlock = reader.Milliseconds("max.block.ms", 60000, 0, long.MaxValue),
            MaxRequestSize = reader.Int32("max.request.size", defaults.MaxRequestSize),
            Retries = reader.Int32("retries", defaults.Retries),
            DeliveryTimeout = reader.Milliseconds("delivery.timeout.ms", 120000),
            MaxInFlight = reader.Int32("max.in.flight.requests.per.connection", defaults.MaxInFlight, 1),
            TransactionalId = reader.String("transactional.id"),
            TransactionTimeout = reader.Milliseconds("transaction.timeout.ms", 60000),
            Compression = ReadCompression(reader),
            Partitioner = ReadPartitioner(reader),
            PartitionerIgnoreKeys = reader.Boolean("partitioner.ignore.keys", false),
            AdaptivePartitioning = reader.Boolean("partitioner.adaptive.partitioning.enable", true),
            PartitionerAvailabilityTimeout = reader.Milliseconds("partitioner.availability.timeout.ms", 0, 0, long.MaxValue),
            MetadataMaxIdle = reader.Milliseconds("metadata.max.idle.ms", 300_000, 5000, long.MaxValue),
        };
        config = ReadIdempotence(reader, config);
        config.Validate(deliveryTimeoutIsSet: reader.IsSet("delivery.timeout.ms"), out config);
        return config with { UnusedKeys = reader.UnusedKeys, InertKeys = reader.InertKeys };
    }

    /// <summary>Checks what no single key can tell. A delivery timeout that was not set gives way to the others, as in Java.</summary>
    internal void Validate(bool deliveryTimeoutIsSet, out ProducerConfig valid)
    {
        valid = this;
        if (DeliveryTimeout < Linger + RequestTimeout)
        {
            if (deliveryTimeoutIsSet)
            {
                throw new KafkaConfigException("delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms");
            }

            valid = this with { DeliveryTimeout = Linger + RequestTimeout };
        }

        if (EnableIdempotence && (Acks != Acks.All || Retries == 0 || MaxInFlight > MaxInFlightForIdempotence))
        {
            throw new KafkaConfigException(
                $"enable.idempotence needs acks=all, retries above 0 and max.in.flight.requests.per.connection of at most {MaxInFlightForIdempotence}");
        }

        if (TransactionalId is { Length: 0 })
        {
            throw new KafkaConfigException("transactional.id", TransactionalId, "String must be non-empty");
        }

        if (TransactionalId is not null && !EnableIdempotence)
        {
            throw new KafkaConfigException("Cannot set a transactional.id without also enabling idempotence.");
        }
    }

    /// <summary>Idempotence is on unless it was switched off, or was not set and another setting rules it out.</summary>
    private static ProducerConfig ReadIdempotence(ConfigReader reader, ProducerConfig config)
    {
        var possible = config.Acks == Acks.All && config.Retries > 0 && config.MaxInFlight <= MaxInFlightForIdempotence;
        return config with { EnableIdempotence = reader.Boolean("enable.idempotence", possible) };
    }

    private static Compression ReadCompression(ConfigReader reader)
    {
        var codec = reader.Choice(
            "compression.type",
            CompressionCodec.None,
            ("none", CompressionCodec.None),
            ("gzip", CompressionCodec.Gzip),
            ("snappy", CompressionCodec.Snappy),
            ("lz4", CompressionCodec.Lz4),
            ("zstd", CompressionCodec.Zstd));
        var gzip = reader.Int32(
            "compression.gzip.level", Compression.GzipDefaultLevel, Compression.GzipDefaultLevel, Compression.GzipMaxLevel);
        var lz4 = reader.Int32("compression.lz4.level", Compression.Lz4DefaultLevel, Compression.Lz4MinLevel, Compression.Lz4MaxLevel);
        var zstd = reader.Int32("compression.zstd.level", Compression.ZstdDefaultLevel, Compression.ZstdMinLevel, Compression.ZstdMaxLevel);
        if (gzip == 0)
        {
            throw new KafkaConfigException("compression.gzip.level", gzip, "Value must be between 1 and 9 or equal to -1");
        }

        return codec switch
        {
            CompressionCodec.Gzip => Compression.Of(codec, gzip),
            CompressionCodec.Lz4 => Compression.Of(codec, lz4),
            CompressionCodec.Zstd => Compression.Of(codec, zstd),
            _ => Compression.Of(codec),
        };
    }

    private static PartitionerKind ReadPartitioner(ConfigReader reader) =>
        reader.Choice(
            "partitioner.class",
            PartitionerKind.Default,
            ("", PartitionerKind.Default),
            ("org.apache.kafka.clients.producer.internals.DefaultPartitioner", PartitionerKind.Default),
            ("org.apache.kafka.clients.producer.UniformStickyPartitioner", PartitionerKind.UniformSticky),
            ("org.apache.kafka.clients.producer.RoundRobinPartitioner", PartitionerKind.RoundRobin));
}
