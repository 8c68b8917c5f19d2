using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

public sealed class TopicAdministrationTests
{
    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;

    public TopicAdministrationTests() => _client = _broker.Connect();

    private MetadataResponse.MetadataResponseTopic Metadata(string topic, short version, bool mayCreate = false) =>
        _client.Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [new() { Name = topic }], AllowAutoTopicCreation = version < 4 || mayCreate }, version).Topics[0];

    private ListOffsetsResponse.ListOffsetsPartitionResponse ListOffsets(long timestamp, short version) =>
        _client.Ask<ListOffsetsRequest, ListOffsetsResponse>(
            new()
            {
                ReplicaId = -1,
                Topics = [new() { Name = "l", Partitions = [new() { Timestamp = timestamp, MaxNumOffsets = version == 0 ? 10 : 1 }] }],
            },
            version).Topics[0].Partitions[0];

    [Fact]
    public void Metadata_names_this_broker_as_broker_and_controller()
    {
        var response = _client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 9);
        Assert.Equal((0, "127.0.0.1", 9092), (response.Brokers[0].NodeId, response.Brokers[0].Host, response.Brokers[0].Port));
        Assert.Equal(0, response.ControllerId);
        Assert.Equal(_broker.Server.Identity.ClusterId, response.ClusterId);
        Assert.Empty(response.Topics);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(12)]
    public void A_topic_somebody_asks_for_is_created(short version)
    {
        Assert.Equal(ErrorCode.LeaderNotAvailable, Metadata("auto", version, mayCreate: true).ErrorCode);
        var topic = Metadata("auto", version);
        Assert.Equal((ErrorCode.None, 1, 0), (topic.ErrorCode, topic.Partitions.Length, topic.Partitions[0].LeaderId));
    }

    [Theory]
    [InlineData("no such topic", ErrorCode.InvalidTopicException)]
    [InlineData("missing", ErrorCode.UnknownTopicOrPartition)]
    public void A_topic_that_may_not_be_created_is_unknown(string topic, ErrorCode expected) =>
        Assert.Equal(expected, Metadata(topic, 9).ErrorCode);

    [Fact]
    public void Without_auto_create_nothing_is_created()
    {
        var client = new InProcessBroker("auto.create.topics.enable=false").Connect();
        var topic = client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = "auto" }] }, 1).Topics[0];
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, topic.ErrorCode);
    }

    [Fact]
    public void An_empty_list_asks_for_all_in_version_0_and_for_none_later()
    {
        _client.CreateTopic("a");
        Assert.Single(_client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 0).Topics);
        Assert.Empty(_client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 1).Topics);
        Assert.Single(_client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = null }, 1).Topics);
    }

    [Theory]
    [InlineData("x", 1, 3, ErrorCode.InvalidReplicationFactor, "Replication factor: 3 larger than available brokers: 1.")]
    [InlineData("x", 0, 1, ErrorCode.InvalidPartitions, "Number of partitions must be larger than 0.")]
    [InlineData("..", 1, 1, ErrorCode.InvalidTopicException, "Topic name is invalid: '..' is not allowed")]
    [InlineData("there", 1, 1, ErrorCode.TopicAlreadyExists, "Topic 'there' already exists.")]
    public void A_topic_that_cannot_be_is_refused_in_kafkas_words(
        string name, int partitions, short replicas, ErrorCode error, string message)
    {
        _client.CreateTopic("there");
        var response = _client.Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = replicas }] }, 5);
        Assert.Equal((error, message), (response.Topics[0].ErrorCode, response.Topics[0].ErrorMessage));
    }

    [Fact]
    public void Validation_alone_creates_nothing()
    {
        var response = _client.Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = "v", NumPartitions = -1, ReplicationFactor = -1 }], ValidateOnly = true }, 5);
        Assert.Equal((ErrorCode.None, 1), (response.Topics[0].ErrorCode, response.Topics[0].NumPartitions));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Metadata("v", 9).ErrorCode);
    }

    [Fact]
    public void A_config_nobody_knows_is_refused()
    {
        var response = _client.Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new()
            {
                Topics =
            [
                new() { Name = "c", NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "nope", Value = "1" }] }
            ]
            }, 5);
        Assert.Equal(
            (ErrorCode.InvalidConfig, "Unknown topic config name: nope"),
            (response.Topics[0].ErrorCode, response.Topics[0].ErrorMessage));
    }

    [Fact]
    public void What_waits_for_zookeeper_while_the_session_expires_is_for_the_next_controller()
    {
        _client.CreateTopic("there");
        var (creates, grows, deletes) = (_broker.Connect(), _broker.Connect(), _broker.Connect());
        _broker.Session!.Disconnect();
        creates.Send(new CreateTopicsRequest { Topics = [new() { Name = "new", NumPartitions = 1, ReplicationFactor = 1 }] }, 5);
        grows.Send(new CreatePartitionsRequest { Topics = [new() { Name = "there", Count = 2, Assignments = null }] }, 1);
        deletes.Send(new DeleteTopicsRequest { TopicNames = ["there"] }, 3);
        _broker.Time.RunUntilIdle();
        _broker.Session.Expire();
        _broker.Session.Reconnect();
        _broker.Time.RunUntilIdle();

        Assert.Equal(ErrorCode.NotController, creates.Answer<CreateTopicsResponse>(5)!.Topics[0].ErrorCode);
        Assert.Equal(ErrorCode.NotController, grows.Answer<CreatePartitionsResponse>(1)!.Results[0].ErrorCode);
        Assert.Equal(ErrorCode.NotController, deletes.Answer<DeleteTopicsResponse>(3)!.Responses[0].ErrorCode);
    }

    [Fact]
    public void A_deleted_topic_is_gone_with_its_log_and_may_come_again()
    {
        _client.CreateTopic("d");
        _client.Produce("d", 0, 1, "old");
        var response = _client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["d", "never"], TimeoutMs = 5000 }, 3);
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition], response.Responses.Select(result => result.ErrorCode));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Metadata("d", 9).ErrorCode);
        _client.CreateTopic("d");
        Assert.Equal(0, _client.Produce("d", 0, 1, "new").BaseOffset);
    }

    [Theory]
    [InlineData(1, ErrorCode.InvalidRequest)]
    [InlineData(3, ErrorCode.TopicDeletionDisabled)]
    public void Deletion_can_be_disabled(short version, ErrorCode expected)
    {
        var client = new InProcessBroker("delete.topic.enable=false").Connect();
        client.CreateTopic("d");
        var response = client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["d"], TimeoutMs = 10 }, version);
        Assert.Equal(expected, response.Responses[0].ErrorCode);
    }

    [Fact]
    public void A_topic_grows_and_does_not_shrink()
    {
        _client.CreateTopic("g", 1);
        CreatePartitionsResponse.CreatePartitionsTopicResult Grow(int count) =>
            _client.Ask<CreatePartitionsRequest, CreatePartitionsResponse>(
                new() { Topics = [new() { Name = "g", Count = count, Assignments = null }], TimeoutMs = 5000 }, 1).Results[0];
        Assert.Equal(ErrorCode.None, Grow(3).ErrorCode);
        Assert.Equal(ErrorCode.None, _client.Produce("g", 2, 1, "x").ErrorCode);
        Assert.Equal(ErrorCode.InvalidPartitions, Grow(2).ErrorCode);
    }

    [Fact]
    public void Topics_created_in_zookeeper_alone_are_served()
    {
        _broker.ZooKeeper.Put(
            "/brokers/topics/zk", """{"version":2,"partitions":{"0":[0],"1":[0]},"adding_replicas":{},"removing_replicas":{}}""");
        _broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.None, _client.Produce("zk", 1, 1, "x").ErrorCode);
    }

    [Fact]
    public void DeleteRecords_moves_the_log_start()
    {
        _client.CreateTopic("r");
        _client.Produce("r", 0, 1, "a", "b", "c");
        DeleteRecordsResponse.DeleteRecordsPartitionResult Delete(long offset) =>
            _client.Ask<DeleteRecordsRequest, DeleteRecordsResponse>(
                new() { Topics = [new() { Name = "r", Partitions = [new() { PartitionIndex = 0, Offset = offset }] }], TimeoutMs = 100 }, 1)
                .Topics[0].Partitions[0];
        var done = Delete(2);
        Assert.Equal((ErrorCode.None, 2L), (done.ErrorCode, done.LowWatermark));
        Assert.Equal(ErrorCode.OffsetOutOfRange, _client.Fetch("r", 0, 1).Responses[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Delete(4).ErrorCode);
        Assert.Equal(3, Delete(-1).LowWatermark);
    }

    [Theory]
    [InlineData(-1, 1, 3)]
    [InlineData(-1, 9, 3)]
    [InlineData(-2, 5, 0)]
    [InlineData(-3, 7, 0)]
    [InlineData(-4, 8, 0)]
    [InlineData(-5, 9, -1)]
    [InlineData(1000, 5, 0)]
    [InlineData(999_999, 5, -1)]
    public void ListOffsets_finds_ends_and_times(long timestamp, short version, long expected)
    {
        _client.CreateTopic("l");
        _client.Produce("l", 0, 1, "a", "b", "c");
        var answer = ListOffsets(timestamp, version);
        Assert.Equal((ErrorCode.None, expected), (answer.ErrorCode, answer.Offset));
    }

    [Theory]
    [InlineData(-3, 6)]
    [InlineData(-4, 7)]
    [InlineData(-5, 8)]
    [InlineData(-6, 9)]
    [InlineData(long.MinValue, 9)]
    public void ListOffsets_refuses_timestamps_its_version_does_not_know(long timestamp, short version)
    {
        _client.CreateTopic("l");
        Assert.Equal(ErrorCode.UnsupportedVersion, ListOffsets(timestamp, version).ErrorCode);
    }

    [Fact]
    public void ListOffsets_0_lists_segments_newest_first()
    {
        _client.CreateTopic("l");
        _client.Produce("l", 0, 1, "a", "b", "c");
        Assert.Equal([3L, 0L], ListOffsets(-1, 0).OldStyleOffsets);
    }

    [Fact]
    public void DescribeLogDirs_shows_sizes()
    {
        _client.CreateTopic("s");
        _client.Produce("s", 0, 1, "a");
        var result = _client.Ask<DescribeLogDirsRequest, DescribeLogDirsResponse>(new() { Topics = null }, 4).Results[0];
        Assert.Equal(("/data/a", "s"), (result.LogDir, result.Topics[0].Name));
        Assert.InRange(result.Topics[0].Partitions[0].PartitionSize, 60, 100);
    }
}
