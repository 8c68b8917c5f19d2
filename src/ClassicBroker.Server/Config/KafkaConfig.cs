using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config.Providers;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Config;

/// <summary>
/// The broker's configuration, typed and checked: built once from the file and its overrides, and again whenever a dynamic value changes.
/// Immutable; any thread may read.
/// </summary>
public sealed partial class KafkaConfig
{
    private const long Unlimited = -1;

    private readonly SortedDictionary<string, ConfigValues> _byListener = new(StringComparer.Ordinal);

    private KafkaConfig(IReadOnlyDictionary<string, string> originals, ConfigValues values, string canonicalHostName)
    {
        Originals = originals;
        Values = values;
        Listeners = BrokerListeners.From(originals, values, canonicalHostName);
        foreach (var name in Listeners.Bound.Select(endpoint => endpoint.ListenerName))
        {
            _byListener[name] = Prefixed(BrokerConfigDefinition.PrefixOf(name), values);
        }

        BrokerId = values.Int("broker.id");
        InterBrokerProtocolVersion = MetadataVersions.TryParse(values.String("inter.broker.protocol.version"), out var version)
            ? version
            : MetadataVersions.Latest;
        LogDirs = [.. JavaText.SplitList(values.StringOrNull("log.dirs") ?? values.String("log.dir")).Where(dir => dir.Length > 0)];
        LogRetentionMs = RetentionMs(values);
        LogRollMs = values.LongOrNull("log.roll.ms")
            ?? TimeSpan.FromHours(values.Int("log.roll.hours")).Ticks / TimeSpan.TicksPerMillisecond;
        LogRollJitterMs = values.LongOrNull("log.roll.jitter.ms")
            ?? TimeSpan.FromHours(values.Int("log.roll.jitter.hours")).Ticks / TimeSpan.TicksPerMillisecond;
        LogFlushIntervalMs = values.LongOrNull("log.flush.interval.ms") ?? values.Long("log.flush.scheduler.interval.ms");
        TimestampBeforeMaxMs = TopicConfigDefinition.TimestampBound(values, "log.message.timestamp.before.max.ms");
        TimestampAfterMaxMs = TopicConfigDefinition.TimestampBound(values, "log.message.timestamp.after.max.ms");
        KafkaConfigRules.Check(this);
    }

    /// <summary>Every property as written, file and overrides merged, unknown keys included.</summary>
    public IReadOnlyDictionary<string, string> Originals { get; }

    /// <summary>Every known key, parsed: what the properties read, and what deals in keys by name.</summary>
    public ConfigValues Values { get; }

    public BrokerListeners Listeners { get; }

    /// <summary>-1 asks for an id from ZooKeeper's sequence.</summary>
    public int BrokerId { get; }

    public bool BrokerIdGenerationEnable => Values.Bool("broker.id.generation.enable");

    public int ReservedBrokerMaxId => Values.Int("reserved.broker.max.id");

    public string? Rack => Values.StringOrNull("broker.rack");

    public MetadataVersion InterBrokerProtocolVersion { get; }

    public string ZooKeeperConnect => Values.String("zookeeper.connect");

    public int ZooKeeperSessionTimeoutMs => Values.Int("zookeeper.session.timeout.ms");

    public int ZooKeeperConnectionTimeoutMs => Values.IntOrNull("zookeeper.connection.timeout.ms") ?? ZooKeeperSessionTimeoutMs;

    public IReadOnlyList<string> LogDirs { get; }

    public long LogRetentionMs { get; }

    public long LogRollMs { get; }

    public long LogRollJitterMs { get; }

    public long LogFlushIntervalMs { get; }

    public long TimestampBeforeMaxMs { get; }

    public long TimestampAfterMaxMs { get; }

    public int NumPartitions => Values.Int("num.partitions");

    public int DefaultReplicationFactor => Values.Int("default.replication.factor");

    public bool AutoCreateTopicsEnable => Values.Bool("auto.create.topics.enable");

    public bool DeleteTopicEnable => Values.Bool("delete.topic.enable");

    /// <summary>Threads that copy replicas between log directories: as many as there are of these where the key says nothing.</summary>
    public int NumReplicaAlterLogDirsThreads =>
        Values.IntOrNull("num.replica.alter.log.dirs.threads") ?? LogDirs.Count;

    public int NumRecoveryThreadsPerDataDir => Values.Int("num.recovery.threads.per.data.dir");

    public int NumNetworkThreads => Values.Int("num.network.threads");

    public int SocketRequestMaxBytes => Values.Int("socket.request.max.bytes");

    public int FetchMaxBytes => Values.Int("fetch.max.bytes");

