using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>
/// Znodes that hold anything, against a broker that starts and one that runs: each costs its own entity, one line of the log with its path,
/// and keeps its last good value.
/// </summary>
public sealed class HostileZnodesTests
{
    private const string TooLong = "a value that is longer than the topic lets a message be, which is a hundred bytes and no more than these";

    private static readonly string[] Paths =
    [
        "/config/topics/bad", "/config/topics/stranger/child", "/config/brokers/<default>", "/config/brokers/0", "/config/brokers/stranger",
        "/config/users/u", "/config/users/%zz", "/config/users/u/clients/c", "/config/clients/c", "/config/clients/%", "/config/ips/i",
        "/config/changes/config_change_0000000900", "/config/changes/stranger/child", "/feature", "/brokers/topics/bad",
        "/brokers/ids/7", "/isr_change_notification/isr_change_0000000900", "/log_dir_event_notification/log_dir_event_0000000900",
        "/admin/reassign_partitions", "/admin/preferred_replica_election", "/admin/delete_topics/ghost/partitions",
    ];

    public static TheoryData<string> Texts =>
    [
        "", "garbage", "null", "[]", "{}", "{\"version\":1,\"config\":7}", "{\"version\":1,\"config\":{\"max.message.bytes\":7}}",
        "{\"version\":1,\"config\":{\"max.message.bytes\":\"x\",\"no.such\":\"y\",\"producer_byte_rate\":\"z\",\"SCRAM-SHA-256\":\"q\"}}",
        "{\"version\":2,\"entity_path\":\"topics\"}", "{\"version\":2,\"entity_path\":\"users\"}", "{\"version\":2,\"entity_path\":\"\"}",
        "{\"version\":2,\"entity_path\":\"users/%zz\"}", "{\"version\":99999999999999999999}", "{\"a\":\"\\ud800\"}",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_broker_starts_beside_them_and_serves_what_is_sound(string text)
    {
        var broker = new InProcessBroker();
        broker.Connect().CreateTopic("sound");
        broker.Stop();
        Plant(broker, text);
        broker.Start();
        AssertServes(broker);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_broker_that_runs_bears_them_and_serves_what_is_sound(string text)
    {
        var broker = new InProcessBroker();
        broker.Connect().CreateTopic("sound");
        Plant(broker, text);
        broker.Time.RunUntilIdle();
        AssertServes(broker);
    }

    [Fact]
    public void A_topics_configuration_that_cannot_be_read_keeps_its_last_good_values()
    {
        var broker = new InProcessBroker();
        var client = broker.Connect();
        client.CreateTopic("t", 1, ("max.message.bytes", "100"));
        Put(broker, "garbage");
        Assert.Equal(ErrorCode.MessageTooLarge, client.Produce("t", 0, 1, TooLong).ErrorCode);
        Assert.Single(broker.Log.Lines, line => line.Contains("/config/topics/t", StringComparison.Ordinal));

        broker.Log.Lines.Clear();
        Put(broker, """{"version":1,"config":{"max.message.bytes":"many","retention.ms":"77"}}""");
        Assert.Equal(ErrorCode.MessageTooLarge, client.Produce("t", 0, 1, TooLong).ErrorCode);
        Assert.Single(broker.Log.Lines, line => line.Contains("/config/topics/t", StringComparison.Ordinal));

        Put(broker, """{"version":1,"config":{"max.message.bytes":"1000"}}""");
        Assert.Equal(ErrorCode.None, client.Produce("t", 0, 1, TooLong).ErrorCode);
    }

    [Fact]
    public void A_brokers_dynamic_configuration_that_cannot_be_read_keeps_its_last_good_values()
    {
        var broker = new InProcessBroker();
        broker.ZooKeeper.Put("/config/brokers/0", """{"version":1,"config":{"log.retention.ms":"123456"}}""");
        Announce(broker, "brokers/0");
        broker.ZooKeeper.Put("/config/brokers/0", "garbage");
        broker.ZooKeeper.Put("/config/brokers/<default>", """{"version":1,"config":{"message.max.bytes":"2000"}}""");
        Announce(broker, "brokers/<default>");
        Assert.Equal(123456, broker.Server.Config.Current.LogRetentionMs);
        Assert.Equal(2000, broker.Server.Config.Current.Values.Int("message.max.bytes"));
    }

    [Fact]
    public void A_session_that_ends_while_a_new_topics_configuration_is_read_stops_nothing()
    {
        var broker = new InProcessBroker();
        var client = broker.Connect();
        var armed = true;
        broker.Session!.Faults = call =>
        {
            if (!armed || call is not { Kind: "GetData", Path: "/config/topics/t" })
            {
                return ZooKeeperFault.None;
            }

            armed = false;
            broker.Session.Expire();
            return ZooKeeperFault.LostRequest;
        };
        client.Send(
            new CreateTopicsRequest
            {
                Topics = [new() { Name = "t", NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "max.message.bytes", Value = "100" }] }],
                TimeoutMs = 30_000,
            },
            5);
        broker.Time.AdvanceMs(30_000);
        Assert.False(armed);
        Assert.Null(broker.Halted);
        client = broker.Connect();
        Assert.Equal(ErrorCode.MessageTooLarge, client.Produce("t", 0, 1, TooLong).ErrorCode);
        Assert.Equal(ErrorCode.None, client.Produce("t", 0, 1, "short").ErrorCode);
    }

