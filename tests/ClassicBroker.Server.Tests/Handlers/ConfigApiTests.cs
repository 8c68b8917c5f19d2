using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

public sealed class ConfigApiTests
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte Logger = 8;
    private const sbyte ClientMetrics = 16;

    private readonly InProcessBroker _broker = new("log.retention.hours=24", "num.io.threads=4");
    private readonly BrokerClient _client;

    public ConfigApiTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t", 1, ("segment.bytes", "5000"));
    }

    private DescribeConfigsResponse.DescribeConfigsResult Describe(sbyte type, string name, string[]? keys = null) =>
        _client.Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
            new()
            {
                Resources =
            [
                new() { ResourceType = type, ResourceName = name, ConfigurationKeys = keys }
            ],
                IncludeSynonyms = true
            }, 4).Results[0];

    private (string? Value, sbyte Source) DescribeOne(sbyte type, string name, string key)
    {
        var config = Describe(type, name, [key]).Configs[0];
        return (config.Value, config.ConfigSource);
    }

    private ErrorCode Alter(sbyte type, string name, string key, sbyte operation, string? value, bool validateOnly = false) =>
        _client.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                ValidateOnly = validateOnly,
                Resources =
                [
                    new() { ResourceType = type, ResourceName = name, Configs =
                    [
                        new() { Name = key, ConfigOperation = operation, Value = value }
                    ] }
                ],
            },
            1).Responses[0].ErrorCode;

    [Fact]
    public void A_resource_of_a_type_without_configs_spoils_no_other()
    {
        var responses = _client.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources =
                [
                    new() { ResourceType = ClientMetrics, ResourceName = "m", Configs = [new() { Name = "interval.ms", Value = "1000" }] },
                    new() { ResourceType = Topic, ResourceName = "t", Configs = [new() { Name = "retention.ms", Value = "1000" }] },
                ],
            },
            1).Responses;
        Assert.Equal(
            [
                (ErrorCode.InvalidRequest, "AlterConfigs is only supported for topics and brokers, but resource type is CLIENT_METRICS"),
                (ErrorCode.None, null),
            ],
            responses.Select(response => (response.ErrorCode, response.ErrorMessage)));
        Assert.Equal("1000", DescribeOne(Topic, "t", "retention.ms").Value);
    }

    [Fact]
    public void A_topic_shows_its_own_values_before_the_brokers()
    {
        var configs = Describe(Topic, "t").Configs.ToDictionary(config => config.Name);
        Assert.Equal(("5000", (sbyte)1), (configs["segment.bytes"].Value, configs["segment.bytes"].ConfigSource));
        Assert.Equal(
            ["segment.bytes=5000@1", "log.segment.bytes=1073741824@5"],
            configs["segment.bytes"].Synonyms.Select(synonym => $"{synonym.Name}={synonym.Value}@{synonym.Source}"));
        Assert.Equal(("86400000", (sbyte)5), (configs["retention.ms"].Value, configs["retention.ms"].ConfigSource));
        Assert.Empty(configs["retention.ms"].Synonyms);
    }

    [Fact]
    public void A_broker_shows_file_and_defaults_and_hides_passwords()
    {
        var configs = Describe(Broker, "0").Configs.ToDictionary(config => config.Name);
        Assert.Equal(
            ("4", (sbyte)4, false),
            (configs["num.io.threads"].Value, configs["num.io.threads"].ConfigSource, configs["num.io.threads"].ReadOnly));
        Assert.Equal(("0", true), (configs["broker.id"].Value, configs["broker.id"].ReadOnly));
        Assert.True(configs["ssl.keystore.password"].IsSensitive);
        Assert.Equal("1.7976931348623157E308", configs["log.cleaner.io.max.bytes.per.second"].Value);
    }

    [Fact]
    public void Levels_of_loggers_are_shown_and_changed()
    {
        Assert.Equal(("INFO", (sbyte)6), DescribeOne(Logger, "0", "kafka.server"));
        Assert.Equal(ErrorCode.None, Alter(Logger, "0", "kafka.server", 0, "DEBUG"));
        Assert.Equal("DEBUG", DescribeOne(Logger, "0", "kafka.server").Value);
        Assert.Equal(ErrorCode.None, Alter(Logger, "0", "kafka.server", 1, null));
        Assert.Equal("INFO", DescribeOne(Logger, "0", "kafka.server").Value);
    }

    [Theory]
    [InlineData("kafka.server.KafkaApis", "ClassicBroker.Replication.LeaderAppender")]
    [InlineData("kafka.controller", "kafka.controller.KafkaController")]
    [InlineData("kafka.log.LogCleaner", "kafka.log.LogCleaner")]
    public void Loggers_are_known_by_kafkas_names(string kafkas, string ours)
    {
        Assert.Equal("INFO", DescribeOne(Logger, "0", kafkas).Value);
        Assert.Equal(ErrorCode.None, Alter(Logger, "0", kafkas, 0, "DEBUG"));
        Assert.Equal(("DEBUG", "DEBUG"), (DescribeOne(Logger, "0", kafkas).Value, DescribeOne(Logger, "0", ours).Value));
        Assert.Equal(ErrorCode.None, Alter(Logger, "0", kafkas, 1, null));
        Assert.Equal("INFO", DescribeOne(Logger, "0", kafkas).Value);
    }

    [Theory]
    [InlineData("kafka.server", 0, "LOUD", ErrorCode.InvalidConfig)]
    [InlineData("nobody", 0, "INFO", ErrorCode.InvalidConfig)]
    [InlineData("root", 1, null, ErrorCode.InvalidRequest)]
    [InlineData("kafka.server", 2, "INFO", ErrorCode.InvalidRequest)]
    public void What_no_logger_can_have_is_refused(string logger, sbyte operation, string? level, ErrorCode expected)
    {
        Assert.Equal(expected, Alter(Logger, "0", logger, operation, level));
        Assert.Equal("INFO", DescribeOne(Logger, "0", "kafka.server").Value);
    }

    [Fact]
    public void Only_the_keys_asked_for_are_shown() => Assert.Single(Describe(Topic, "t", ["segment.bytes"]).Configs);

    [Theory]
    [InlineData(Topic, "missing", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(Topic, "..", ErrorCode.InvalidTopicException)]
    [InlineData(Broker, "5", ErrorCode.InvalidRequest)]
    [InlineData(Logger, "", ErrorCode.InvalidRequest)]
    [InlineData(Logger, "5", ErrorCode.InvalidRequest)]
    [InlineData(99, "x", ErrorCode.InvalidRequest)]
    public void What_is_not_here_cannot_be_described(sbyte type, string name, ErrorCode expected) =>
        Assert.Equal(expected, Describe(type, name).ErrorCode);

    [Fact]
    public void A_changed_topic_config_holds_for_the_next_append()
    {
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "max.message.bytes", 0, "100"));
        Assert.Equal(ErrorCode.MessageTooLarge, _client.Produce("t", 0, 1, new string('x', 200)).ErrorCode);
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "max.message.bytes", 1, null));
        Assert.Equal(ErrorCode.None, _client.Produce("t", 0, 1, new string('x', 200)).ErrorCode);
    }

    [Fact]
    public void Lists_are_appended_to_and_subtracted_from()
    {
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "cleanup.policy", 2, "compact"));
        Assert.Equal("delete,compact", DescribeOne(Topic, "t", "cleanup.policy").Value);
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "cleanup.policy", 3, "delete"));
        Assert.Equal("compact", DescribeOne(Topic, "t", "cleanup.policy").Value);
        Assert.Equal(ErrorCode.InvalidConfig, Alter(Topic, "t", "segment.bytes", 2, "1"));
    }

    [Theory]
    [InlineData(Topic, "t", "nope", "1", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "t", "segment.bytes", "x", ErrorCode.InvalidConfig)]
    [InlineData(Topic, "", "segment.bytes", "1", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "", "metric.reporters", "no.such.Class", ErrorCode.InvalidRequest)]
    [InlineData(Topic, "t", "segment.bytes", null, ErrorCode.InvalidRequest)]
    [InlineData(Broker, "0", "broker.id", "5", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "0", "num.io.threads", "100", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "", "listeners", "PLAINTEXT://:1", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "7", "num.io.threads", "5", ErrorCode.InvalidRequest)]
    public void What_may_not_be_altered_is_refused_and_stays(sbyte type, string name, string key, string? value, ErrorCode expected)
    {
        Assert.Equal(expected, Alter(type, name, key, 0, value));
        Assert.Equal("5000", DescribeOne(Topic, "t", "segment.bytes").Value);
    }

    /// <summary>Kafka loads the class that a request names, and reads the file that a value names.</summary>
    [Fact]
    public void A_value_that_names_a_provider_stays_text()
    {
        Alter(Broker, "", "config.providers", 0, "file");
        Alter(Broker, "", "config.providers.file.class", 0, "org.apache.kafka.common.config.provider.FileConfigProvider");
        Assert.Equal(ErrorCode.InvalidRequest, Alter(Broker, "", "log.retention.ms", 0, "${file:/etc/hostname:retention}"));
        Assert.Equal(ErrorCode.InvalidConfig, Alter(Topic, "t", "retention.ms", 0, "${file:/etc/hostname:retention}"));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("-0")]
    [InlineData("+0")]
    public void A_broker_is_the_number_its_name_reads_as(string name)
    {
        Assert.Equal(ErrorCode.None, Alter(Broker, name, "message.max.bytes", 0, "5000"));
        Assert.Equal(("5000", (sbyte)2), DescribeOne(Broker, "0", "message.max.bytes"));
        Assert.Null(_broker.ZooKeeper.Text($"/config/brokers/{name}"));
    }

    [Theory]
    [InlineData(" 0")]
    [InlineData("0x0")]
    [InlineData("0.0")]
    public void A_name_that_java_does_not_read_as_a_number_is_no_broker(string name) =>
        Assert.Equal(ErrorCode.InvalidRequest, Alter(Broker, name, "message.max.bytes", 0, "5000"));

    [Fact]
    public void Values_are_stored_as_they_read()
    {
        _client.CreateTopic("made", 1, ("segment.bytes", " 06000 "));
        Assert.Equal("""{"version":1,"config":{"segment.bytes":"6000"}}""", _broker.ZooKeeper.Text("/config/topics/made"));
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "retention.ms", 0, " +007 "));
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "preallocate", 0, "TRUE"));
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "cleanup.policy", 0, " delete , compact "));
        Assert.Equal(
            """{"version":1,"config":{"cleanup.policy":"delete,compact","preallocate":"true","retention.ms":"7","segment.bytes":"5000"}}""",
            _broker.ZooKeeper.Text("/config/topics/t"));
    }

    [Fact]
    public void An_override_for_a_host_without_an_address_is_refused_and_freezes_nothing()
    {
        Assert.Equal(ErrorCode.InvalidRequest, Alter(Broker, "0", "max.connections.per.ip.overrides", 0, "bad host:500"));
        Assert.Equal(ErrorCode.None, Alter(Broker, "0", "max.connections", 0, "77"));
        Assert.Equal("77", DescribeOne(Broker, "0", "max.connections").Value);
    }

    [Fact]
    public void A_password_needs_a_secret_to_be_stored() =>
        Assert.Equal(ErrorCode.InvalidRequest, Alter(Broker, "0", "listener.name.plaintext.ssl.keystore.password", 0, "golden"));

    [Fact]
    public void A_password_is_stored_encoded_and_read_again_after_a_restart_with_another_secret()
    {
        const string key = "listener.name.plaintext.ssl.keystore.password";
        var broker = new InProcessBroker("password.encoder.secret=one");
        var answer = broker.Connect().Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources = [new() { ResourceType = Broker, ResourceName = "0", Configs = [new() { Name = key, ConfigOperation = 0, Value = "golden" }] }],
            },
            1);
        Assert.Equal(ErrorCode.None, answer.Responses[0].ErrorCode);
        var stored = broker.ZooKeeper.Text("/config/brokers/0")!;
        Assert.DoesNotContain("golden", stored);
        Assert.Equal("golden", broker.Server.Config.PerBroker[key]);
        broker.Stop();
        broker.Properties["password.encoder.secret"] = "two";
        broker.Properties["password.encoder.old.secret"] = "one";
        broker.Start();
        Assert.Equal("golden", broker.Server.Config.PerBroker[key]);
        Assert.NotEqual(stored, broker.ZooKeeper.Text("/config/brokers/0"));
        broker.Stop();
        broker.Properties.Remove("password.encoder.old.secret");
        broker.Start();
        Assert.Equal("golden", broker.Server.Config.PerBroker[key]);
        broker.Stop();
        broker.Properties["password.encoder.secret"] = "three";
        broker.Start();
        Assert.Empty(broker.Server.Config.PerBroker);
        Assert.Contains(broker.Log.Lines, line => line.Contains($"Dynamic password config {key} could not be decoded, ignoring"));
    }

    [Fact]
    public void Validation_alone_changes_nothing()
    {
        Assert.Equal(ErrorCode.None, Alter(Topic, "t", "segment.bytes", 0, "6000", validateOnly: true));
        Assert.Equal("5000", DescribeOne(Topic, "t", "segment.bytes").Value);
    }

    [Fact]
    public void AlterConfigs_replaces_all_overrides()
    {
        var answer = _client.Ask<AlterConfigsRequest, AlterConfigsResponse>(
            new()
            {
                Resources =
            [
                new() { ResourceType = Topic, ResourceName = "t", Configs = [new() { Name = "retention.ms", Value = "7" }] }
            ]
            }, 1);
        Assert.Equal(ErrorCode.None, answer.Responses[0].ErrorCode);
        Assert.Equal("7", DescribeOne(Topic, "t", "retention.ms").Value);
        Assert.Equal("1073741824", DescribeOne(Topic, "t", "segment.bytes").Value);
    }

    private (ErrorCode Error, string? Message)[] Replace(params (string Topic, (string Key, string? Value)[] Configs)[] topics) =>
    [
        .. _client.Ask<AlterConfigsRequest, AlterConfigsResponse>(new AlterConfigsRequest
        {
            Resources =
            [
                .. topics.Select(topic => new AlterConfigsRequest.AlterConfigsResource
                {
                    ResourceType = Topic,
                    ResourceName = topic.Topic,
                    Configs = [.. topic.Configs.Select(config => new AlterConfigsRequest.AlterableConfig { Name = config.Key, Value = config.Value })],
                }),
            ],
        }, 1).Responses.Select(response => (response.ErrorCode, response.ErrorMessage)),
    ];

    [Fact]
    public void A_key_given_twice_or_without_a_value_is_refused_before_the_topic_is_looked_for()
    {
        Assert.Equal(
            [
                (ErrorCode.InvalidRequest, "Error due to duplicate config keys"),
                (ErrorCode.InvalidRequest, "Null value not supported for : segment.bytes, retention.ms"),
                (ErrorCode.None, null),
            ],
            Replace(
                ("absent", [("segment.bytes", "2048"), ("segment.bytes", "1024")]),
                ("absent-2", [("segment.bytes", null), ("retention.ms", null)]),
                ("t", [("retention.ms", "5000")])));
        Assert.Equal("5000", DescribeOne(Topic, "t", "retention.ms").Value);
    }

    [Fact]
    public void A_resource_given_twice_is_refused_twice_and_stays()
    {
        var repeated = (ErrorCode.InvalidRequest, (string?)"Each resource must appear at most once.");
        var before = DescribeOne(Topic, "t", "retention.ms");
        Assert.Equal([repeated, repeated], Replace(("t", [("retention.ms", "5000")]), ("t", [("retention.ms", "6000")])));
        Assert.Equal(before, DescribeOne(Topic, "t", "retention.ms"));
    }

    [Fact]
    public void A_cluster_wide_value_reaches_broker_and_topics_and_yields_to_the_brokers_own()
    {
        Assert.Equal(ErrorCode.None, Alter(Broker, "", "message.max.bytes", 0, "500"));
        Assert.Equal(("500", (sbyte)3), DescribeOne(Broker, "0", "message.max.bytes"));
        Assert.Equal(ErrorCode.MessageTooLarge, _client.Produce("t", 0, 1, new string('x', 600)).ErrorCode);
        Assert.Equal(ErrorCode.None, Alter(Broker, "0", "message.max.bytes", 0, "5000"));
        Assert.Equal(("5000", (sbyte)2), DescribeOne(Broker, "0", "message.max.bytes"));
        Assert.Equal(ErrorCode.None, _client.Produce("t", 0, 1, new string('x', 600)).ErrorCode);
    }

    [Fact]
    public void Quotas_are_kept_by_entity()
    {
        AlterClientQuotasRequest.EntryData Entry(string? user, string key, double value) =>
            new() { Entity = [new() { EntityType = "user", EntityName = user }], Ops = [new() { Key = key, Value = value }] };
        var altered = _client.Ask<AlterClientQuotasRequest, AlterClientQuotasResponse>(
            new()
            {
                Entries =
            [
                Entry("ann", "producer_byte_rate", 1000), Entry(null, "request_percentage", 50.5), Entry("bob", "nope", 1)
            ]
            }, 1);
        Assert.Equal([ErrorCode.None, ErrorCode.None, ErrorCode.InvalidRequest], altered.Entries.Select(entry => entry.ErrorCode));
        var described = _client.Ask<DescribeClientQuotasRequest, DescribeClientQuotasResponse>(
            new() { Components = [new() { EntityType = "user", MatchType = 2 }] }, 1);
        Assert.Equal(
            ["=request_percentage:50.5", "ann=producer_byte_rate:1000"],
            described.Entries!.Select(entry => $"{entry.Entity[0].EntityName}={entry.Values[0].Key}:{entry.Values[0].Value}").Order());
    }

    private (ErrorCode Error, string? Message) SetQuota(string type, string? name, string key, double value)
    {
        var entry = _client.Ask<AlterClientQuotasRequest, AlterClientQuotasResponse>(
            new()
            {
                Entries =
            [
                new() { Entity = [new() { EntityType = type, EntityName = name }], Ops = [new() { Key = key, Value = value }] }
            ]
            }, 1).Entries[0];
        return (entry.ErrorCode, entry.ErrorMessage);
    }

    [Theory]
    [InlineData("producer_byte_rate", -1, "Configuration producer_byte_rate must be a LONG value")]
    [InlineData("producer_byte_rate", 1.5, "Configuration producer_byte_rate must be a LONG value")]
    [InlineData("consumer_byte_rate", 1e30, "Configuration consumer_byte_rate must be a LONG value")]
    [InlineData("consumer_byte_rate", double.NaN, "Invalid value NaN for configuration consumer_byte_rate: Not a number")]
    [InlineData("request_percentage", double.NaN, "Invalid value NaN for configuration request_percentage: Not a number")]
    [InlineData("no_such_rate", 1, "Invalid configuration key no_such_rate")]
    public void A_quota_that_is_no_rate_is_refused(string key, double value, string expected) =>
        Assert.Equal((ErrorCode.InvalidRequest, expected), SetQuota("user", "ann", key, value));

    [Theory]
    [InlineData("not a valid host because it has spaces")]
    [InlineData("RFC2606.invalid")]
    public void An_address_that_is_none_has_no_quota(string ip) =>
        Assert.Equal(
            (ErrorCode.InvalidRequest, $"{ip} is not a valid IP or resolvable host."), SetQuota("ip", ip, "connection_creation_rate", 5));

    [Fact]
    public void Quotas_are_stored_as_java_writes_them()
    {
        Assert.Equal(ErrorCode.None, SetQuota("ip", "127.0.0.9", "connection_creation_rate", 5).Error);
        Assert.Equal(ErrorCode.None, SetQuota("user", "ann", "controller_mutation_rate", 10).Error);
        Assert.Equal(ErrorCode.None, SetQuota("user", "ann", "producer_byte_rate", 999.9999999).Error);
        Assert.Equal("""{"version":1,"config":{"connection_creation_rate":"5"}}""", _broker.ZooKeeper.Text("/config/ips/127.0.0.9"));
        Assert.Equal(
            """{"version":1,"config":{"producer_byte_rate":"1000","controller_mutation_rate":"10.0"}}""",
            _broker.ZooKeeper.Text("/config/users/ann"));
    }

    [Fact]
    public void A_client_named_as_the_default_is_a_client()
    {
        Assert.Equal(ErrorCode.None, SetQuota("client-id", "<default>", "producer_byte_rate", 1).Error);
        Assert.Equal(ErrorCode.None, SetQuota("client-id", null, "producer_byte_rate", 2).Error);
        var described = _client.Ask<DescribeClientQuotasRequest, DescribeClientQuotasResponse>(
            new() { Components = [new() { EntityType = "client-id", MatchType = 2 }] }, 1);
        Assert.Equal(
            ["<default>=1", "null=2"],
            described.Entries!.Select(entry => $"{entry.Entity[0].EntityName ?? "null"}={entry.Values[0].Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Scram_credentials_are_stored_and_never_shown()
    {
        var altered = _client.Ask<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>(
            new()
            {
                Upsertions = [new() { Name = "bob", Mechanism = 1, Iterations = 4096, Salt = [1, 2], SaltedPassword = new byte[32] }],
                Deletions = [new() { Name = "eve", Mechanism = 1 }],
            },
            0);
        Assert.Equal(
            [("bob", ErrorCode.None), ("eve", ErrorCode.ResourceNotFound)],
            altered.Results.Select(result => (result.User, result.ErrorCode)));
        var info = _client.Ask<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>(
            new() { Users = null }, 0).Results[0].CredentialInfos[0];
        Assert.Equal(((sbyte)1, 4096), (info.Mechanism, info.Iterations));
        Assert.Contains("SCRAM-SHA-256", _broker.ZooKeeper.Text("/config/users/bob"));
    }
}