    public int RequestTimeoutMs => Values.Int("request.timeout.ms");

    /// <summary><c>durability=fsync</c>.</summary>
    public bool SyncsBeforeAcknowledging => Values.String("durability") == "fsync";

    public long ReplicaLagTimeMaxMs => Values.Long("replica.lag.time.max.ms");

    /// <param name="properties">The file's properties with <c>--override</c>s already merged in.</param>
    /// <param name="canonicalHostName">Advertised where a listener names no host.</param>
    /// <exception cref="ConfigException">A value or a combination is wrong.</exception>
    public static KafkaConfig From(IReadOnlyDictionary<string, string> properties, string canonicalHostName)
    {
        var populated = WithBothIds(properties);
        var values = BrokerConfigDefinition.Keys.Parse(populated);
        if (!populated.ContainsKey("zookeeper.connect") && values.List("process.roles").Count == 0)
        {
            throw new ConfigException("Missing required configuration `zookeeper.connect` which has no default value.");
        }

        KafkaConfigRules.CheckMode(values);
        return new KafkaConfig(populated, values, canonicalHostName);
    }

    /// <summary>Gives <c>broker.id</c> and <c>node.id</c> the value of the other, where only that is set.</summary>
    public static IReadOnlyDictionary<string, string> WithBothIds(IReadOnlyDictionary<string, string> properties)
    {
        var missing = properties.ContainsKey("broker.id") ? "node.id" : "broker.id";
        var present = properties.ContainsKey("broker.id") ? "broker.id" : "node.id";
        return properties.ContainsKey(missing) || !properties.TryGetValue(present, out var id)
            ? properties
            : new Dictionary<string, string>(properties, StringComparer.Ordinal) { [missing] = id };
    }

    /// <summary>
    /// The values that hold for one of this broker's listeners: its own where keys with its prefix are set, else the broker's.
    /// </summary>
    public ConfigValues ValuesOf(string listener) => _byListener[listener];

    /// <summary>The values that hold for one SASL mechanism of a listener: its own, else the listener's, else the broker's.</summary>
    public ConfigValues ValuesOf(string listener, string mechanism) =>
        Prefixed(BrokerConfigDefinition.PrefixOf(listener, mechanism), ValuesOf(listener));

    /// <summary>
    /// Keys with a listener's prefix that mean nothing for one listener, sorted: the listeners share the network threads, and the prefix
    /// of a listener that does not exist has no effect.
    /// </summary>
    public IEnumerable<string> IdleListenerKeys() =>
        Originals.Keys.Where(IsIdleListenerKey).Order(StringComparer.Ordinal);

    /// <summary>Keys of the file that are Kafka's and have no effect here, sorted.</summary>
    public IEnumerable<ConfigKey> InertKeys() =>
        Originals.Keys.Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Key: BrokerConfigDefinition.Resolve(name)))
            .Where(found => found.Key is { InertBecause: not null })
            .Select(found => found.Key! with { Name = found.Name });

    /// <summary>Keys of the file that nothing reads, sorted: a typing error the operator should hear of.</summary>
    public IEnumerable<string> UnknownKeys() =>
        Originals.Keys
            .Where(key => BrokerConfigDefinition.IsUnknown(key) && !AclAuthorizerConfig.IsKey(key) && !ConfigProviders.IsKey(key))
            .Order(StringComparer.Ordinal);

    private ConfigValues Prefixed(string prefix, ConfigValues behind)
    {
        var own = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, text) in Originals.Where(original => original.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (BrokerConfigDefinition.Keys.Find(name[prefix.Length..]) is { } key)
            {
                own[key.Name] = (key with { Name = name }).Parse(text);
            }
        }

        return own.Count > 0 ? behind.With(own) : behind;
    }

    /// <summary>Is it a key with a listener's prefix that means nothing for one listener?</summary>
    public bool IsIdleListenerKey(string key) =>
        key.StartsWith(BrokerConfigDefinition.ListenerPrefix, StringComparison.Ordinal)
        && (key.EndsWith(".num.network.threads", StringComparison.Ordinal)
            || !Listeners.Bound.Any(
                bound => key.StartsWith(BrokerConfigDefinition.PrefixOf(bound.ListenerName), StringComparison.Ordinal)));

    private static long RetentionMs(ConfigValues values)
    {
        var retentionMs = values.LongOrNull("log.retention.ms")
            ?? (values.IntOrNull("log.retention.minutes") is { } minutes
                ? minutes * 60_000L
                : values.Int("log.retention.hours") * 3_600_000L);
        return retentionMs < 0 ? Unlimited : retentionMs;
    }
}
