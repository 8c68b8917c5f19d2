using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Consumer;

/// <summary>A leader that sends consumers to the replica in their rack (KIP-392): broker 0 leads, and broker 1 stands in rack "b".</summary>
public sealed class ClosestReplicaTests
{
    private const int Leader = 0;
    private const int Follower = 1;
    private const int MetadataMaxAgeMs = 60_000;
    private const int RetryBackoffMs = 100;

    private static readonly TopicPartition Zero = new("t", 0);

    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly FakeLog _log;
    private readonly List<int> _fetchedFrom = [];
    private readonly KafkaConsumer<string?, string?> _consumer;

    /// <summary>What the follower answers instead of records; with a network exception it does not answer.</summary>
    private ErrorCode _followerError;

    /// <summary>Whether the leader believes that the follower is alive.</summary>
    private bool _redirects = true;

    public ClosestReplicaTests()
    {
        _log = new FakeLog(_cluster);
        _cluster.AddTopic("t", Leader);
        var fetch = _cluster.Handler<FetchRequest, FetchResponse>();
        _cluster.HandleAsync<FetchRequest, FetchResponse>(async (broker, request) =>
        {
            if (request.Topics.Length == 0)
            {
                return await fetch(broker, request);
            }

            _fetchedFrom.Add(broker);
            return broker == Leader && _redirects && request.RackId == "b" ? Redirect(request)
                : broker == Follower && _followerError == ErrorCode.NetworkException
                    ? throw new BrokerUnavailableException("broker:9093", "the connection broke")
                : broker == Follower && _followerError != ErrorCode.None ? Answer(request, _followerError)
                : await fetch(broker, request);
        });
        _consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig
            {
                BootstrapServers = _cluster.Bootstrap,
                AutoOffsetReset = AutoOffsetReset.None,
                ClientRack = "b",
                MetadataMaxAge = TimeSpan.FromMilliseconds(MetadataMaxAgeMs),
            },
            Serdes.String,
            Serdes.String,
            _cluster.Network);
        _consumer.Assign([Zero]);
        _consumer.Seek(Zero, 0);
    }

    private FetchResponse Redirect(FetchRequest request)
    {
        var redirection = Answer(request, ErrorCode.None);
        redirection.Responses[0].Partitions[0].PreferredReadReplica = Follower;
        return redirection;
    }

    private FetchResponse Answer(FetchRequest request, ErrorCode error) => new()
    {
        Responses =
        [
            new()
            {
                Topic = request.Topics[0].Topic,
                TopicId = request.Topics[0].TopicId,
                Partitions = [new() { PartitionIndex = 0, ErrorCode = error, HighWatermark = _log.EndOffset(Zero), Records = Array.Empty<byte>() }],
            },
        ],
    };

    private string?[] Poll()
    {
        var polled = _cluster.Loop.InvokeAsyncOn(async () => await _consumer.PollAsync(TimeSpan.FromSeconds(2)));
        _cluster.Time.AdvanceMs(2001);
        return [.. _cluster.Time.Await(polled).Select(record => record.Value)];
    }

    [Fact]
    public void Records_come_from_the_replica_that_the_leader_names()
    {
        _log.Append(Zero, "a");
        Assert.Equal(["a"], Poll());
        _log.Append(Zero, "b");
        Assert.Equal(["b"], Poll());
        Assert.Equal(Leader, _fetchedFrom[0]);
        Assert.All(_fetchedFrom.Skip(1), broker => Assert.Equal(Follower, broker));
    }

    [Fact]
    public void The_leader_is_asked_again_once_metadata_would_be_old()
    {
        _log.Append(Zero, "a");
        Assert.Equal(["a"], Poll());
        _fetchedFrom.Clear();
        _cluster.Time.AdvanceMs(MetadataMaxAgeMs);
        Poll();
        Assert.Single(_fetchedFrom, Leader);
        Assert.Equal(Follower, _fetchedFrom[^1]);
    }

    [Theory]
    [InlineData(ErrorCode.OffsetOutOfRange)]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    public void A_follower_that_has_not_got_the_offset_sends_the_consumer_back_to_the_leader_and_resets_nothing(ErrorCode error)
    {
        _followerError = error;
        _log.Append(Zero, "a");
        Poll();
        Assert.Equal([Leader, Follower, Leader, Follower], _fetchedFrom.Take(4));
        _followerError = ErrorCode.None;
        Assert.Equal(["a"], Poll());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_the_replica_has_died_the_leader_is_read_as_soon_as_it_knows(bool isInMetadata)
    {
        _log.Append(Zero, "a");
        Assert.Equal(["a"], Poll());
        _followerError = ErrorCode.NetworkException;
        if (!isInMetadata)
        {
            _cluster.Down.Add(Follower);
        }

        Poll();
        _fetchedFrom.Clear();
        _log.Append(Zero, "b");
        Assert.Empty(Poll());
        Assert.InRange(_fetchedFrom.Count, 2, 2 * 2000 / RetryBackoffMs);
        _redirects = false;
        Assert.Equal(["b"], Poll());
        Assert.Equal(Leader, _fetchedFrom[^1]);
    }
}
