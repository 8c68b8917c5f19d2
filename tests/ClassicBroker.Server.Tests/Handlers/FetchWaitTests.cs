using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Handlers;

/// <summary>What a fetch waits for, and what its session remembers, as Kafka 3.9.2 has it.</summary>
public sealed class FetchWaitTests
{
    private const int WaitMs = 500;
    private const short Version = 13;

    private static readonly Uuid Unknown = new(7, 7);

    private readonly InProcessBroker _broker = new();
    private readonly BrokerClient _client;
    private readonly Uuid _known;

    public FetchWaitTests()
    {
        _client = _broker.Connect();
        _client.CreateTopic("t");
        _known = IdOf("t");
    }

    public static TheoryData<string, int, ErrorCode> Unknowns => new()
    {
        { "id", 0, ErrorCode.UnknownTopicId },
        { "partition", 9, ErrorCode.UnknownTopicOrPartition },
    };

    [Theory]
    [MemberData(nameof(Unknowns))]
    public void Something_unknown_beside_a_known_partition_waits_with_it(string what, int partition, ErrorCode expected)
    {
        _client.Send(Fetch(Topic(_known, 0), Topic(what == "id" ? Unknown : _known, partition)), Version);
        Assert.Null(_client.Answer<FetchResponse>(Version));
        _broker.Time.Advance(TimeSpan.FromMilliseconds(WaitMs));
        var answer = _client.Answer<FetchResponse>(Version)!;
        Assert.Contains(answer.Responses.SelectMany(topic => topic.Partitions), found => found.ErrorCode == expected);
    }

    [Fact]
    public void Something_unknown_alone_is_answered_at_once() =>
        Assert.Equal(ErrorCode.UnknownTopicId, Ask(Fetch(Topic(Unknown, 0))).Responses[0].Partitions[0].ErrorCode);

    [Fact]
    public void An_offset_out_of_range_or_a_wrong_epoch_is_answered_at_once()
    {
        var outOfRange = Topic(_known, 0);
        outOfRange.Partitions[0].FetchOffset = 99;
        var wrongEpoch = Topic(_known, 0);
        wrongEpoch.Partitions[0].CurrentLeaderEpoch = 9;
        Assert.Equal(ErrorCode.OffsetOutOfRange, Ask(Fetch(outOfRange)).Responses[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, Ask(Fetch(wrongEpoch)).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public void A_topic_once_resolved_keeps_its_name_in_the_session()
    {
        var session = Ask(Begin(Topic(_known, 0))).SessionId;
        _client.Ask<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = ["t"], TimeoutMs = 1_000 }, 5);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Error(Ask(Continue(session, 1))));
        _client.CreateTopic("t");
        Assert.Equal(ErrorCode.InconsistentTopicId, Error(Ask(Continue(session, 2))));
    }

    [Fact]
    public void An_id_never_known_stays_unknown_in_the_session()
    {
        var session = Ask(Begin(Topic(Unknown, 0))).SessionId;
        Assert.Equal(ErrorCode.UnknownTopicId, Error(Ask(Continue(session, 1))));
    }

    [Fact]
    public void A_session_begins_without_partitions() => Assert.NotEqual(0, Ask(Begin()).SessionId);

    [Fact]
    public void A_partition_named_twice_is_read_once_as_the_last_one_says()
    {
        _client.Produce("t", 0, 1, "a", "b");
        var first = Topic(_known, 0);
        var last = Topic(_known, 0);
        last.Partitions[0].FetchOffset = 99;
        var answer = Ask(Fetch(first, last));
        Assert.Equal(ErrorCode.OffsetOutOfRange, Assert.Single(answer.Responses.SelectMany(topic => topic.Partitions)).ErrorCode);
    }

    private static ErrorCode Error(FetchResponse response) => Assert.Single(response.Responses).Partitions[0].ErrorCode;

    private FetchResponse Ask(FetchRequest request)
    {
        _client.Send(request, Version);
        return _client.Answer<FetchResponse>(Version) ?? throw new InvalidOperationException("It waits.");
    }

    private static FetchRequest Fetch(params FetchRequest.FetchTopic[] topics) =>
        new() { MaxWaitMs = WaitMs, MinBytes = 1, MaxBytes = 1 << 20, SessionEpoch = -1, Topics = topics };

    private static FetchRequest Begin(params FetchRequest.FetchTopic[] topics) =>
        new() { MinBytes = 1, MaxBytes = 1 << 20, SessionEpoch = 0, Topics = topics };

    private static FetchRequest Continue(int session, int epoch) =>
        new() { MinBytes = 1, MaxBytes = 1 << 20, SessionId = session, SessionEpoch = epoch };

    private static FetchRequest.FetchTopic Topic(Uuid id, int partition) =>
        new() { TopicId = id, Partitions = [new() { Partition = partition, PartitionMaxBytes = 1 << 20 }] };

    private Uuid IdOf(string topic) =>
        _client.Ask<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = topic }] }, 12).Topics[0].TopicId;
}
