using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>
/// What another broker has stored, and this one has had no notice of yet. As Kafka's, a broker reads the configs of topics, quotas and
/// credentials in ZooKeeper each time it is asked, and tells its own configs, by which it works, from memory.
/// </summary>
public sealed class UnannouncedConfigTests
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte MatchAny = 2;

    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;

    public UnannouncedConfigTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t", 1);
    }

    private static string Znode(string config) => "{\"version\":1,\"config\":{" + config + "}}";

    private string? Describe(sbyte type, string name, string key) => _client.Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
        new() { Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = [key] }] }, 4).Results[0].Configs[0].Value;

    [Fact]
    public void Configs_of_a_topic_are_those_that_are_stored()
    {
        Assert.Equal("604800000", Describe(Topic, "t", "retention.ms"));
        _broker.ZooKeeper.Put("/config/topics/t", Znode("\"retention.ms\":\"1000\""));
        Assert.Equal("1000", Describe(Topic, "t", "retention.ms"));
    }

    [Fact]
    public void Configs_of_a_broker_are_those_it_works_by()
    {
        _broker.ZooKeeper.Put("/config/brokers/0", Znode("\"message.max.bytes\":\"500\""));
        Assert.Equal("1048588", Describe(Broker, "0", "message.max.bytes"));
        _broker.ZooKeeper.Put("/config/changes/config_change_0000000077", """{"version":2,"entity_path":"brokers/0"}""");
        _broker.Time.RunUntilIdle();
        Assert.Equal("500", Describe(Broker, "0", "message.max.bytes"));
    }

    [Fact]
    public void Quotas_and_credentials_are_those_that_are_stored()
    {
        const string Credential = "salt=MTIzNA==,stored_key=AQIDBA==,server_key=BAMCAQ==,iterations=8192";
        _broker.ZooKeeper.Put("/config/users/ann", Znode($"\"producer_byte_rate\":\"1000\",\"SCRAM-SHA-256\":\"{Credential}\""));
        var quota = Assert.Single(_client.Ask<DescribeClientQuotasRequest, DescribeClientQuotasResponse>(
            new() { Components = [new() { EntityType = "user", MatchType = MatchAny }] }, 1).Entries!);
        Assert.Equal(("ann", 1000.0), (quota.Entity[0].EntityName, quota.Values[0].Value));
        var user = Assert.Single(_client.Ask<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>(
            new() { Users = null }, 0).Results);
        Assert.Equal(("ann", 8192), (user.User, user.CredentialInfos[0].Iterations));
    }
}
