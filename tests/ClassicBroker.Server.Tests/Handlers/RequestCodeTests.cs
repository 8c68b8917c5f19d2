using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>Error codes and sentences of requests that are sound but cannot be met, with Kafka 3.9.2's answers as the expected values.</summary>
public sealed class RequestCodeTests
{
    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;

    public RequestCodeTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t");
    }

    [Fact]
    public void Topics_named_twice_in_a_creation_are_each_refused() =>
        Assert.Equal(
            [("x", ErrorCode.InvalidRequest), ("x", ErrorCode.InvalidRequest)],
            Create(5_000, "x", "x").Select(topic => (topic.Name, topic.ErrorCode)));

    [Fact]
    public void The_topic_of_another_mode_cannot_be_created() =>
        Assert.Equal(ErrorCode.InvalidRequest, Create(5_000, "__cluster_metadata")[0].ErrorCode);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_creation_that_does_not_wait_tells_no_shape_and_keeps_the_id(int timeoutMs)
    {
        var topic = Create(timeoutMs, "x")[0];
        Assert.Equal(
            (ErrorCode.RequestTimedOut, null, -1, (short)-1, 0),
            (topic.ErrorCode, topic.ErrorMessage, topic.NumPartitions, topic.ReplicationFactor, topic.Configs!.Length));
        Assert.False(topic.TopicId.IsZero);
    }

    [Fact]
    public void A_creation_that_only_validates_has_no_id()
    {
        var request = Creation(5_000, "x");
        request.ValidateOnly = true;
        var topic = _client.Ask<CreateTopicsRequest, CreateTopicsResponse>(request, 7).Topics[0];
        Assert.Equal((ErrorCode.None, Uuid.Zero, 1), (topic.ErrorCode, topic.TopicId, topic.NumPartitions));
    }

    [Fact]
    public void Topics_named_twice_in_a_deletion_are_each_answered() =>
        Assert.Equal(
            2,
            _client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["t", "t"], TimeoutMs = 1_000 }, 5).Responses.Length);

    [Fact]
    public void Authorized_operations_are_all_where_nothing_forbids_any()
    {
        var metadata = _client.Ask<MetadataRequest, MetadataResponse>(
            new()
            {
                Topics = [new() { Name = "t" }, new() { Name = "bad/name" }],
                IncludeClusterAuthorizedOperations = true,
                IncludeTopicAuthorizedOperations = true,
            },
            8);
        Assert.Equal((8096, 3576, 3576), (
            metadata.ClusterAuthorizedOperations,
            metadata.Topics[0].TopicAuthorizedOperations,
            metadata.Topics[1].TopicAuthorizedOperations));
        Assert.Equal(
            (8096, int.MinValue),
            (DescribeCluster(asked: true).ClusterAuthorizedOperations, DescribeCluster(asked: false).ClusterAuthorizedOperations));
    }

    [Fact]
    public void Metadata_makes_no_internal_topic_where_nothing_may_be_made_by_asking()
    {
        var client = new InProcessBroker("auto.create.topics.enable=false").Connect();
        var topic = client.Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [new() { Name = "__consumer_offsets" }], AllowAutoTopicCreation = true }, 9).Topics[0];
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, true), (topic.ErrorCode, topic.IsInternal));
    }

    [Fact]
    public void Records_of_a_deleted_topic_are_not_acknowledged()
    {
        _client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["t"], TimeoutMs = 1_000 }, 5);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _client.Produce("t", 0, -1, "late").ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, _client.Fetch("t", 0, 0).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void A_transactional_batch_needs_an_id_and_a_transaction()
    {
        var request = BrokerClient.ProduceRequestOf("t", 0, -1, Transactional());
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, Ask(request).ErrorCode);

        request = BrokerClient.ProduceRequestOf("t", 0, -1, Transactional());
        request.TransactionalId = "tx";
        var answer = Ask(request);
        Assert.Equal(ErrorCode.NotEnoughReplicas, answer.ErrorCode);
        Assert.StartsWith("Unable to verify the partition has been added to the transaction.", answer.ErrorMessage);
    }

    [Fact]
    public void A_transactional_batch_passes_where_verification_is_switched_off()
    {
        var client = new InProcessBroker("transaction.partition.verification.enable=false").Connect();
        client.CreateTopic("t");
        var request = BrokerClient.ProduceRequestOf("t", 0, -1, Transactional());
        request.TransactionalId = "tx";
        Assert.Equal(
            ErrorCode.None,
            client.Ask<ProduceRequest, ProduceResponse>(request, 8).Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public void A_partition_named_twice_in_a_produce_is_written_once_with_the_last_records()
    {
        var request = new ProduceRequest
        {
            Acks = 1,
            TimeoutMs = 1_000,
            TopicData =
            [
                new() { Name = "t", PartitionData = [new() { Index = 0, Records = new RecordsPayload(BrokerClient.Batch("first")) }] },
                new() { Name = "empty", PartitionData = [] },
                new() { Name = "t", PartitionData = [new() { Index = 0, Records = new RecordsPayload(BrokerClient.Batch("last")) }] },
            ],
        };
        var response = _client.Ask<ProduceRequest, ProduceResponse>(request, 8);
        Assert.Equal("t", Assert.Single(response.Responses).Name);
        Assert.Single(response.Responses[0].PartitionResponses);
        Assert.Equal(["last"], BrokerClient.Values(_client.Fetch("t", 0, 0).Responses[0].Partitions[0].Records));
    }

    [Fact]
    public void A_partition_named_twice_in_a_deletion_of_records_is_answered_once()
    {
        _client.Produce("t", 0, 1, "a", "b", "c");
        var response = _client.Ask<DeleteRecordsRequest, DeleteRecordsResponse>(
            new()
            {
                TimeoutMs = 1_000,
                Topics =
                [
                    new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Offset = 2 }, new() { PartitionIndex = 0, Offset = 1 }] },
                    new() { Name = "empty", Partitions = [] },
                ],
            },
            2);
        Assert.Equal(1, Assert.Single(Assert.Single(response.Topics).Partitions).LowWatermark);
    }

    [Fact]
    public void Records_of_an_absent_internal_topic_are_those_of_an_unknown_one()
    {
        var response = _client.Ask<DeleteRecordsRequest, DeleteRecordsResponse>(
            new() { Topics = [new() { Name = "__consumer_offsets", Partitions = [new() { PartitionIndex = 0 }] }] }, 2);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, response.Topics[0].Partitions[0].ErrorCode);
    }

    [Theory]
    [InlineData("absent", ErrorCode.UnknownTopicOrPartition)]
    [InlineData("a/b", ErrorCode.InvalidTopicException)]
    public void Log_directories_of_absent_partitions_cannot_be_chosen(string topic, ErrorCode expected) =>
        Assert.Equal(expected, AlterLogDir("/data/a", topic));

    [Fact]
    public void A_topic_name_too_long_for_a_moving_log_is_refused_before_the_directory_is_looked_at() =>
        Assert.Equal(ErrorCode.InvalidTopicException, AlterLogDir("/nowhere", new string('x', 249)));

    [Fact]
    public void Producers_of_an_invalid_topic_name_are_an_invalid_topic() =>
        Assert.Equal(
            ErrorCode.InvalidTopicException,
            _client.Ask<DescribeProducersRequest, DescribeProducersResponse>(
                new() { Topics = [new() { Name = "a/b", PartitionIndexes = [0] }] }, 0).Topics[0].Partitions[0].ErrorCode);

    [Theory]
    [InlineData(0, true, "Can not delete non-existing finalized feature.")]
    [InlineData(1, false, "Could not apply finalized feature update because the provided feature is not supported.")]
    public void Features_are_refused_in_Kafkas_words(short level, bool isDowngrade, string expected)
    {
        var request = new UpdateFeaturesRequest
        {
            FeatureUpdates = [new() { Feature = "x", MaxVersionLevel = level, AllowDowngrade = isDowngrade }],
        };
        var result = _client.Ask<UpdateFeaturesRequest, UpdateFeaturesResponse>(request, 0).Results[0];
        Assert.Equal((ErrorCode.InvalidRequest, expected), (result.ErrorCode, result.ErrorMessage));
    }

    [Fact]
    public void An_election_of_an_unknown_type_is_an_unknown_error()
    {
        var response = _client.Ask<ElectLeadersRequest, ElectLeadersResponse>(
            new() { ElectionType = 7, TopicPartitions = [new() { Topic = "t", Partitions = [0] }] }, 2);
        Assert.Equal(
            (ErrorCode.UnknownServerError, ErrorCode.UnknownServerError),
            (response.ErrorCode, response.ReplicaElectionResults[0].PartitionResult[0].ErrorCode));
    }

    [Fact]
    public void The_epoch_before_all_epochs_ends_where_the_log_starts()
    {
        _client.Produce("t", 0, 1, "a");
        var answer = _client.Ask<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(
            new() { Topics = [new() { Topic = "t", Partitions = [new() { Partition = 0, LeaderEpoch = -2 }] }] }, 4);
        var end = answer.Topics[0].Partitions[0];
        Assert.Equal((ErrorCode.None, -2, 0L), (end.ErrorCode, end.LeaderEpoch, end.EndOffset));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_old_fetch_gets_what_comes_before_the_first_batch_it_cannot_read(short version)
    {
        foreach (var codec in new[] { CompressionCodec.Gzip, CompressionCodec.Zstd, CompressionCodec.Zstd })
        {
            using var builder = new RecordBatchBuilder(Compression.Of(codec));
            builder.Append(1_000, null, "value"u8);
            Assert.Equal(ErrorCode.None, _client.ProduceRaw("t", 0, 1, 8, builder.Build().ToArray()).ErrorCode);
        }

        var first = _client.Fetch("t", 0, 0, version).Responses[0].Partitions[0];
        Assert.Equal((ErrorCode.None, 1), (first.ErrorCode, BrokerClient.Values(first.Records).Count));
        Assert.Equal(ErrorCode.UnsupportedCompressionType, _client.Fetch("t", 0, 1, version).Responses[0].Partitions[0].ErrorCode);
    }

    private ProduceResponse.PartitionProduceResponse Ask(ProduceRequest request) =>
        _client.Ask<ProduceRequest, ProduceResponse>(request, 8).Responses[0].PartitionResponses[0];

    private static byte[] Transactional()
    {
        using var builder = new RecordBatchBuilder { ProducerId = 5, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true };
        builder.Append(1_000, null, "value"u8);
        return builder.Build().ToArray();
    }

    private DescribeClusterResponse DescribeCluster(bool asked) =>
        _client.Ask<DescribeClusterRequest, DescribeClusterResponse>(new() { IncludeClusterAuthorizedOperations = asked }, 1);

    private ErrorCode AlterLogDir(string path, string topic) =>
        _client.Ask<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(
            new() { Dirs = [new() { Path = path, Topics = [new() { Name = topic, Partitions = [0] }] }] }, 2).Results[0].Partitions[0].ErrorCode;

    private static CreateTopicsRequest Creation(int timeoutMs, params string[] names) =>
        new()
        {
            TimeoutMs = timeoutMs,
            Topics = [.. names.Select(name => new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = 1, ReplicationFactor = 1 })],
        };

    private CreateTopicsResponse.CreatableTopicResult[] Create(int timeoutMs, params string[] names) =>
        _client.Ask<CreateTopicsRequest, CreateTopicsResponse>(Creation(timeoutMs, names), 7).Topics;
}
