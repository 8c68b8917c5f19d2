using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hostile;

/// <summary>Well-formed requests whose arguments make no sense: Kafka's answer, and no more memory than sense would have cost.</summary>
public sealed class AbsurdArgumentTests
{
    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;

    public AbsurdArgumentTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t");
        _client.Produce("t", 0, 1, "a", "b");
    }

    [Theory]
    [InlineData(-1, ErrorCode.OffsetOutOfRange)]
    [InlineData(3, ErrorCode.OffsetOutOfRange)]
    [InlineData(long.MinValue, ErrorCode.OffsetOutOfRange)]
    [InlineData(long.MaxValue, ErrorCode.OffsetOutOfRange)]
    public void A_fetch_from_nowhere_is_out_of_range(long offset, ErrorCode expected) =>
        Assert.Equal(expected, _client.Fetch("t", 0, offset).Responses[0].Partitions[0].ErrorCode);

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_fetch_of_any_size_gets_the_first_batch_or_nothing(int maxBytes)
    {
        var answer = _client.Fetch("t", 0, 0, maxBytes: maxBytes).Responses[0].Partitions[0];
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.True(answer.Records.Length == 0 || BrokerClient.Values(answer.Records) is ["a", "b"]);
    }

    [Theory]
    [InlineData(int.MinValue, 1)]
    [InlineData(-1, int.MaxValue)]
    [InlineData(0, int.MinValue)]
    public void A_fetch_that_may_not_wait_is_answered_at_once(int maxWaitMs, int minBytes)
    {
        var request = BrokerClient.FetchRequestOf("t", 0, 2, maxWaitMs);
        request.MinBytes = minBytes;
        Assert.Equal(0, _client.Ask<FetchRequest, FetchResponse>(request, 11).Responses[0].Partitions[0].Records.Length);
    }

    [Theory]
    [InlineData(77, 1, ErrorCode.FetchSessionIdNotFound)]
    [InlineData(int.MinValue, 5, ErrorCode.FetchSessionIdNotFound)]
    [InlineData(0, 5, ErrorCode.FetchSessionIdNotFound)]
    [InlineData(0, int.MinValue, ErrorCode.FetchSessionIdNotFound)]
    public void A_forged_fetch_session_is_not_found(int sessionId, int epoch, ErrorCode expected)
    {
        var request = BrokerClient.FetchRequestOf("t", 0, 0);
        (request.SessionId, request.SessionEpoch) = (sessionId, epoch);
        Assert.Equal(expected, _client.Ask<FetchRequest, FetchResponse>(request, 11).ErrorCode);
    }

    [Fact]
    public void A_fetch_that_names_a_partition_ten_thousand_times_gets_its_bytes_once_over_the_limit()
    {
        var request = BrokerClient.FetchRequestOf("t", 0, 0, maxBytes: 100);
        request.Topics[0].Partitions = [.. Enumerable.Repeat(request.Topics[0].Partitions[0], 10_000)];
        var answer = _client.Ask<FetchRequest, FetchResponse>(request, 11);
        Assert.InRange(answer.Responses.Sum(topic => topic.Partitions.Sum(partition => partition.Records.Length)), 1, 300);
    }

    [Theory]
    [InlineData(long.MinValue, 9, ErrorCode.UnsupportedVersion)]
    [InlineData(-6, 9, ErrorCode.UnsupportedVersion)]
    [InlineData(-5, 8, ErrorCode.UnsupportedVersion)]
    [InlineData(-4, 7, ErrorCode.UnsupportedVersion)]
    [InlineData(-3, 6, ErrorCode.UnsupportedVersion)]
    [InlineData(-3, 7, ErrorCode.None)]
    [InlineData(long.MaxValue, 1, ErrorCode.None)]
    public void List_offsets_of_a_time_that_is_none(long timestamp, short version, ErrorCode expected) =>
        Assert.Equal(expected, ListOffsets("t", 0, timestamp, version).ErrorCode);

    [Theory]
    [InlineData("t", -1)]
    [InlineData("t", int.MaxValue)]
    [InlineData("", 0)]
    [InlineData("../t", 0)]
    public void List_offsets_of_what_is_not_there_is_unknown(string topic, int partition) =>
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, ListOffsets(topic, partition, -1, 5).ErrorCode);

    [Theory]
    [InlineData(int.MinValue, 0, ErrorCode.UnknownServerError)]
    [InlineData(-1, 0, ErrorCode.UnknownServerError)]
    [InlineData(0, 0, ErrorCode.None)]
    [InlineData(int.MaxValue, 2, ErrorCode.None)]
    public void Old_list_offsets_return_as_many_as_there_are(int countMax, int expected, ErrorCode error)
    {
        var request = ListOffsetsRequestOf("t", 0, -1);
        request.Topics[0].Partitions[0].MaxNumOffsets = countMax;
        var answer = _client.Ask<ListOffsetsRequest, ListOffsetsResponse>(request, 0).Topics[0].Partitions[0];
        Assert.Equal((error, expected), (answer.ErrorCode, answer.OldStyleOffsets.Length));
    }

    [Fact]
    public void List_offsets_that_asks_twice_for_a_partition_is_invalid()
    {
        var request = ListOffsetsRequestOf("t", 0, -1);
        request.Topics[0].Partitions = [.. Enumerable.Repeat(request.Topics[0].Partitions[0], 2)];
        var answer = _client.Ask<ListOffsetsRequest, ListOffsetsResponse>(request, 5).Topics[0];
        Assert.All(answer.Partitions, partition => Assert.Equal(ErrorCode.InvalidRequest, partition.ErrorCode));
    }

    [Theory]
    [InlineData(int.MaxValue, 1, ErrorCode.PolicyViolation)]
    [InlineData(1_000_000, 1, ErrorCode.PolicyViolation)]
    [InlineData(0, 1, ErrorCode.InvalidPartitions)]
    [InlineData(-2, 1, ErrorCode.InvalidPartitions)]
    [InlineData(int.MinValue, 1, ErrorCode.InvalidPartitions)]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, 2, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, short.MaxValue, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, short.MinValue, ErrorCode.InvalidReplicationFactor)]
    public void A_topic_of_an_impossible_shape_is_refused_before_it_costs_anything(int partitions, short factor, ErrorCode expected)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var answer = _client.Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = "huge", NumPartitions = partitions, ReplicationFactor = factor }] }, 5);
        Assert.Equal(expected, answer.Topics[0].ErrorCode);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    [Theory]
    [InlineData(int.MaxValue, ErrorCode.PolicyViolation)]
    [InlineData(1, ErrorCode.InvalidPartitions)]
    [InlineData(0, ErrorCode.InvalidPartitions)]
    [InlineData(int.MinValue, ErrorCode.InvalidPartitions)]
    public void A_topic_grows_by_no_impossible_number(int count, ErrorCode expected) =>
        Assert.Equal(
            expected,
            _client.Ask<CreatePartitionsRequest, CreatePartitionsResponse>(
                new() { Topics = [new() { Name = "t", Count = count, Assignments = null }] }, 1).Results[0].ErrorCode);

    [Fact]
    public void Metadata_describes_a_topic_once_however_often_it_is_named()
    {
        var answer = _client.Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [.. Enumerable.Repeat(new MetadataRequest.MetadataRequestTopic { Name = "t" }, 10_000)] }, 9);
        Assert.Equal(["t"], answer.Topics.Select(topic => topic.Name));
    }

    [Theory]
    [InlineData(0, 3, ErrorCode.OffsetOutOfRange)]
    [InlineData(0, long.MaxValue, ErrorCode.OffsetOutOfRange)]
    [InlineData(0, -2, ErrorCode.OffsetOutOfRange)]
    [InlineData(-1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(0, -1, ErrorCode.None)]
    public void Records_are_deleted_up_to_an_offset_that_is_there(int partition, long offset, ErrorCode expected) =>
        Assert.Equal(
            expected,
            _client.Ask<DeleteRecordsRequest, DeleteRecordsResponse>(
                new() { Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = partition, Offset = offset }] }] }, 1)
                .Topics[0].Partitions[0].ErrorCode);

    private ListOffsetsResponse.ListOffsetsPartitionResponse ListOffsets(string topic, int partition, long timestamp, short version) =>
        _client.Ask<ListOffsetsRequest, ListOffsetsResponse>(ListOffsetsRequestOf(topic, partition, timestamp), version)
            .Topics[0].Partitions[0];

    private static ListOffsetsRequest ListOffsetsRequestOf(string topic, int partition, long timestamp) =>
        new()
        {
            ReplicaId = -1,
            Topics =
            [
                new() { Name = topic, Partitions = [new() { PartitionIndex = partition, CurrentLeaderEpoch = -1, Timestamp = timestamp }] },
            ],
        };
}
