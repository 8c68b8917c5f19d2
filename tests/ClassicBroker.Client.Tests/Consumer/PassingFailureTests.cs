using ClassicBroker.Client.Tests.Consumer.Groups;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Consumer;

/// <summary>Polls go on over every failure that Java's consumer goes on over: the application hears of none of them.</summary>
public sealed class PassingFailureTests
{
    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new();
    private readonly FakeLog _log;

    public PassingFailureTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0);
    }

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    [InlineData(ErrorCode.ReplicaNotAvailable)]
    [InlineData(ErrorCode.KafkaStorageError)]
    [InlineData(ErrorCode.FencedLeaderEpoch)]
    [InlineData(ErrorCode.UnknownLeaderEpoch)]
    [InlineData(ErrorCode.OffsetNotAvailable)]
    [InlineData(ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ErrorCode.UnknownTopicId)]
    [InlineData(ErrorCode.InconsistentTopicId)]
    [InlineData(ErrorCode.UnknownServerError)]
    public void A_fetch_that_fails_in_passing_is_made_again(ErrorCode error)
    {
        _log.Append(Zero, "a");
        _log.FetchErrors[Zero] = error;
        var consumer = NewConsumer();
        consumer.Assign([Zero]);
        Assert.Empty(Poll(consumer, 1000));
        _log.FetchErrors.Clear();
        Assert.Equal(["a"], Poll(consumer, 1000));
    }

    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed)]
    [InlineData(ErrorCode.CorruptMessage)]
    public void A_fetch_that_cannot_succeed_is_told(ErrorCode error)
    {
        _log.FetchErrors[Zero] = error;
        var consumer = NewConsumer();
        consumer.Assign([Zero]);
        var polled = _cluster.Loop.InvokeAsyncOn(
            () => Assert.ThrowsAsync<KafkaException>(() => consumer.PollAsync(TimeSpan.FromSeconds(1)).AsTask()));
        _cluster.Time.AdvanceMs(1000);
        Assert.Equal((error, Zero), (_cluster.Time.Await(polled).Code, polled.Result.TopicPartition));
    }

    [Fact]
    public void A_position_out_of_range_is_seen_to_once_what_was_fetched_before_is_consumed()
    {
        _log.Append(Zero, "a", "b");
        var fetches = 0;
        _log.Fetching = () =>
        {
            if (++fetches == 2)
            {
                _log.FetchErrors[Zero] = ErrorCode.OffsetOutOfRange;
            }
        };
        var consumer = NewConsumer(config => config with { MaxPollRecords = 1 });
        consumer.Assign([Zero]);
        Assert.Equal(["a"], Poll(consumer, 100));
        Assert.True(fetches >= 2, "nothing was fetched while the first fetch lay in the buffer");
        _log.FetchErrors.Clear();
        _log.Append(Zero, "c");
        Assert.Equal(["b"], Poll(consumer, 1000));
        Assert.Equal(["c"], Poll(consumer, 1000));
        Assert.Empty(Poll(consumer, 1000));
    }

    [Fact]
    public void A_position_is_looked_up_for_as_long_as_that_takes()
    {
        _log.Append(Zero, "a");
        var lookUp = _cluster.Handler<ListOffsetsRequest, ListOffsetsResponse>();
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((_, _) => new()
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, ErrorCode = ErrorCode.LeaderNotAvailable }] }],
        });
        var consumer = NewConsumer(config => config with { DefaultApiTimeout = TimeSpan.FromSeconds(3) });
        consumer.Assign([Zero]);
        Assert.Empty(Poll(consumer, 10_000));
        _cluster.HandleAsync(lookUp);
        Assert.Equal(["a"], Poll(consumer, 3000));
    }

    [Fact]
    public void What_the_group_committed_is_asked_for_for_as_long_as_that_takes()
    {
        _log.Append(Zero, "a");
        _ = new FakeGroupCoordinator(_cluster);
        var fetch = _cluster.Handler<OffsetFetchRequest, OffsetFetchResponse>();
        _cluster.Handle<OffsetFetchRequest, OffsetFetchResponse>((_, _) => new() { ErrorCode = ErrorCode.CoordinatorLoadInProgress });
        var consumer = NewConsumer(config => config with { GroupId = "g", DefaultApiTimeout = TimeSpan.FromSeconds(3) });
        consumer.Assign([Zero]);
        Assert.Empty(Poll(consumer, 10_000));
        _cluster.HandleAsync(fetch);
        Assert.Equal(["a"], Poll(consumer, 3000));
    }

    private KafkaConsumer<string?, string?> NewConsumer(Func<ConsumerConfig, ConsumerConfig>? change = null)
    {
        var config = new ConsumerConfig { BootstrapServers = _cluster.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest };
        return new KafkaConsumer<string?, string?>(change?.Invoke(config) ?? config, Serdes.String, Serdes.String, _cluster.Network);
    }

    private IEnumerable<string?> Poll(KafkaConsumer<string?, string?> consumer, int withinMs)
    {
        var polled = _cluster.Loop.InvokeAsyncOn(async () => await consumer.PollAsync(TimeSpan.FromMilliseconds(withinMs)));
        _cluster.Time.AdvanceMs(withinMs + 1);
        return _cluster.Time.Await(polled).Select(record => record.Value);
    }
}
