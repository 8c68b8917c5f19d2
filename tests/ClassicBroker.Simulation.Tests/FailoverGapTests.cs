using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// How long a partition is not written to when a broker is killed, by simulated time, in which only waiting takes any. ZooKeeper ends the
/// killed broker's session when its timeout has passed since the kill. Other partitions keep the followers in long polls with every leader.
/// </summary>
public sealed class FailoverGapTests
{
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(6);

    /// <summary>What an ordinary request takes at most, the pause before it included.</summary>
    private static readonly TimeSpan OrdinaryMax = TimeSpan.FromMilliseconds(60);

    private static readonly TopicPartition Load = new("load", 0);

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 6).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_partition_whose_leader_is_killed_is_written_to_half_a_second_after_the_end_of_its_session(ulong seed)
    {
        var cluster = Cluster(seed, brokers: 3);
        var controller = cluster.Controller.Id;
        var writer = WriteTo(cluster, [(controller + 1) % 3, controller, (controller + 2) % 3]);

        KillLeader(cluster, writer);

        Assert.Equal(controller, cluster.Controller.Id);
        AssertWritableWithin(SessionTimeout + TimeSpan.FromSeconds(0.5), writer, seed);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_partition_whose_leader_is_killed_and_was_the_controller_is_written_to_a_second_after_the_end_of_its_session(ulong seed)
    {
        var cluster = Cluster(seed, brokers: 3);
        var controller = cluster.Controller.Id;
        var writer = WriteTo(cluster, [controller, (controller + 1) % 3, (controller + 2) % 3]);

        KillLeader(cluster, writer);

        Assert.NotEqual(controller, cluster.Controller.Id);
        AssertWritableWithin(SessionTimeout + TimeSpan.FromSeconds(1), writer, seed);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_partition_that_a_killed_controller_holds_no_replica_of_is_written_to_all_the_time(ulong seed)
    {
        var cluster = Cluster(seed, brokers: 4);
        var controller = cluster.Controller;
        var writer = WriteTo(cluster, [(controller.Id + 1) % 4, (controller.Id + 2) % 4, (controller.Id + 3) % 4]);
        var before = cluster.State(Load);

        controller.Kill();
        PassFailover(cluster);

        Assert.NotEqual(controller.Id, cluster.Controller.Id);
        Assert.Equal((before.Leader, before.LeaderEpoch), (cluster.State(Load).Leader, cluster.State(Load).LeaderEpoch));
        Tell(writer, seed);
        Assert.InRange(writer.Longest, TimeSpan.Zero, OrdinaryMax);
        Assert.InRange(writer.SinceLast, TimeSpan.Zero, OrdinaryMax);
    }

    private static SimulatedCluster Cluster(ulong seed, int brokers) =>
        new(seed, brokers, "min.insync.replicas=2", "zookeeper.session.timeout.ms=6000");

    /// <summary>Creates the partition on these brokers, the first of them to lead, and writes to it for a while.</summary>
    private static Writer WriteTo(SimulatedCluster cluster, int[] replicas)
    {
        var admin = cluster.Connect(cluster.Controller.Id);
        admin.CreateTopic("others", 6, 3);
        var created = admin.Ask<CreateTopicsRequest, CreateTopicsResponse>(new()
        {
            TimeoutMs = 30_000,
            Topics =
            [
                new()
                {
                    Name = Load.Topic,
                    NumPartitions = -1,
                    ReplicationFactor = -1,
                    Assignments = [new() { PartitionIndex = Load.Partition, BrokerIds = replicas }],
                },
            ],
        });
        Assert.Equal(ErrorCode.None, created.Topics[0].ErrorCode);
        cluster.Until(() => cluster.LeaderOf(Load) == replicas[0] && cluster.State(Load).Isr.Count == 3, "the replicas");
        var writer = new Writer(cluster, Load);
        cluster.Pass(TimeSpan.FromSeconds(3));
        Assert.InRange(writer.SinceLast, TimeSpan.Zero, OrdinaryMax);
        writer.ForgetGaps();
        return writer;
    }

    private static void KillLeader(SimulatedCluster cluster, Writer writer)
    {
        var leader = cluster.LeaderOf(Load);
        cluster.Broker(leader).Kill();
        PassFailover(cluster);

        Assert.NotEqual(leader, cluster.LeaderOf(Load));
        Assert.Equal(2, cluster.State(Load).Isr.Count);
        Assert.InRange(writer.SinceLast, TimeSpan.Zero, OrdinaryMax);
    }

    /// <summary>The session ends and all that follows from it happens.</summary>
    private static void PassFailover(SimulatedCluster cluster) => cluster.Pass(SessionTimeout + TimeSpan.FromSeconds(4));

    /// <summary>The leadership is the killed broker's until its session ends: a shorter wait would not be one for another leader.</summary>
    private static void AssertWritableWithin(TimeSpan limit, Writer writer, ulong seed)
    {
        Tell(writer, seed);
        Assert.InRange(writer.Longest, SessionTimeout - OrdinaryMax, limit);
    }

    private static void Tell(Writer writer, ulong seed) =>
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {writer.Longest.TotalMilliseconds} ms");
}
