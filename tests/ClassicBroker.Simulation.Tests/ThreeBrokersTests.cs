using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Testing;

namespace ClassicBroker.Simulation.Tests;

/// <summary>A cluster of three through its first day: it starts, elects, creates topics, loses a broker and gets it back.</summary>
public sealed class ThreeBrokersTests
{
    private static readonly TopicPartition First = new("t", 0);

    public static TheoryData<ulong> SomeSeeds => [.. Seeds.From(1, 2, 3)];

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void Brokers_start_and_agree_on_a_controller(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3);

        var controllers = cluster.Brokers.Select(broker => broker.Server.Metadata.Current.ControllerId).Distinct();
        Assert.Equal(cluster.Controller.Id, Assert.Single(controllers));
    }

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void A_topic_gets_leaders_on_all_brokers_and_full_isrs(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3);
        cluster.Connect(0).CreateTopic("t", 6, 3);

        cluster.Until(() => cluster.Brokers.All(broker => broker.Server.Replicas.OnlinePartitions.Count() == 6));
        Assert.All(cluster.Brokers, broker => Assert.Equal(2, broker.Server.Replicas.OnlinePartitions.Count(partition => partition.IsLeader)));
        Assert.All(Enumerable.Range(0, 6), partition => Assert.Equal(3, cluster.State(new("t", partition)).Isr.Count));
    }

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void What_all_in_sync_replicas_acknowledge_is_on_all_of_them(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3);
        cluster.Connect(0).CreateTopic("t", 1, 3);
        var leader = cluster.Connect(cluster.LeaderOf(First));

        Assert.Equal(ErrorCode.None, leader.Produce(First, acks: -1, "a", "b").ErrorCode);
        Assert.All(cluster.Brokers, broker => Assert.Equal(2, broker.LogOf(First)!.LogEndOffset));
        Assert.Equal(["a", "b"], leader.Fetch(First, 0).Values);
        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(First)!.HighWatermark == 2), "followers adopt the high watermark");
    }

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void A_lost_leader_is_replaced_and_catches_up_when_it_returns(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3);
        cluster.Connect(0).CreateTopic("t", 1, 3);
        var lost = cluster.Broker(cluster.LeaderOf(First));
        Assert.Equal(ErrorCode.None, cluster.Connect(lost.Id).Produce(First, acks: -1, "before").ErrorCode);

        lost.Kill();
        cluster.Until(() => cluster.LeaderOf(First) is var id && id >= 0 && id != lost.Id, "another leader");
        Assert.DoesNotContain(lost.Id, cluster.State(First).Isr);
        Assert.Equal(ErrorCode.None, cluster.Connect(cluster.LeaderOf(First)).Produce(First, acks: -1, "after").ErrorCode);

        lost.Start();
        cluster.Until(() => cluster.State(First).Isr.Count == 3, "the ISR is full again");
        Assert.All(cluster.Brokers, broker => Assert.Equal(2, broker.LogOf(First)!.LogEndOffset));
        Assert.Equal(["before", "after"], cluster.Connect(cluster.LeaderOf(First)).Fetch(First, 0).Values);
    }

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void A_lost_controller_is_replaced(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3);
        var lost = cluster.Controller;

        lost.Kill();
        cluster.Until(() => cluster.Running.Any(broker => broker.Server.IsController), "another controller");
        cluster.Connect(cluster.Controller.Id).CreateTopic("t", 3, 2);
        Assert.DoesNotContain(lost.Id, cluster.State(First).Isr);
    }

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void A_broker_that_stops_in_order_hands_its_leaderships_over_first(ulong seed)
    {
        var cluster = new SimulatedCluster(seed, 3);
        cluster.Connect(0).CreateTopic("t", 3, 3);
        var stopped = cluster.Broker(cluster.LeaderOf(First));

        stopped.Stop();
        Assert.NotEqual(stopped.Id, cluster.LeaderOf(First));
        Assert.DoesNotContain(stopped.Id, cluster.State(First).Isr);
        Assert.Contains(stopped.Log.Lines, line => line.Contains("leaderships have moved (100 %)", StringComparison.Ordinal));
        stopped.Start();
        cluster.Until(() => cluster.State(First).Isr.Count == 3, "the ISR is full again");
    }
}
