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

    /// <summary>Whether a pattern leaves out topics of the brokers' own, <c>exclude.internal.topics</c>.</summary>
    public bool ExcludeInternalTopics { get; init; } = true;

    /// <summary>The group this consumer is a member of or commits for, <c>group.id</c>; null for none.</summary>
    public string? GroupId { get; init; }

    /// <summary>Makes it a static member that may restart without a rebalance, <c>group.instance.id</c> (KIP-345).</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>How long the group waits for a sign of life, <c>session.timeout.ms</c>.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How often one is given, <c>heartbeat.interval.ms</c>.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest time between two polls of a member, <c>max.poll.interval.ms</c>.</summary>
    public TimeSpan MaxPollInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether positions are committed in the background, <c>enable.auto.commit</c>; without a group never.</summary>
    public bool EnableAutoCommit { get; init; } = true;

    /// <summary>How often, <c>auto.commit.interval.ms</c>.</summary>
    public TimeSpan AutoCommitInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether a consumer that is closed leaves its group at once, <c>internal.leave.group.on.close</c>, or by its session's timeout.
    /// </summary>
    public bool LeavesGroupOnClose { get; init; } = true;

    /// <summary>How the group may share its partitions out, best first, <c>partition.assignment.strategy</c>.</summary>
    public IReadOnlyList<IPartitionAssignor> PartitionAssignors { get; init; } =
        [Client.PartitionAssignors.Range, Client.PartitionAssignors.CooperativeSticky];

    /// <summary>Partitions are kept during a rebalance: every assignor that may be chosen can do with that.</summary>
    internal bool IsCooperative => PartitionAssignors.All(assignor => assignor.IsCooperative);

    /// <summary>Reads properties named as the Java consumer names them.</summary>
    /// <exception cref="KafkaConfigException">A value is out of range.</exception>
    public static ConsumerConfig FromProperties(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var reader = new ConfigReader(properties);
        reader.Accept("key.deserializer", "value.deserializer", "internal.throw.on.fetch.stable.offset.unsupported");
        reader.Refuse("group.protocol", "the protocol of KIP-848 needs brokers that use KRaft; this client speaks classic", "classic");
        reader.Refuse("group.remote.assignor", "group.remote.assignor cannot be set when group.protocol=CLASSIC");
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
            ExcludeInternalTopics = reader.Boolean("exclude.internal.topics", true),
            GroupId = reader.String("group.id"),
            GroupInstanceId = reader.String("group.instance.id"),
            SessionTimeout = reader.Milliseconds("session.timeout.ms", 45_000, 1),
            HeartbeatInterval = reader.Milliseconds("heartbeat.interval.ms", 3_000, 1),
            MaxPollInterval = reader.Milliseconds("max.poll.interval.ms", 300_000, 1),
            EnableAutoCommit = reader.Boolean("enable.auto.commit", true),
            LeavesGroupOnClose = reader.Boolean("internal.leave.group.on.close", true),
            AutoCommitInterval = reader.Milliseconds("auto.commit.interval.ms", 5_000),
            PartitionAssignors = Assignors(reader, defaults),
        };
        config.Validate();
        if (config.GroupId is null && reader.IsSet("enable.auto.commit") && config.EnableAutoCommit)
        {
            throw new KafkaConfigException("enable.auto.commit cannot be set to true when default group id (null) is used.");
        }

        return config with { UnusedKeys = reader.UnusedKeys, InertKeys = reader.InertKeys };
    }

    /// <summary>Refuses a group id that no broker takes members into.</summary>
    /// <exception cref="KafkaConfigException">It is empty.</exception>
    internal void Validate()
    {
        if (GroupId is { Length: 0 })
        {
            throw new KafkaConfigException("group.id", GroupId, "String must be non-empty: leave it out to read without a group");
        }
    }

    private static IReadOnlyList<IPartitionAssignor> Assignors(ConfigReader reader, ConsumerConfig defaults)
    {
        const string Key = "partition.assignment.strategy";
        if (reader.String(Key) is not { } text)
        {
            return defaults.PartitionAssignors;
        }

        return
        [
            .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(name => Client.PartitionAssignors.Find(name)
                    ?? throw new KafkaConfigException(Key, name, "there is no such assignor in this client")),
        ];
    }
}