    [Theory]
    [InlineData("orders/partitions")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public void A_name_that_no_topic_can_have_is_unknown_to_every_request(string name)
    {
        var broker = new InProcessBroker();
        var client = broker.Connect();
        client.CreateTopic("orders");
        var deleted = client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = [name, "none"], TimeoutMs = 0 }, 5);
        Assert.Equal([ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition], deleted.Responses.Select(topic => topic.ErrorCode));
        var grown = client.Ask<CreatePartitionsRequest, CreatePartitionsResponse>(
            new() { Topics = [new() { Name = name, Count = 2 }], TimeoutMs = 0 }, 1);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, grown.Results[0].ErrorCode);
        Assert.Empty(broker.ZooKeeper.Children("/admin/delete_topics"));
        Assert.Equal(["orders"], broker.ZooKeeper.Children("/brokers/topics"));
        Assert.True(client.IsOpen);
    }

    [Theory]
    [InlineData("g/offsets/t")]
    [InlineData("")]
    [InlineData("..")]
    public void A_group_that_no_path_can_name_is_refused_its_offset(string group)
    {
        var broker = new InProcessBroker();
        var client = broker.Connect();
        client.CreateTopic("t");
        var committed = client.Ask<OffsetCommitRequest, OffsetCommitResponse>(
            new()
            {
                GroupId = group,
                Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1, CommittedMetadata = "" }] }],
            },
            0);
        Assert.Equal(ErrorCode.InvalidGroupId, committed.Topics[0].Partitions[0].ErrorCode);
        Assert.Empty(broker.ZooKeeper.Children("/consumers"));
    }

    [Fact]
    public void A_failure_that_nothing_foresaw_stays_with_its_resource()
    {
        var broker = new InProcessBroker();
        var client = broker.Connect();
        client.CreateTopic("bad");
        client.CreateTopic("sound");
        broker.ZooKeeper.Put("/config/topics/bad", "garbage");
        var described = client.Ask<DescribeConfigsRequest, DescribeConfigsResponse>(
            new() { Resources = [new() { ResourceType = 2, ResourceName = "bad" }, new() { ResourceType = 2, ResourceName = "sound" }] }, 1);
        Assert.Equal([ErrorCode.UnknownServerError, ErrorCode.None], described.Results.Select(result => result.ErrorCode));
        Assert.Equal("bad", described.Results[0].ResourceName);
        var altered = client.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources =
                [
                    new() { ResourceType = 2, ResourceName = "bad", Configs = [new() { Name = "retention.ms", Value = "5" }] },
                    new() { ResourceType = 2, ResourceName = "sound", Configs = [new() { Name = "retention.ms", Value = "5" }] },
                ],
            },
            1);
        Assert.Equal([ErrorCode.UnknownServerError, ErrorCode.None], altered.Responses.Select(result => result.ErrorCode));
    }

    private static void Put(InProcessBroker broker, string text)
    {
        broker.ZooKeeper.Put("/config/topics/t", text);
        Announce(broker, "topics/t");
    }

    private static void Announce(InProcessBroker broker, string entity)
    {
        var next = broker.ZooKeeper.Children("/config/changes").Count + 500;
        broker.ZooKeeper.Put($"/config/changes/config_change_{next:D10}", $"{{\"version\":2,\"entity_path\":\"{entity}\"}}");
        broker.Time.RunUntilIdle();
    }

    private static void Plant(InProcessBroker broker, string text)
    {
        foreach (var path in Paths)
        {
            broker.ZooKeeper.Put(path, text);
        }
    }

    private static void AssertServes(InProcessBroker broker)
    {
        Assert.Null(broker.Halted);
        var client = broker.Connect();
        Assert.Equal(ErrorCode.None, client.Produce("sound", 0, -1, "value").ErrorCode);
        Assert.Equal(["value"], BrokerClient.Values(client.Fetch("sound", 0, 0).Responses[0].Partitions[0].Records));
        client.CreateTopic("later", 1, ("max.message.bytes", "100"));
        Assert.Equal(ErrorCode.MessageTooLarge, client.Produce("later", 0, 1, TooLong).ErrorCode);

        // Later changes are still heard of.
        broker.ZooKeeper.Put("/config/topics/later", """{"version":1,"config":{"max.message.bytes":"1000"}}""");
        broker.ZooKeeper.Put("/config/changes/config_change_0000009999", """{"version":2,"entity_path":"topics/later"}""");
        broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.None, client.Produce("later", 0, 1, TooLong).ErrorCode);
        Assert.NotNull(client.Ask<DescribeClientQuotasRequest, DescribeClientQuotasResponse>(new(), 0));
        Assert.NotNull(client.Ask<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>(new(), 0));
    }
}
