using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Tests.Admin;

public sealed class ReplicaPlacementTests
{
    /// <summary>The table in the documentation of Kafka's AdminUtils: ten partitions, three replicas, five brokers.</summary>
    [Fact]
    public void Without_racks_replicas_fall_as_in_Kafkas_own_table()
    {
        var placed = Place(Brokers(5), 10, 3);
        Assert.Equal(
            ["0,1,2", "1,2,3", "2,3,4", "3,4,0", "4,0,1", "0,2,3", "1,3,4", "2,4,0", "3,0,1", "4,1,2"],
            placed.Values.Select(assignment => string.Join(',', assignment.Replicas)));
    }

    [Fact]
    public void Brokers_are_arranged_with_racks_alternating()
    {
        BrokerRack[] brokers = [new(0, "rack1"), new(1, "rack3"), new(2, "rack3"), new(3, "rack2"), new(4, "rack2"), new(5, "rack1")];
        Assert.Equal([0, 3, 1, 5, 4, 2], ReplicaPlacement.AlternateRacks(brokers).Select(broker => broker.Id));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_rack_gets_a_second_replica_before_each_has_one(int replicationFactor)
    {
        BrokerRack[] brokers = [new(0, "a"), new(1, "a"), new(2, "b"), new(3, "b"), new(4, "c"), new(5, "c")];
        var rackOf = brokers.ToDictionary(broker => broker.Id, broker => broker.Rack);
        var placed = ReplicaPlacement.Place(brokers, 24, replicationFactor, new RecordedRandom());
        Assert.All(placed.Values, assignment =>
        {
            Assert.Equal(replicationFactor, assignment.Replicas.Distinct().Count());
            Assert.Equal(Math.Min(3, replicationFactor), assignment.Replicas.Select(id => rackOf[id]).Distinct().Count());
        });
        Assert.All(
            placed.Values.GroupBy(assignment => assignment.Replicas[0]),
            leader => Assert.Equal(4, leader.Count()));
    }

    [Fact]
    public void Added_partitions_go_on_where_the_old_ones_ended()
    {
        var all = Place(Brokers(5), 10, 3);
        var added = ReplicaPlacement.Place(Brokers(5), 3, 3, new RecordedRandom(), fixedStart: 0, firstPartition: 7);
        Assert.Equal([7, 8, 9], added.Keys);
        Assert.Equal(all[7].Replicas[0], added[7].Replicas[0]);
    }

    [Theory]
    [InlineData(0, 1, ErrorCode.InvalidPartitions, "Number of partitions must be larger than 0.")]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0.")]
    [InlineData(1, 3, ErrorCode.InvalidReplicationFactor, "Replication factor: 3 larger than available brokers: 1.")]
    public void What_cannot_be_placed_is_refused_in_Kafkas_words(int partitions, int factor, ErrorCode error, string message) =>
        Assert.Equal(new(error, message), ReplicaPlacement.Fault(Brokers(1), partitions, factor));

    [Fact]
    public void Brokers_of_which_only_some_have_racks_are_refused() =>
        Assert.Equal(
            "Not all brokers have rack information for replica rack aware assignment.",
            ReplicaPlacement.Fault([new(0, "a"), new(1, null)], 1, 1)!.Message);

    private static BrokerRack[] Brokers(int count) => [.. Enumerable.Range(0, count).Select(id => new BrokerRack(id, null))];

    private static SortedDictionary<int, ReplicaAssignment> Place(BrokerRack[] brokers, int partitions, int factor) =>
        ReplicaPlacement.Place(brokers, partitions, factor, new RecordedRandom(), fixedStart: 0);
}
