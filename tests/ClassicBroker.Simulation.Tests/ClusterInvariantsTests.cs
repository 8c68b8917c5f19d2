using System.Text;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Simulation.Runs;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Simulation.Tests;

/// <summary>What the judges of a run see, and when.</summary>
public sealed class ClusterInvariantsTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void What_is_wrong_for_one_event_is_seen_though_it_is_right_again_before_the_clock_moves()
    {
        var cluster = Cluster();
        new ClusterInvariants(cluster, [new CommittedLog(Partition)], new LeaderChanges()).Watch();
        var state = cluster.StateOrNull(Partition)!;
        var outsider = state with { LeaderAndIsr = state.LeaderAndIsr with { Isr = [state.LeaderAndIsr.Leader, 9] } };

        cluster.ClientLoop.Execute(() => Put(cluster, outsider));
        cluster.ClientLoop.Execute(() => Put(cluster, state));
        var broken = Assert.Throws<InvariantBrokenException>(() => cluster.Pass(TimeSpan.FromMilliseconds(5)));

        Assert.Equal("W5", broken.Invariant);
        cluster.End();
    }

    [Theory]
    [InlineData("/admin/delete_topics/gone")]
    [InlineData("/admin/reassign_partitions")]
    [InlineData("/admin/preferred_replica_election")]
    [InlineData("/isr_change_notification/isr_change_0000000000")]
    [InlineData("/log_dir_event_notification/log_dir_event_0000000000")]
    [InlineData("/config/topics/gone")]
    [InlineData("/brokers/topics/gone")]
    [InlineData("/brokers/topics/t/partitions/0/state")]
    [InlineData("/controller")]
    public void A_znode_that_only_the_controller_takes_away_is_not_another_brokers_to_delete(string path)
    {
        RequireRefusal(
            session => session.DeleteAsync(path, ZnodeVersion.Any),
            cluster =>
            {
                if (cluster.ZooKeeper.Stat(path) is null)
                {
                    cluster.ZooKeeper.Put(path, """{"version":3,"partitions":{}}""");
                }
            });
    }

    [Fact]
    public void Replicas_and_a_first_state_are_the_controllers_to_write()
    {
        RequireRefusal(session => session.SetDataAsync(
            TopicZnode.Path(Partition.Topic),
            TopicZnode.Encode(new(Uuid.Zero, new Dictionary<int, ReplicaAssignment> { [0] = new([2, 1, 0]) })),
            ZnodeVersion.Any));
        RequireRefusal(session => session.CreateAsync(
            $"{TopicZnode.PartitionsPath(Partition.Topic)}/1", default, ZnodeAcl.OpenAclUnsafe, CreateMode.Persistent));
    }

    [Fact]
    public void A_leader_that_writes_its_ISR_leaves_the_rest_of_the_state_as_it_is()
    {
        var cluster = Cluster();
        var writes = new ControllerWrites(cluster, leadersWrite: true, allocatesProducerIds: true);
        var state = cluster.StateOrNull(Partition)!;
        var leader = state.LeaderAndIsr.Leader;

        Write(leader, state with { LeaderAndIsr = state.LeaderAndIsr with { Isr = [leader] } });
        writes.RequireLegal();

        Write(leader, state with { LeaderAndIsr = state.LeaderAndIsr.WithNextEpoch(), ControllerEpoch = 0 });
        Assert.Equal("W8", Assert.Throws<InvariantBrokenException>(writes.RequireLegal).Invariant);
        cluster.End();

        void Write(int broker, PartitionState written) => cluster.Await(cluster.Broker(broker).Session!.SetDataAsync(
            PartitionStateZnode.Path(Partition), PartitionStateZnode.Encode(written), ZnodeVersion.Any));
    }

    /// <summary>A broker that is not the controller writes, and the run ends.</summary>
    private static void RequireRefusal(Func<IZooKeeper, Task> write, Action<SimulatedCluster>? prepare = null)
    {
        var cluster = Cluster();
        prepare?.Invoke(cluster);
        var invariants = new ClusterInvariants(cluster, [new CommittedLog(Partition)], new LeaderChanges())
        {
            Writes = new(cluster, leadersWrite: false, allocatesProducerIds: true),
        };
        invariants.Watch();
        var other = cluster.Brokers.First(broker => broker != cluster.Controller);

        Assert.Equal("W8", Assert.Throws<InvariantBrokenException>(() => cluster.Await(write(other.Session!))).Invariant);
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
