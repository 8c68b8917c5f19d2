using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Replication.Followers;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Replication.Tests.Followers;

public sealed class FollowerFetchSessionTests
{
    private const short Latest = 17;
    private const int MaxBytes = 1024;

    private static readonly Uuid Id = new(1, 2);

    private readonly FollowerFetchSession _session = new();
    private readonly ManualTime _time = new();
    private readonly FollowedPartition _first;
    private readonly FollowedPartition _second;

    public FollowerFetchSessionTests() => (_first, _second) = (Followed(0, Id), Followed(1, Id));

    [Fact]
    public void The_first_request_names_all_and_later_ones_what_changed()
    {
        var first = Build(Latest, (_first, 0), (_second, 0));
        Assert.Equal((0, 0, "0@0 1@0", ""), Described(first));
        Assert.True(_session.Accept(new FetchResponse { SessionId = 42 }));

        Assert.Equal((42, 1, "1@5", ""), Described(Build(Latest, (_first, 0), (_second, 5))));
        Assert.True(_session.Accept(new FetchResponse { SessionId = 42 }));
        Assert.Equal((42, 2, "", ""), Described(Build(Latest, (_first, 0), (_second, 5))));
    }

    [Fact]
    public void What_is_fetched_no_more_is_forgotten()
    {
        Build(Latest, (_first, 0), (_second, 0));
        _session.Accept(new FetchResponse { SessionId = 42 });

        Assert.Equal((42, 1, "", "0"), Described(Build(Latest, (_second, 0))));
        Assert.Equal([new TopicPartition("t", 1)], _session.Sent.Keys);
    }

    [Fact]
    public void A_leader_without_a_free_session_is_told_everything_each_time()
    {
        Build(Latest, (_first, 0));
        Assert.True(_session.Accept(new FetchResponse { SessionId = 0 }));
        Assert.Equal((0, 0, "0@0", ""), Described(Build(Latest, (_first, 0))));
    }

    [Theory]
    [InlineData(ErrorCode.FetchSessionIdNotFound, 0)]
    [InlineData(ErrorCode.InvalidFetchSessionEpoch, 42)]
    [InlineData(ErrorCode.FetchSessionTopicIdError, 42)]
    public void A_refused_session_is_closed_where_it_may_be_there_and_begun_again(ErrorCode refusal, int closes)
    {
        Build(Latest, (_first, 0));
        _session.Accept(new FetchResponse { SessionId = 42 });
        Build(Latest, (_first, 5));
        Assert.False(_session.Accept(new FetchResponse { ErrorCode = refusal }));
        Assert.Equal((closes, 0, "0@5", ""), Described(Build(Latest, (_first, 5))));
    }

    [Fact]
    public void A_request_without_an_answer_ends_the_session()
    {
        Build(Latest, (_first, 0));
        _session.Accept(new FetchResponse { SessionId = 42 });
        Build(Latest, (_first, 5));
        _session.Fail();
        Assert.Equal((42, 0, "0@5", ""), Described(Build(Latest, (_first, 5))));
    }

    [Fact]
    public void A_topic_without_an_id_holds_the_request_at_the_last_version_of_names()
    {
        var nameless = Followed(0, Uuid.Zero);
        Assert.Equal(12, Version(Latest, (nameless, 0)));
        Assert.Equal(17, Version(Latest, (_first, 0)));
        Assert.Equal(11, Version(11, (_first, 0)));
    }

    [Fact]
    public void A_topic_made_again_takes_the_place_of_the_old_one_by_its_id()
    {
        Build(Latest, (_first, 7));
        _session.Accept(new FetchResponse { SessionId = 42 });
        var again = Followed(0, new Uuid(3, 4));

        var request = Build(Latest, (again, 7));
        Assert.Equal(new Uuid(3, 4), Assert.Single(request.Topics).TopicId);
        Assert.Equal(Id, Assert.Single(request.ForgottenTopicsData).TopicId);
        Assert.Equal("t", _session.NameOf(new Uuid(3, 4)));
        Assert.Null(_session.NameOf(Id));
    }

    private static (int Id, int Epoch, string Sent, string Forgotten) Described(FetchRequest request) =>
        (
            request.SessionId,
            request.SessionEpoch,
            string.Join(' ', request.Topics.SelectMany(topic => topic.Partitions).Select(partition => $"{partition.Partition}@{partition.FetchOffset}")),
            string.Join(' ', request.ForgottenTopicsData.SelectMany(topic => topic.Partitions)));

    private FetchRequest Build(short version, params (FollowedPartition Followed, long Offset)[] wanted)
    {
        var request = new FetchRequest();
        _session.Build(request, Wanted(wanted), MaxBytes, version);
        return request;
    }

    private static short Version(short version, params (FollowedPartition Followed, long Offset)[] wanted) =>
        new FollowerFetchSession().Build(new FetchRequest(), Wanted(wanted), MaxBytes, version);

    private static List<(TopicPartition Partition, SentPartition Sent)> Wanted((FollowedPartition Followed, long Offset)[] wanted) =>
        [.. wanted.Select(entry => (
            entry.Followed.TopicPartition,
            new SentPartition(entry.Followed, entry.Offset, LogStartOffset: 0, new LeaderEpoch(1))))];

    private FollowedPartition Followed(int index, Uuid topicId)
    {
        var loop = _time.CreateLoop("any");
        var partition = new Partition(new TopicPartition("t", index), new PartitionEnvironment
        {
            LocalBrokerId = new BrokerId(1),
            Time = _time,
            ReplicaLagTimeMaxMs = () => 1,
            IsAlive = _ => true,
            IsrChanges = new ReplicaHarness(),
            Delayed = new DelayedOperations(loop, 1, 1, 1),
        });
        return new FollowedPartition(new Following(partition, topicId, Leader: 0, LeaderEpoch: new LeaderEpoch(3)));
    }
}
