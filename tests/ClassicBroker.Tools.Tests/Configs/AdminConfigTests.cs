using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Tests.Configs;

/// <summary>kafka-configs.sh by way of the brokers, its output that of Kafka 3.9.</summary>
public sealed class AdminConfigTests
{
    private readonly FakeCluster _cluster = new();
    private AlterClientQuotasRequest? _quotas;
    private AlterUserScramCredentialsRequest? _credentials;

    public AdminConfigTests()
    {
        _cluster.Handle<AlterClientQuotasRequest, AlterClientQuotasResponse>((_, request) =>
        {
            _quotas = request;
            return new AlterClientQuotasResponse { Entries = [new AlterClientQuotasResponse.EntryData()] };
        });
        _cluster.Handle<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>((_, request) =>
        {
            _credentials = request;
            return new AlterUserScramCredentialsResponse
            {
                Results = [new AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult { User = "u" }],
            };
        });
        Quotas();
        _cluster.Handle<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>((_, _) => new());
    }

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-configs", "--bootstrap-server", _cluster.Bootstrap, .. words]);

    private void Quotas(params DescribeClientQuotasResponse.EntryData[] entries) =>
        _cluster.Handle<DescribeClientQuotasRequest, DescribeClientQuotasResponse>((_, _) =>
            new DescribeClientQuotasResponse { Entries = entries });

    private static DescribeClientQuotasResponse.EntryData Quota(string key, double value, params (string Type, string? Name)[] entity) => new()
    {
        Entity = entity
            .Select(part => new DescribeClientQuotasResponse.EntityData { EntityType = part.Type, EntityName = part.Name })
            .ToArray(),
        Values = [new DescribeClientQuotasResponse.ValueData { Key = key, Value = value }],
    };

    [Fact]
    public void Quotas_of_a_user_and_its_client_are_set_together()
    {
        var run = Run(
            "--alter", "--entity-type", "users", "--entity-name", "u", "--entity-type", "clients", "--entity-default",
            "--add-config", "producer_byte_rate=1024,request_percentage=12.5");
        Assert.Equal("Completed updating config for user u.\n", run.Output);
        Assert.Equal(0, run.ExitCode);
        var entry = Assert.Single(_quotas!.Entries);
        Assert.Equal([("user", "u"), ("client-id", null)], entry.Entity.Select(part => (part.EntityType, part.EntityName)));
        Assert.Equal(
            [("producer_byte_rate", 1024, false), ("request_percentage", 12.5, false)],
            entry.Ops.Select(op => (op.Key, op.Value, op.Remove)));
    }

    [Theory]
    [InlineData("--entity-type", "clients", "--entity-default")]
    [InlineData("--client-defaults")]
    public void A_default_is_named_as_such(params string[] entity)
    {
        var run = Run(["--alter", .. entity, "--add-config", "consumer_byte_rate=1"]);
        Assert.Equal("Completed updating default config for clients in the cluster.\n", run.Output);
        Assert.Equal(("client-id", null), (_quotas!.Entries[0].Entity[0].EntityType, _quotas.Entries[0].Entity[0].EntityName));
    }

    [Fact]
    public void A_quota_that_is_not_there_cannot_be_deleted()
    {
        Quotas(Quota("producer_byte_rate", 1, ("user", "u")));
        var run = Run("--alter", "--user", "u", "--delete-config", "producer_byte_rate,consumer_byte_rate");
        Assert.Equal((1, "Invalid config(s): consumer_byte_rate\n"), (run.ExitCode, run.Error));
        Assert.Null(_quotas);
    }

    [Fact]
    public void Quotas_are_described_with_whom_they_are_for()
    {
        Quotas(
            Quota("producer_byte_rate", 1024, ("client-id", "c"), ("user", "u")),
            Quota("consumer_byte_rate", 12_000_000, ("client-id", null), ("user", null)));
        Assert.Equal(
            "Quota configs for user-principal 'u', client-id 'c' are producer_byte_rate=1024.0\n"
            + "Quota configs for the default user-principal, the default client-id are consumer_byte_rate=1.2E7\n",
            Run("--describe", "--entity-type", "users", "--entity-type", "clients").Output);
    }

    [Fact]
    public void A_password_is_salted_before_it_leaves()
    {
        var run = Run("--alter", "--entity-type", "users", "--entity-name", "u", "--add-config", "SCRAM-SHA-256=[iterations=8192,password=pw]");
        Assert.Equal("Completed updating config for user u.\n", run.Output);
        var upsertion = Assert.Single(_credentials!.Upsertions);
        Assert.Equal(("u", 1, 8192, 32), (upsertion.Name, upsertion.Mechanism, upsertion.Iterations, upsertion.SaltedPassword.Length));
        Assert.Equal(
            System.Security.Cryptography.Rfc2898DeriveBytes.Pbkdf2(
                "pw"u8, upsertion.Salt, 8192, System.Security.Cryptography.HashAlgorithmName.SHA256, 32),
            upsertion.SaltedPassword);
    }

