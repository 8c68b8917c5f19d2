using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Topics;

namespace ClassicBroker.Server.Tests.Config;

public sealed class KafkaConfigTests
{
    private static KafkaConfig Read(params string[] lines) =>
        KafkaConfig.From(JavaProperties.Parse("zookeeper.connect=localhost:2181\n" + string.Join('\n', lines)), "host.example");

    private static string Refusal(params string[] lines) => Assert.Throws<ConfigException>(() => Read(lines)).Message;

    [Fact]
    public void Defaults_are_those_of_kafka_3_9()
    {
        var config = Read();
        Assert.Equal(-1, config.BrokerId);
        Assert.Equal(["/tmp/kafka-logs"], config.LogDirs);
        Assert.Equal(604_800_000, config.LogRetentionMs);
        Assert.Equal(604_800_000, config.LogRollMs);
        Assert.Equal(0, config.LogRollJitterMs);
        Assert.Equal(long.MaxValue, config.LogFlushIntervalMs);
        Assert.Equal(18_000, config.ZooKeeperSessionTimeoutMs);
        Assert.Equal(18_000, config.ZooKeeperConnectionTimeoutMs);
        Assert.Equal(MetadataVersion.IBP_3_9_IV0, config.InterBrokerProtocolVersion);
        Assert.Equal(104_857_600, config.SocketRequestMaxBytes);
        Assert.True(config.AutoCreateTopicsEnable);
        Assert.Equal(double.MaxValue, config.Values.Double("log.cleaner.io.max.bytes.per.second"));
    }

    [Fact]
    public void Every_broker_key_of_older_kafkas_is_defined_once()
    {
        var expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Config", "older-broker-keys.txt"));
        Assert.Equal(
            expected,
            BrokerConfigDefinition.Keys.Keys.Where(key => key.IsRetired || key.UpdateMode == ConfigUpdateMode.DynamicOnly).Select(key => key.Name));
        Assert.All(BrokerConfigDefinition.Keys.Keys, key => Assert.NotEmpty(key.Documentation));
    }

    [Fact]
    public void The_effective_configuration_is_listed_as_kafka_lists_it()
    {
        var recorded = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Config", "config-values.txt"))
            .Replace("log.dirs = DIR/defaults-data", "log.dirs = null", StringComparison.Ordinal)
            .Replace("zookeeper.connect = ZOOKEEPER/s1", "zookeeper.connect = localhost:2181", StringComparison.Ordinal);
        Assert.Equal(recorded, ConfigListing.Of(Read()));
    }

    [Fact]
    public void The_listing_shows_what_is_set_and_hides_passwords()
    {
        var lines = ConfigListing.Of(Read("ssl.keystore.password=secret", "log.cleanup.policy=compact,delete", "port=9093")).Split('\n');
        Assert.Contains("\tssl.keystore.password = [hidden]", lines);
        Assert.Contains("\tlog.cleanup.policy = [compact, delete]", lines);
        Assert.Contains("\tport = 9093", lines);
    }

    [Fact]
    public void Every_topic_key_of_kafka_is_defined_once_with_synonyms_that_exist()
    {
        var expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Config", "topic-keys.txt"));
        Assert.Equal(expected, TopicConfigDefinition.Keys.Keys.Select(key => key.Name));
        Assert.All(
            TopicConfigDefinition.Keys.Keys.SelectMany(key => key.Synonyms),
            synonym => Assert.True(BrokerConfigDefinition.Keys.Contains(synonym), synonym));
    }

    [Theory]
    [InlineData("num.partitions=0", "Invalid value 0 for configuration num.partitions: Value must be at least 1")]
    [InlineData("num.partitions=x", "Invalid value x for configuration num.partitions: Not a number of type INT")]
    [InlineData("num.partitions=9999999999", "Invalid value 9999999999 for configuration num.partitions: Not a number of type INT")]
    [InlineData("log.retention.bytes=1.5", "Invalid value 1.5 for configuration log.retention.bytes: Not a number of type LONG")]
    [InlineData(
        "auto.create.topics.enable=yes",
        "Invalid value yes for configuration auto.create.topics.enable: Expected value to be either true or false")]
    [InlineData(
        "compression.type=brotli",
        "Invalid value brotli for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer")]
    [
        InlineData(
            "log.cleanup.policy=delete,keep",
            "Invalid value keep for configuration log.cleanup.policy: String must be one of: compact, delete")
    ]
    [InlineData("compression.gzip.level=0", "Invalid value 0 for configuration compression.gzip.level: Value must be at least 1")]
    [
        InlineData(
            "log.cleaner.min.cleanable.ratio=2",
            "Invalid value 2.0 for configuration log.cleaner.min.cleanable.ratio: Value must be no more than 1")
    ]
    public void A_wrong_value_is_refused_in_kafkas_words(string line, string message) => Assert.Equal(message, Refusal(line));

