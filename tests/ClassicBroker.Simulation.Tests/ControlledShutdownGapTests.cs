using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// How long a partition is not written to while its leader stops in order, by simulated time, in which only waiting takes any. Other
/// partitions keep the followers in long polls with every leader.
/// </summary>
public sealed class ControlledShutdownGapTests
{
    private static readonly TimeSpan GapMax = TimeSpan.FromMilliseconds(60);
    private static readonly TopicPartition Load = new("load", 0);

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_leader_that_stops_in_order_keeps_writers_waiting_for_a_moment_only(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3, "min.insync.replicas=2", "zookeeper.session.timeout.ms=18000");
        var admin = cluster.Connect(cluster.Controller.Id);
        admin.CreateTopic("others", 6, 3);
        admin.CreateTopic("load", 1, 3);
        cluster.Until(() => cluster.LeaderOf(Load) >= 0 && cluster.State(Load).Isr.Count == 3, "the replicas");
        var writer = new Writer(cluster, Load);
        cluster.Pass(TimeSpan.FromSeconds(3));
        writer.ForgetGaps();

        var leader = cluster.LeaderOf(Load);
        cluster.Broker(leader).Stop();
        cluster.Pass(TimeSpan.FromSeconds(3));

        Assert.NotEqual(leader, cluster.LeaderOf(Load));
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {writer.Longest.TotalMilliseconds} ms");
        Assert.InRange(writer.Longest, TimeSpan.Zero, GapMax);
    }
}