    [Fact]
    public void Credentials_are_described_by_their_strength_alone()
    {
        _cluster.Handle<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>((_, _) => new()
        {
            Results =
            [
                new() { User = "u", CredentialInfos = [new() { Mechanism = 1, Iterations = 8192 }, new() { Mechanism = 2, Iterations = 4096 }] },
                new() { User = "v", ErrorCode = ErrorCode.DuplicateResource, ErrorMessage = "twice" },
                new() { User = "w", ErrorCode = ErrorCode.ResourceNotFound },
            ],
        });
        Assert.Equal(
            "SCRAM credential configs for user-principal 'u' are SCRAM-SHA-256=iterations=8192, SCRAM-SHA-512=iterations=4096\n"
            + "Error retrieving SCRAM credential configs for user-principal 'v': DuplicateResourceException: twice\n",
            Run("--describe", "--entity-type", "users").Output);
    }

    [Theory]
    [InlineData("Only quota configs can be added for 'clients' using --bootstrap-server. Unexpected config names: Set(SCRAM-SHA-256)",
        "--client", "c", "--add-config", "SCRAM-SHA-256=[password=x]")]
    [InlineData("Only quota and SCRAM credential configs can be deleted for 'users' using --bootstrap-server. Unexpected config names: Set(x)",
        "--user", "u", "--delete-config", "x")]
    [InlineData("Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: producer_byte_rate",
        "--ip", "1.2.3.4", "--add-config", "producer_byte_rate=1")]
    [InlineData("Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
        "--user", "u", "--add-config", "SCRAM-SHA-256=[password=x],producer_byte_rate=1")]
    [InlineData("The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.",
        "--user-defaults", "--add-config", "SCRAM-SHA-256=[password=x]")]
    [InlineData("Cannot parse quota configuration value for producer_byte_rate: much", "--user", "u", "--add-config", "producer_byte_rate=much")]
    [InlineData("an entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
        "--entity-type", "users", "--add-config", "producer_byte_rate=1")]
    [InlineData("an entity name must be specified with --alter of topics", "--entity-type", "topics", "--add-config", "a=b")]
    [InlineData("The entity name for brokers must be a valid integer broker id, but it is: x", "--broker", "x", "--add-config", "a=b")]
    [InlineData("--entity-{type,name,default} should not be used in conjunction with specific entity flags",
        "--entity-type", "users", "--client", "c", "--add-config", "a=b")]
    [InlineData("Only 'users' and 'clients' entity types may be specified together",
        "--entity-type", "topics", "--entity-type", "clients", "--add-config", "a=b")]
    [InlineData("At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter", "--topic", "t")]
    public void What_makes_no_sense_is_refused(string message, params string[] words)
    {
        var run = Run(["--alter", .. words]);
        Assert.Equal((1, message + "\n"), (run.ExitCode, run.Error));
        Assert.Equal("", run.Output);
    }

    [Fact]
    public void What_the_broker_refuses_is_shown_with_its_exception()
    {
        _cluster.Handle<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>((_, _) => new()
        {
            Responses = [new() { ErrorCode = ErrorCode.InvalidConfig, ErrorMessage = "Unknown topic config name: x" }],
        });
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((_, request) => new()
        {
            Results = [new() { ResourceType = request.Resources[0].ResourceType, ResourceName = request.Resources[0].ResourceName }],
        });
        var run = Run("--alter", "--topic", "t", "--add-config", "x=1");
        Assert.StartsWith("Error while executing config command with args '--bootstrap-server ", run.Error);
        Assert.EndsWith(
            "java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.InvalidConfigurationException: "
            + "Unknown topic config name: x\n"
            + "Caused by: org.apache.kafka.common.errors.InvalidConfigurationException: Unknown topic config name: x\n",
            run.Error);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void Levels_of_loggers_are_described_and_only_those_there_are_changed()
    {
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((_, request) => new()
        {
            Results =
            [
                new()
                {
                    ResourceType = request.Resources[0].ResourceType,
                    ResourceName = request.Resources[0].ResourceName,
                    Configs = [new() { Name = "root", Value = "INFO", ConfigSource = 6 }],
                },
            ],
        });
        Assert.Equal(
            "Dynamic configs for broker-logger 0 are:\n  root=INFO sensitive=false synonyms={}\n",
            Run("--describe", "--broker-logger", "0").Output);
        Assert.Equal("Invalid broker logger(s): nobody\n", Run("--alter", "--broker-logger", "0", "--add-config", "nobody=DEBUG").Error);
    }
}