    [Fact]
    public void A_file_without_zookeeper_is_refused() =>
        Assert.Equal(
            "Missing required configuration `zookeeper.connect` which has no default value.",
            Assert.Throws<ConfigException>(() => KafkaConfig.From(new Dictionary<string, string>(), "h")).Message);

    [Theory]
    [InlineData("broker.id=1001", "broker.id must be greater than or equal to -1")]
    [InlineData("broker.id=-1\nbroker.id.generation.enable=false", "broker.id must be greater than or equal to 0")]
    [InlineData("broker.id=1\nnode.id=2", "You must set `node.id` to the same value as `broker.id`.")]
    [InlineData("broker.id=-5", "broker.id must be greater than or equal to -1")]
    [InlineData("log.dirs=", "At least one log directory")]
    [InlineData("log.dirs=/a,/a", "names a directory twice")]
    [InlineData("log.roll.ms=0", "log.roll.ms must be greater")]
    [InlineData("log.retention.ms=0", "log.retention.ms must be unlimited (-1)")]
    [InlineData("log.cleaner.dedupe.buffer.size=1000", "at least 1MB per cleaner thread")]
    [InlineData("replica.lag.time.max.ms=100", "replica.fetch.wait.max.ms should always be less than")]
    [InlineData("replica.socket.timeout.ms=100", "replica.socket.timeout.ms should always be at least")]
    [InlineData("queued.max.request.bytes=5", "queued.max.request.bytes must be larger")]
    [InlineData("max.connections.per.ip=0", "max.connections.per.ip can be set to zero only if")]
    [InlineData("max.connections=0", "max.connections=0 lets no one connect")]
    [InlineData("connections.max.idle.ms=50", "connection.failed.authentication.delay.ms=100")]
    [InlineData("process.roles=broker", "ZooKeeper")]
    [InlineData("inter.broker.protocol.version=9.9", "Version 9.9 is not a valid version")]
    [InlineData("authorizer.class.name=no.such.Authorizer", "could not be found")]
    [InlineData("group.coordinator.rebalance.protocols=classic,consumer", "KRaft")]
    public void A_combination_that_cannot_work_is_refused(string lines, string fragment) => Assert.Contains(fragment, Refusal(lines));

    [Theory]
    [InlineData("sasl.server.callback.handler.class=no.Such", "configuration sasl.server.callback.handler.class: Class no.Such could not be found.")]
    [InlineData("max.connections.per.ip.overrides=host", "'host' is not host:count")]
    [InlineData("controller.listener.names=C", "controller.listener.names must be empty when not running in KRaft mode: [C]")]
    [InlineData("metric.reporters=no.such.Class", "Class no.such.Class cannot be found")]
    [InlineData("principal.builder.class=no.such.Class", "Class no.such.Class could not be found.")]
    [InlineData("listener.name.plaintext.principal.builder.class=no.such.Class", "Class no.such.Class could not be found.")]
    [InlineData("socket.send.buffer.bytes=0", "size cannot be 0 or negative")]
    [InlineData("remote.log.storage.system.enable=true", "there is no tiered storage")]
    [InlineData("control.plane.listener.name=C", "control.plane.listener.name must be a listener name defined in advertised.listeners")]
    public void What_kafka_refuses_or_would_not_serve_is_refused(string lines, string fragment) => Assert.Contains(fragment, Refusal(lines));

    [Theory]
    [InlineData("broker.id=3")]
    [InlineData("node.id=3")]
    public void Broker_id_and_node_id_follow_each_other(string line)
    {
        var config = Read(line);
        Assert.Equal(3, config.BrokerId);
        Assert.Equal(("3", "3"), (config.Originals["broker.id"], config.Originals["node.id"]));
    }

    [Fact]
    public void The_reporter_kafka_brings_along_is_accepted() => Read("metric.reporters=org.apache.kafka.common.metrics.JmxReporter");

    [Fact]
    public void Retention_takes_the_finest_unit_given_and_any_negative_as_unlimited()
    {
        Assert.Equal(7_200_000, Read("log.retention.hours=2").LogRetentionMs);
        Assert.Equal(60_000, Read("log.retention.hours=2", "log.retention.minutes=1").LogRetentionMs);
        Assert.Equal(5, Read("log.retention.minutes=1", "log.retention.ms=5").LogRetentionMs);
        Assert.Equal(-1, Read("log.retention.ms=-5").LogRetentionMs);
        Assert.Equal(-1, Read("log.retention.hours=-1").LogRetentionMs);
    }

    [Fact]
    public void Values_are_trimmed_and_lists_split_at_commas() =>
        Assert.Equal(["compact", "delete"], Read("log.cleanup.policy = compact , delete  ").Values.List("log.cleanup.policy"));

    [Fact]
    public void Keys_nothing_reads_are_named_and_not_fatal()
    {
        var config = Read(
            "my.plugin.key=1",
            "num.partitons=3",
            "controller.quorum.voters=1@h:1",
            "remote.log.storage.system.enable=false",
            "rsm.config.bucket=x",
            "listener.name.plaintext.ssl.client.auth=none",
            "listener.name.sasl.scram-sha-256.sasl.jaas.config=x");
        Assert.Equal(["my.plugin.key", "num.partitons"], config.UnknownKeys());
    }

