using ClassicBroker.Client.Classic;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Classic;

/// <summary>The simple consumer of 0.8: one broker, fetches by offset, and the following of leaders that is built on it.</summary>
public sealed class SimpleConsumerTests
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new(brokers: 3);
    private readonly FakeLog _log;

    public SimpleConsumerTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
        var fetch = _cluster.Handler<FetchRequest, FetchResponse>();
        _cluster.HandleAsync<FetchRequest, FetchResponse>(async (broker, request) => broker == _cluster.LeaderOf(Zero)
            ? await fetch(broker, request)
            : new FetchResponse
            {
                Responses =
                [
                    new FetchResponse.FetchableTopicResponse
                    {
                        Topic = "t",
                        Partitions = [new FetchResponse.PartitionData { ErrorCode = ErrorCode.NotLeaderOrFollower, HighWatermark = -1 }],
                    },
                ],
            });
    }

    private SimpleConsumer NewConsumer(int broker = 0) =>
        new("broker", 9092 + broker, TimeSpan.FromSeconds(5), 65536, "simple", _cluster.Network);

    private SimplePartitionReader NewReader(string? seeds = null) =>
        new(seeds ?? _cluster.Bootstrap, Zero, "simple", TimeSpan.FromSeconds(5), network: _cluster.Network);

    private T Run<T>(Func<Task<T>> work, int milliseconds = 0)
    {
        var done = _cluster.Loop.InvokeAsyncOn(work);
        _cluster.Time.AdvanceMs(milliseconds);
        return _cluster.Time.Await(done);
    }

    [Fact]
    public void Messages_are_fetched_from_an_offset_on_with_the_high_watermark()
    {
        _log.Append(Zero, "a", "b", "c");
        var fetched = Run(() => NewConsumer().FetchAsync(Zero, 1, 100_000));
        Assert.Equal(["b", "c"], fetched.Messages.Select(message => System.Text.Encoding.UTF8.GetString(message.Value!)));
        Assert.Equal([1L, 2L], fetched.Messages.Select(message => message.Offset));
        Assert.Equal((ErrorCode.None, 3L, 3L), (fetched.Error, fetched.HighWatermark, fetched.NextOffset));
        var request = _cluster.Requests.Select(sent => sent.Request).OfType<FetchRequest>().Single();
        Assert.Equal(100_000, request.Topics[0].Partitions[0].PartitionMaxBytes);
    }

    [Theory]
    [InlineData(0, 9, ErrorCode.OffsetOutOfRange)]
    [InlineData(1, 0, ErrorCode.NotLeaderOrFollower)]
    public void Errors_of_a_partition_are_in_the_answer(int broker, long offset, ErrorCode expected)
    {
        var fetched = Run(() => NewConsumer(broker).FetchAsync(Zero, offset, 1000));
        Assert.Equal((expected, -1L), (fetched.Error, fetched.HighWatermark));
        Assert.Empty(fetched.Messages);
    }

    [Fact]
    public void Offsets_before_a_time_are_asked_for_as_0_8_did_and_those_of_begin_and_end_of_any_broker()
    {
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, request) => new ListOffsetsResponse
        {
            Topics =
            [
                new ListOffsetsResponse.ListOffsetsTopicResponse
                {
                    Name = "t",
                    Partitions =
                    [
                        request.Topics[0].Partitions[0].MaxNumOffsets > 1
                            ? new ListOffsetsResponse.ListOffsetsPartitionResponse { OldStyleOffsets = [30, 20, 10] }
                            : new ListOffsetsResponse.ListOffsetsPartitionResponse { Offset = 30 },
                    ],
                },
            ],
        });
        Assert.Equal([30L, 20L, 10L], Run(() => NewConsumer().GetOffsetsBeforeAsync(Zero, SimpleConsumer.LatestTime, 3)));
        Assert.Equal([30L], Run(() => NewConsumer().GetOffsetsBeforeAsync(Zero, SimpleConsumer.LatestTime)));
    }

    [Fact]
    public void Offsets_of_a_broker_that_does_not_lead_are_refused_with_its_address()
    {
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, _) => new ListOffsetsResponse
        {
            Topics =
            [
                new ListOffsetsResponse.ListOffsetsTopicResponse
                {
                    Name = "t",
                    Partitions = [new ListOffsetsResponse.ListOffsetsPartitionResponse { ErrorCode = ErrorCode.NotLeaderOrFollower }],
                },
            ],
        });
        var failure = Run(() => Assert.ThrowsAsync<KafkaException>(() => NewConsumer(1).GetOffsetsBeforeAsync(Zero, -1)));
        Assert.Equal(
            (ErrorCode.NotLeaderOrFollower, "broker:9093", Zero, "ListOffsets"),
            (failure.Code, failure.BrokerAddress, failure.TopicPartition, failure.Api));
    }

    [Fact]
    public void Any_broker_tells_who_leads_and_creates_nothing()
    {
        var found = Run(() => NewConsumer(2).FindLeaderAsync(Zero));
        Assert.Equal((ErrorCode.None, 0, "broker", 9092), (found.Error, found.LeaderId, found.LeaderHost, found.LeaderPort));
        Assert.Equal([("broker", 9092)], found.Replicas);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Run(() => NewConsumer(2).FindLeaderAsync(new TopicPartition("none", 0))).Error);
        Assert.All(
            _cluster.Requests.Select(sent => sent.Request).OfType<MetadataRequest>(),
            request => Assert.False(request.AllowAutoTopicCreation));
    }

    [Fact]
    public void A_reader_finds_the_leader_by_seeds_of_which_some_are_down()
    {
        _log.Append(Zero, "a");
        _cluster.TopicOf("t").Move(0, 2);
        _cluster.Down.Add(0);
        Assert.Equal(0, Run(() => NewReader().OffsetBeforeAsync(SimpleConsumer.EarliestTime), 10_000));
        Assert.Equal(1, Run(() => NewReader().OffsetBeforeAsync(SimpleConsumer.LatestTime), 10_000));
        var reader = NewReader();
        Assert.Single(Run(() => reader.FetchAsync(0), 10_000).Messages);
        Assert.Equal("broker:9094", reader.Leader);
    }

    [Fact]
    public void A_reader_follows_the_leader_and_skips_nothing()
    {
        _log.Append(Zero, "a");
        var reader = NewReader("broker:9092");
        List<string> read = [];
        var reading = _cluster.Loop.InvokeAsyncOn(async () =>
        {
            await foreach (var message in reader.ReadAsync(0))
            {
                read.Add(System.Text.Encoding.UTF8.GetString(message.Value!));
                if (read.Count == 3)
                {
                    break;
                }
            }

            return true;
        });
        _cluster.Time.AdvanceMs(500);
        Assert.Equal("broker:9092", reader.Leader);

        // The leader steps down, and is still there to say so.
        _cluster.TopicOf("t").Move(0, 1);
        _log.Append(Zero, "b");
        _cluster.Time.AdvanceMs(3000);
        Assert.Equal("broker:9093", reader.Leader);

        // The leader dies.
        _cluster.Down.Add(1);
        _cluster.TopicOf("t").Move(0, 2);
        _log.Append(Zero, "c");
        _cluster.Time.AdvanceMs(10_000);
        Assert.True(_cluster.Time.Await(reading));
        Assert.Equal(["a", "b", "c"], read);
    }

    [Fact]
    public void An_offset_out_of_range_is_the_applications_business()
    {
        var failure = Run(() => Assert.ThrowsAsync<OffsetOutOfRangeException>(() => NewReader().FetchAsync(7)), 1000);
        Assert.Equal((Zero, 7L), (failure.Partition, failure.Offset));
    }

    [Fact]
    public void A_partition_without_a_leader_ends_the_attempts_in_words()
    {
        _cluster.TopicOf("t").Move(0, -1);
        var failure = Run(() => Assert.ThrowsAsync<KafkaTimeoutException>(() => NewReader().FetchAsync(0)), 30_000);
        Assert.StartsWith("No leader of t-0 answered in 10 attempts", failure.Message, StringComparison.Ordinal);
    }
}
