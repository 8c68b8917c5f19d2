using ClassicBroker.Client.Configuration;

namespace ClassicBroker.Client;

/// <summary>
/// Configures a <see cref="KafkaConsumer{TKey, TValue}"/>; defaults are those of the Java consumer of Kafka 3.9. Immutable.
/// </summary>
public sealed record ConsumerConfig : ClientConfig
{
    /// <summary>Where to begin where no valid offset is known, <c>auto.offset.reset</c>.</summary>
    public AutoOffsetReset AutoOffsetReset { get; init; } = AutoOffsetReset.Latest;

    /// <summary>Whether batches are checked against their CRC, <c>check.crcs</c>.</summary>
    public bool CheckCrcs { get; init; } = true;

    /// <summary>Bytes a broker waits for before it answers, <c>fetch.min.bytes</c>.</summary>
    public int FetchMinBytes { get; init; } = 1;

    /// <summary>Most bytes of one response, <c>fetch.max.bytes</c>; one batch larger than this is still delivered.</summary>
    public int FetchMaxBytes { get; init; } = 52428800;

    /// <summary>How long a broker waits for <see cref="FetchMinBytes"/>, <c>fetch.max.wait.ms</c>.</summary>
    public TimeSpan FetchMaxWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Most bytes of one partition in a response, <c>max.partition.fetch.bytes</c>.</summary>
    public int MaxPartitionFetchBytes { get; init; } = 1048576;

    /// <summary>Most records of one poll, <c>max.poll.records</c>.</summary>
    public int MaxPollRecords { get; init; } = 500;

    /// <summary>Whether records of aborted and open transactions are seen, <c>isolation.level</c>.</summary>
    public IsolationLevel IsolationLevel { get; init; }

    /// <summary>The rack this consumer is in, so that a replica there may serve it, <c>client.rack</c> (KIP-392).</summary>
    public string ClientRack { get; init; } = "";

    /// <summary>Whether asking for an unknown topic may create it, <c>allow.auto.create.topics</c>.</summary>
    public bool AllowAutoCreateTopics { get; init; } = true;

    /// <summary>Reads properties named as the Java consumer names them.</summary>
    /// <exception cref="KafkaConfigException">A value is out of range.</exception>
    public static ConsumerConfig FromProperties(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var reader = new ConfigReader(properties);
        reader.Accept(
            "key.deserializer", "value.deserializer", "group.id", "group.instance.id", "group.protocol", "group.remote.assignor",
            "heartbeat.interval.ms", "session.timeout.ms", "max.poll.interval.ms", "enable.auto.commit", "auto.commit.interval.ms",
            "partition.assignment.strategy", "exclude.internal.topics", "internal.leave.group.on.close",
            "internal.throw.on.fetch.stable.offset.unsupported");
        var defaults = new ConsumerConfig();
        var config = ReadCommon(reader, defaults) with
        {
            AutoOffsetReset = reader.Choice(
                "auto.offset.reset",
                AutoOffsetReset.Latest,
                ("latest", AutoOffsetReset.Latest),
                ("earliest", AutoOffsetReset.Earliest),
                ("none", AutoOffsetReset.None),
                ("largest", AutoOffsetReset.Latest),
                ("smallest", AutoOffsetReset.Earliest)),
            CheckCrcs = reader.Boolean("check.crcs", true),
            FetchMinBytes = reader.Int32("fetch.min.bytes", defaults.FetchMinBytes),
            FetchMaxBytes = reader.Int32("fetch.max.bytes", defaults.FetchMaxBytes),
            FetchMaxWait = reader.Milliseconds("fetch.max.wait.ms", 500),
            MaxPartitionFetchBytes = reader.Int32("max.partition.fetch.bytes", defaults.MaxPartitionFetchBytes),
            MaxPollRecords = reader.Int32("max.poll.records", defaults.MaxPollRecords, 1),
            IsolationLevel = reader.Choice(
                "isolation.level",
                IsolationLevel.ReadUncommitted,
                ("read_committed", IsolationLevel.ReadCommitted),
                ("read_uncommitted", IsolationLevel.ReadUncommitted)),
            ClientRack = reader.String("client.rack", ""),
            AllowAutoCreateTopics = reader.Boolean("allow.auto.create.topics", true),
        };
        return config with { UnusedKeys = reader.UnusedKeys, InertKeys = reader.InertKeys };
    }
}
