using ClassicBroker.AdminConsole.Reassignment;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.AdminConsole.Tests.Reassignment;

public sealed class ReplicaProposalTests
{
    [Fact]
    public void What_lies_well_stays()
    {
        var current = Partitions([0, 1], [1, 2], [2, 0]);
        Assert.Equal(current.Values, ReplicaProposal.Make(current, Brokers(3), null).Values);
    }

    [Fact]
    public void A_new_broker_gets_its_share_with_the_fewest_moves()
    {
        var current = Partitions([0, 1], [1, 0], [0, 1], [1, 0], [0, 1], [1, 0]);
        var proposed = ReplicaProposal.Make(current, Brokers(3), null);
        Assert.Equal([4, 4, 4], Load(proposed, 3));
        Assert.Equal(4, proposed.Sum(entry => entry.Value.Except(current[entry.Key]).Count()));
        Assert.Equal([2, 2, 2], Enumerable.Range(0, 3).Select(id => proposed.Values.Count(replicas => replicas[0] == id)));
    }

    [Fact]
    public void A_broker_that_is_left_out_loses_all_it_has()
    {
        var proposed = ReplicaProposal.Make(Partitions([0, 1], [1, 2], [2, 0]), Brokers(3).Take(2), null);
        Assert.All(proposed.Values, replicas => Assert.Equal([0, 1], replicas.Order()));
    }

    [Fact]
    public void Replicas_of_a_partition_lie_in_different_racks()
    {
        var proposed = ReplicaProposal.Make(Partitions([0, 1], [1, 0], [2, 3], [3, 2]), Brokers(4, "a", "a", "b", "b"), null);
        var more = ReplicaProposal.Make(Partitions([0], [1], [2], [3]), Brokers(4, "a", "a", "b", "b"), 2);
        Assert.All(more.Values, replicas => Assert.Single(replicas, id => id < 2));
        Assert.Equal([2, 2, 2, 2], Load(proposed, 4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void As_many_replicas_as_are_asked_for(int count)
    {
        var proposed = ReplicaProposal.Make(Partitions([0, 1], [1, 2]), Brokers(3), count);
        Assert.All(proposed.Values, replicas => Assert.Equal(count, replicas.Distinct().Count()));
    }

    private static Dictionary<TopicPartition, IReadOnlyList<int>> Partitions(params int[][] replicas) =>
        replicas.Index().ToDictionary(each => new TopicPartition("t", each.Index), each => (IReadOnlyList<int>)each.Item);

    private static BrokerNode[] Brokers(int count, params string[] racks) =>
        [.. Enumerable.Range(0, count).Select(id => new BrokerNode(id, "host", 9092, racks.Length > 0 ? racks[id] : null))];

    private static IEnumerable<int> Load(IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> proposed, int brokers) =>
        Enumerable.Range(0, brokers).Select(id => proposed.Values.Count(replicas => replicas.Contains(id)));
}
