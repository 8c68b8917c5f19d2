using ClassicBroker.Client.Configuration;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Client.Classic;

/// <summary>
/// Configures a <see cref="ZooKeeperConsumer{TKey, TValue}"/> under the names and defaults of Kafka 0.8's
/// <c>kafka.consumer.ConsumerConfig</c>. Immutable.
/// </summary>
public sealed record ZooKeeperConsumerConfig
{
    private const int SessionTimeoutMsDefault = 6000;

    /// <summary>The ensemble, <c>zookeeper.connect</c>: <c>host:port,host:port/chroot</c>.</summary>
    public string ZooKeeperConnect { get; init; } = "";

    /// <summary>The group, <c>group.id</c>.</summary>
    public string GroupId { get; init; } = "";

    /// <summary>
    /// After how long ZooKeeper takes a silent member for dead, <c>zookeeper.session.timeout.ms</c>. The ensemble bounds it from below with
    /// two of its ticks.
    /// </summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMilliseconds(SessionTimeoutMsDefault);

    /// <summary>How long the first connection to ZooKeeper may take, <c>zookeeper.connection.timeout.ms</c>; null for the session
    /// timeout.</summary>
    public TimeSpan? ConnectionTimeout { get; init; }

    /// <summary>How far a server of the ensemble may be behind its leader, <c>zookeeper.sync.time.ms</c>.</summary>
    public TimeSpan SyncTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Names the member within the group, <c>consumer.id</c>; null for host, time and a random number.</summary>
    public string? ConsumerId { get; init; }

    /// <summary>Names the member in brokers' logs and quotas, <c>client.id</c>; null for the group.</summary>
    public string? ClientId { get; init; }

    /// <summary>How long a broker's response may take, <c>socket.timeout.ms</c>.</summary>
    public TimeSpan SocketTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>SO_RCVBUF in bytes, <c>socket.receive.buffer.bytes</c>.</summary>
    public int SocketReceiveBufferBytes { get; init; } = 65536;

    /// <summary>Most bytes of one partition in a response, <c>fetch.message.max.bytes</c>. A larger message is delivered all the
    /// same.</summary>
    public int FetchMessageMaxBytes { get; init; } = 1048576;

    /// <summary>Connections to each broker that fetch, <c>num.consumer.fetchers</c>.</summary>
    public int NumConsumerFetchers { get; init; } = 1;

    /// <summary>Whether offsets are committed in the background, <c>auto.commit.enable</c>.</summary>
    public bool AutoCommitEnable { get; init; } = true;

    /// <summary>How often, <c>auto.commit.interval.ms</c>.</summary>
    public TimeSpan AutoCommitInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Fetched chunks that may wait in a stream, <c>queued.max.message.chunks</c>.</summary>
    public int QueuedMaxMessageChunks { get; init; } = 2;

    /// <summary>Attempts at a rebalance before it has failed, <c>rebalance.max.retries</c>.</summary>
    public int RebalanceMaxRetries { get; init; } = 4;

    /// <summary>The pause between them, <c>rebalance.backoff.ms</c>; null for <see cref="SyncTime"/>.</summary>
    public TimeSpan? RebalanceBackoff { get; init; }

    /// <summary>Bytes a broker waits for before it answers, <c>fetch.min.bytes</c>.</summary>
    public int FetchMinBytes { get; init; } = 1;

