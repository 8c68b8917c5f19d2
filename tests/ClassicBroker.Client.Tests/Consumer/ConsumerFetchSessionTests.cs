using ClassicBroker.Client.Consumer;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Consumer;

public sealed class ConsumerFetchSessionTests
{
    private static readonly Uuid Id = new(1, 2);
    private readonly ConsumerFetchSession _session = new();

    private FetchRequest Fill(params (int Partition, long Offset)[] wanted)
    {
        var request = new FetchRequest();
        _session.Fill(request, wanted.ToDictionary(
            entry => new TopicPartition("t", entry.Partition),
            entry => new FetchTarget(Id, entry.Offset, 0, 1000)));
        return request;
    }

    private static int[] Partitions(FetchRequest request) =>
        request.Topics.SelectMany(topic => topic.Partitions.Select(partition => partition.Partition)).ToArray();

    [Fact]
    public void The_first_request_is_full_and_asks_for_a_session()
    {
        var request = Fill((0, 5), (1, 6));
        Assert.Equal((0, 0), (request.SessionId, request.SessionEpoch));
        Assert.Equal([0, 1], Partitions(request));
    }

    [Fact]
    public void Later_requests_name_only_what_changed_and_what_went()
    {
        Fill((0, 5), (1, 6), (2, 7));
        Assert.True(_session.Take(new FetchResponse { SessionId = 9 }));
        var request = Fill((0, 5), (1, 8));
        Assert.Equal((9, 1), (request.SessionId, request.SessionEpoch));
        Assert.Equal([1], Partitions(request));
        Assert.Equal([2], request.ForgottenTopicsData[0].Partitions);
        Assert.True(_session.Take(new FetchResponse { SessionId = 9 }));
        Assert.Equal(2, Fill((0, 5), (1, 8)).SessionEpoch);
    }

    [Fact]
    public void A_refused_session_begins_anew_with_a_full_request()
    {
        Fill((0, 5));
        _session.Take(new FetchResponse { SessionId = 9 });
        Assert.False(_session.Take(new FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound }));
        var request = Fill((0, 5));
        Assert.Equal((0, 0), (request.SessionId, request.SessionEpoch));
        Assert.Equal([0], Partitions(request));
    }

    [Fact]
    public void Topics_of_answers_are_found_by_their_ids()
    {
        Fill((0, 5));
        Assert.Equal("t", _session.TopicOf(Id));
        Assert.Null(_session.TopicOf(new Uuid(3, 4)));
    }
}
