using ClassicBroker.Client.Cluster;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Client.Tests.Cluster;

public sealed class OffsetLookupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly Dictionary<TopicPartition, long> _ends = new()
    {
        [new("t", 0)] = OffsetLookup.Latest,
        [new("t", 1)] = OffsetLookup.Latest,
    };

    public OffsetLookupTests()
    {
        var log = new FakeLog(_cluster);
        _cluster.AddTopic("t", 0, 1);
        log.Append(new("t", 1), "a");
    }

    [Fact]
    public void A_leader_that_goes_while_another_is_asked_is_asked_when_it_is_back()
    {
        var client = _cluster.NewClient();
        var answer = _cluster.Handler<ListOffsetsRequest, ListOffsetsResponse>();
        var hasGone = false;
        _cluster.HandleAsync<ListOffsetsRequest, ListOffsetsResponse>(async (broker, request) =>
        {
            if (broker == 0)
            {
                _cluster.Down.Add(1);
                await client.RefreshAsync();
                _cluster.Down.Clear();
                hasGone = client.Metadata.Node(1) is null;
            }

            return await answer(broker, request);
        });
        Assert.Equal([0, 1], Find(client));
        Assert.True(hasGone);
    }

    [Fact]
    public void A_broker_that_takes_the_topic_for_a_new_one_is_asked_again()
    {
        var isNew = true;
        _cluster.Handle<MetadataRequest, MetadataResponse>((_, request) =>
        {
            var answer = _cluster.Metadata(request);
            if (isNew)
            {
                answer.Topics = [new() { Name = "t", ErrorCode = ErrorCode.InvalidReplicationFactor }];
            }

            isNew = false;
            return answer;
        });
        Assert.Equal([0, 1], Find(_cluster.NewClient()));
    }

    private IEnumerable<long> Find(ClusterClient client)
    {
        var lookup = new OffsetLookup(client, IsolationLevel.ReadUncommitted);
        var found = _cluster.Loop.InvokeAsyncOn(() => lookup.FindAsync(_ends, Patience));
        _cluster.Time.AdvanceMs(5000);
        return _cluster.Time.Await(found).Values.Select(end => end.Offset);
    }
}
