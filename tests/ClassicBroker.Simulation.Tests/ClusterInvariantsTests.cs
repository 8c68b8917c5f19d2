using System.Text;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Simulation.Runs;

namespace ClassicBroker.Simulation.Tests;

/// <summary>What the judges of a run see, and when.</summary>
public sealed class ClusterInvariantsTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void What_is_wrong_for_one_event_is_seen_though_it_is_right_again_before_the_clock_moves()
    {
        var cluster = Cluster();
        new ClusterInvariants(cluster, [new CommittedLog(Partition)]).Watch();
        var state = cluster.StateOrNull(Partition)!;
        var outsider = state with { LeaderAndIsr = state.LeaderAndIsr with { Isr = [state.LeaderAndIsr.Leader, 9] } };

        cluster.ClientLoop.Execute(() => Put(cluster, outsider));
        cluster.ClientLoop.Execute(() => Put(cluster, state));
        var broken = Assert.Throws<InvariantBrokenException>(() => cluster.Pass(TimeSpan.FromMilliseconds(5)));

        Assert.Equal("W5", broken.Invariant);
        cluster.End();
    }

    private static SimulatedCluster Cluster()
    {
        var cluster = new SimulatedCluster(seed: 1, brokers: 3);
        cluster.Connect(cluster.Controller.Id).CreateTopic(Partition.Topic, partitions: 1, replicas: 3);
        cluster.Until(() => cluster.State(Partition).Isr.Count == 3, "the topic is there");
        return cluster;
    }

    private static void Put(SimulatedCluster cluster, PartitionState state) =>
        cluster.ZooKeeper.Put(PartitionStateZnode.Path(Partition), Encoding.UTF8.GetString(PartitionStateZnode.Encode(state)));
}