    /// <summary>How long it waits for them, <c>fetch.wait.max.ms</c>.</summary>
    public TimeSpan FetchWaitMax { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The pause before the leader of a partition is looked for again, <c>refresh.leader.backoff.ms</c>.</summary>
    public TimeSpan RefreshLeaderBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Where to begin where the group has no valid offset, <c>auto.offset.reset</c>: <c>smallest</c> or <c>largest</c>.</summary>
    public AutoOffsetReset AutoOffsetReset { get; init; } = AutoOffsetReset.Latest;

    /// <summary>
    /// How long a stream waits for a message before it throws a <see cref="ConsumerTimeoutException"/>, <c>consumer.timeout.ms</c>;
    /// null: it waits without end.
    /// </summary>
    public TimeSpan? ConsumerTimeout { get; init; }

    /// <summary>Whether filters leave out topics of the brokers' own, <c>exclude.internal.topics</c>.</summary>
    public bool ExcludeInternalTopics { get; init; } = true;

    /// <summary>How the group shares its partitions out, <c>partition.assignment.strategy</c>.</summary>
    public StreamAssignment PartitionAssignmentStrategy { get; init; }

    /// <summary>Where offsets are kept, <c>offsets.storage</c>.</summary>
    public OffsetsStorage OffsetsStorage { get; init; }

    /// <summary>
    /// Whether offsets kept in Kafka are written to ZooKeeper too, and the larger of both counts, <c>dual.commit.enabled</c>; null for yes
    /// where they are kept in Kafka. It moves a group from one to the other member by member.
    /// </summary>
    public bool? DualCommitEnabled { get; init; }

    /// <summary>The pause before a request to the coordinator is sent again, <c>offsets.channel.backoff.ms</c>.</summary>
    public TimeSpan OffsetsChannelBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the coordinator may take, <c>offsets.channel.socket.timeout.ms</c>.</summary>
    public TimeSpan OffsetsChannelSocketTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the last commit of a member that closes is tried again, <c>offsets.commit.max.retries</c>.</summary>
    public int OffsetsCommitMaxRetries { get; init; } = 5;

    /// <summary>Keys that were given and mean nothing, sorted. The consumer logs them.</summary>
    public IReadOnlyList<string> UnusedKeys { get; init; } = [];

    /// <summary>Keys that were given, are known, and have no effect, sorted. The consumer logs them.</summary>
    public IReadOnlyList<string> InertKeys { get; init; } = [];

    internal bool CommitsToZooKeeper => OffsetsStorage == OffsetsStorage.ZooKeeper || (DualCommitEnabled ?? true);

    internal bool CommitsToKafka => OffsetsStorage == OffsetsStorage.Kafka;

    internal TimeSpan RebalancePause => RebalanceBackoff ?? SyncTime;

    /// <summary>Reads properties named as Kafka 0.8 names them.</summary>
    /// <exception cref="KafkaConfigException">A value is missing or out of range, or two contradict each other.</exception>
    public static ZooKeeperConsumerConfig FromProperties(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var reader = new ConfigReader(properties);

        // Constants that 0.8 kept from 0.7 and read nowhere.
        reader.Accept("mirror.topics.whitelist", "mirror.topics.blacklist", "mirror.consumer.numthreads");
        var config = ReadConnections(reader, ReadOffsets(reader, new ZooKeeperConsumerConfig()));
        config = config with
        {
            GroupId = reader.String("group.id", ""),
            ConsumerId = reader.String("consumer.id"),
            ClientId = reader.String("client.id"),
            FetchMessageMaxBytes = reader.Int32("fetch.message.max.bytes", config.FetchMessageMaxBytes),
            NumConsumerFetchers = reader.Int32("num.consumer.fetchers", config.NumConsumerFetchers, 1),
            QueuedMaxMessageChunks = reader.Int32("queued.max.message.chunks", config.QueuedMaxMessageChunks, 1),
            RebalanceMaxRetries = reader.Int32("rebalance.max.retries", config.RebalanceMaxRetries, 1),
            RebalanceBackoff = OptionalMs(reader, "rebalance.backoff.ms", 0),
            FetchMinBytes = reader.Int32("fetch.min.bytes", config.FetchMinBytes),
            FetchWaitMax = reader.Milliseconds("fetch.wait.max.ms", 100),
            RefreshLeaderBackoff = reader.Milliseconds("refresh.leader.backoff.ms", 200),
            ConsumerTimeout = OptionalMs(reader, "consumer.timeout.ms", -1),
            ExcludeInternalTopics = reader.Boolean("exclude.internal.topics", true),
            PartitionAssignmentStrategy = reader.Choice(
                "partition.assignment.strategy",
                StreamAssignment.Range,
                ("range", StreamAssignment.Range),
                ("roundrobin", StreamAssignment.RoundRobin)),
        };
        config.Validate();
        return config with { UnusedKeys = reader.UnusedKeys, InertKeys = reader.InertKeys };
    }

    /// <summary>Checks what no single key can tell.</summary>
    internal ZooKeeperConnectString Validate()
    {
        if (GroupId.Length == 0)
        {
            throw new KafkaConfigException("group.id", null, "it is required: the group's members, owners and offsets lie below its name");
        }

        ClassicNames.Require("group.id", GroupId);
        ClassicNames.Require("client.id", ClientId ?? "");
        ClassicNames.Require("consumer.id", ConsumerId ?? "");
        if (AutoOffsetReset == AutoOffsetReset.None)
        {
            throw new KafkaConfigException("auto.offset.reset", "none", "Valid values are smallest and largest");
        }

        if (SocketTimeout < FetchWaitMax)
        {
            throw new KafkaConfigException(
                "socket.timeout.ms should always be at least fetch.wait.max.ms to prevent unnecessary socket timeouts");
        }

        if (ZooKeeperConnect.Length == 0)
        {
            throw new KafkaConfigException("zookeeper.connect", null, "it is required: the group lives in ZooKeeper");
        }

        try
        {
            return ZooKeeperConnectString.Parse(ZooKeeperConnect);
        }
        catch (FormatException malformed)
        {
            throw new KafkaConfigException("zookeeper.connect", ZooKeeperConnect, malformed.Message);
        }
    }

    private static ZooKeeperConsumerConfig ReadConnections(ConfigReader reader, ZooKeeperConsumerConfig defaults) => defaults with
    {
        ZooKeeperConnect = reader.String("zookeeper.connect", ""),
        SessionTimeout = reader.Milliseconds("zookeeper.session.timeout.ms", SessionTimeoutMsDefault, 1),
        ConnectionTimeout = OptionalMs(reader, "zookeeper.connection.timeout.ms", 0),
        SyncTime = reader.Milliseconds("zookeeper.sync.time.ms", 2000),
        SocketTimeout = reader.Milliseconds("socket.timeout.ms", 30_000),
        SocketReceiveBufferBytes = reader.Int32("socket.receive.buffer.bytes", defaults.SocketReceiveBufferBytes, -1),
    };

    private static ZooKeeperConsumerConfig ReadOffsets(ConfigReader reader, ZooKeeperConsumerConfig defaults) => defaults with
    {
        AutoCommitEnable = reader.Boolean("auto.commit.enable", true),
        AutoCommitInterval = reader.Milliseconds("auto.commit.interval.ms", 60_000, 1),
        AutoOffsetReset = reader.Choice(
            "auto.offset.reset",
            AutoOffsetReset.Latest,
            ("smallest", AutoOffsetReset.Earliest),
            ("largest", AutoOffsetReset.Latest)),
        OffsetsStorage = reader.Choice(
            "offsets.storage",
            OffsetsStorage.ZooKeeper,
            ("zookeeper", OffsetsStorage.ZooKeeper),
            ("kafka", OffsetsStorage.Kafka)),
        DualCommitEnabled = reader.IsSet("dual.commit.enabled") ? reader.Boolean("dual.commit.enabled", true) : null,
        OffsetsChannelBackoff = reader.Milliseconds("offsets.channel.backoff.ms", 1000),
        OffsetsChannelSocketTimeout = reader.Milliseconds("offsets.channel.socket.timeout.ms", 10_000),
        OffsetsCommitMaxRetries = reader.Int32("offsets.commit.max.retries", defaults.OffsetsCommitMaxRetries),
    };

    private static TimeSpan? OptionalMs(ConfigReader reader, string key, long min) =>
        reader.Int64(key, -1, min) is >= 0 and var ms ? TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue)) : null;
}