    [Fact]
    public void Keys_of_listeners_that_can_have_no_effect_are_named()
    {
        var config = Read(
            "listeners=PLAINTEXT://h:1",
            "listener.name.plaintext.max.connections=5",
            "listener.name.plaintext.num.network.threads=5",
            "listener.name.ssl.ssl.client.auth=none");

        Assert.Equal(["listener.name.plaintext.num.network.threads", "listener.name.ssl.ssl.client.auth"], config.IdleListenerKeys());
        Assert.Equal(5, config.ValuesOf("PLAINTEXT").Int("max.connections"));
        Assert.Equal(int.MaxValue, config.Values.Int("max.connections"));
    }

    [Fact]
    public void A_prefixed_value_is_checked_under_its_own_name() =>
        Assert.Equal(
            "Invalid value -1 for configuration listener.name.plaintext.max.connections: Value must be at least 0",
            Refusal("listener.name.plaintext.max.connections=-1"));

    [Fact]
    public void A_topic_takes_its_own_value_then_the_brokers()
    {
        var broker = Read(
            "log.roll.hours=1", "log.retention.minutes=2", "message.max.bytes=77", "log.message.timestamp.difference.max.ms=9");
        var values = TopicConfigDefinition.Derive(broker, new Dictionary<string, string> { ["retention.ms"] = "5" });
        Assert.Equal(5, values.Long("retention.ms"));
        Assert.Equal(3_600_000, values.Long("segment.ms"));
        Assert.Equal(77, values.Int("max.message.bytes"));
        Assert.Equal(9, values.Long("message.timestamp.before.max.ms"));
        Assert.Equal(["delete"], values.List("cleanup.policy"));
    }

    [Theory]
    [InlineData(null, null, 9, 9)]
    [InlineData("5", null, 5, 9)]
    [InlineData(null, "4", 4, 4)]
    [InlineData("5", "4", 5, 4)]
    [InlineData("9223372036854775807", "4", 4, 4)]
    public void The_old_bound_of_timestamps_holds_where_the_new_ones_say_nothing(string? before, string? difference, long expectedBefore, long expectedAfter)
    {
        var overrides = new Dictionary<string, string>();
        if (before is not null)
        {
            overrides["message.timestamp.before.max.ms"] = before;
        }

        if (difference is not null)
        {
            overrides["message.timestamp.difference.max.ms"] = difference;
        }

        // The broker's own old bound has become its new ones, as Kafka hands them down to topics.
        var broker = Read(difference is null ? "log.message.timestamp.difference.max.ms=9" : "");
        var log = LogConfigFactory.From(broker, overrides);
        Assert.Equal((expectedBefore, expectedAfter), (log.MessageTimestampBeforeMaxMs, log.MessageTimestampAfterMaxMs));
    }

    [Theory]
    [InlineData("nope", "1", "Unknown topic config name: nope")]
    [InlineData("retention.ms", "-2", "Invalid value -2 for configuration retention.ms: Value must be at least -1")]
    [InlineData("min.compaction.lag.ms", "9223372036854775807", null)]
    [InlineData(
        "remote.log.copy.disable",
        "true",
        "It is invalid to set `remote.log.delete.on.disable` or `remote.log.copy.disable` under Zookeeper's mode.")]
    [InlineData("remote.log.copy.disable", "false", null)]
    [InlineData("remote.storage.enable", "true", "Tiered Storage functionality is disabled in the broker. "
        + "Topic cannot be configured with remote log storage.")]
    public void Topic_overrides_are_validated(string key, string value, string? message)
    {
        var refusal = Record.Exception(() => TopicConfigDefinition.Validate(new Dictionary<string, string?> { [key] = value }));
        Assert.Equal(message, refusal?.Message);
    }

    [Fact]
    public void A_minimum_compaction_lag_above_the_maximum_is_refused() =>
        Assert.Throws<ConfigException>(() => TopicConfigDefinition.Validate(
            new Dictionary<string, string?> { ["min.compaction.lag.ms"] = "10", ["max.compaction.lag.ms"] = "5" }));

    [Theory]
    [InlineData("*")]
    [InlineData("0:1,2:3")]
    [InlineData("")]
    public void Throttled_replicas_accept_pairs_and_the_star(string value) =>
        TopicConfigDefinition.Validate(new Dictionary<string, string?> { ["leader.replication.throttled.replicas"] = value });

    [Theory]
    [InlineData("0")]
    [InlineData("0:x")]
    [InlineData("*,0:1")]
    public void Throttled_replicas_refuse_anything_else(string value) =>
        Assert.Throws<ConfigException>(() => TopicConfigDefinition.Validate(
            new Dictionary<string, string?> { ["leader.replication.throttled.replicas"] = value }));
}
