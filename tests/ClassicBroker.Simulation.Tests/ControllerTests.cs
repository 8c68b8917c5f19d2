using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>The controller over whole brokers: topics deleted and reassigned while brokers come and go, leaders preferred and unclean.</summary>
public sealed class ControllerTests
{
    private const ulong Seed = 11;

    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void A_deleted_topic_is_gone_from_all_brokers()
    {
        var cluster = Cluster();
        Delete(cluster);

        cluster.Until(() => cluster.ZooKeeper.Text("/brokers/topics/t") is null, "the topic is gone from ZooKeeper");
        Assert.All(cluster.Brokers, broker => Assert.Null(broker.LogOf(Partition)));
        cluster.Until(() => cluster.Brokers.All(broker => broker.Server.Metadata.Current.Topic("t") is null), "and from all metadata");
    }

    [Fact]
    public void A_deletion_waits_for_a_broker_that_is_away_and_ends_when_it_returns()
    {
        var cluster = Cluster();
        var away = cluster.Brokers.First(broker => !broker.Server.IsController);
        away.Kill(sessionEndsAtOnce: true);
        Delete(cluster);
        cluster.Pass(TimeSpan.FromSeconds(5));
        Assert.NotNull(cluster.ZooKeeper.Text("/brokers/topics/t"));

        away.Start();
        cluster.Until(() => cluster.ZooKeeper.Text("/brokers/topics/t") is null, "the topic is gone");
        Assert.Null(away.LogOf(Partition));
    }

    [Fact]
    public void A_deletion_outlives_its_controller()
    {
        var cluster = Cluster();
        var away = cluster.Brokers.First(broker => !broker.Server.IsController);
        away.Kill(sessionEndsAtOnce: true);
        Delete(cluster);
        cluster.Controller.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => cluster.Running.Any(broker => broker.Server.IsController), "another controller");
        foreach (var down in cluster.Brokers.Where(broker => !broker.IsRunning))
        {
            down.Start();
        }

        cluster.Until(() => cluster.ZooKeeper.Text("/brokers/topics/t") is null, "the topic is gone");
    }

    [Fact]
    public void A_topic_made_again_under_the_same_name_has_none_of_the_old_records()
    {
        var cluster = Cluster();
        cluster.Connect(cluster.LeaderOf(Partition)).Produce(Partition, acks: -1, "old");
        Delete(cluster);
        cluster.Until(() => cluster.ZooKeeper.Text("/brokers/topics/t") is null, "the topic is gone");
        cluster.Connect(0).CreateTopic("t", 1, 3);

        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(Partition) is not null), "the new replicas");
        Assert.Equal(ErrorCode.None, cluster.Connect(cluster.LeaderOf(Partition)).Produce(Partition, acks: -1, "new").ErrorCode);
        Assert.All(cluster.Brokers, broker => Assert.Equal(1, broker.LogOf(Partition)!.LogEndOffset));
    }

    [Fact]
    public void A_reassignment_moves_the_replica_and_deletes_the_old_one()
    {
        var cluster = new SimulatedCluster(Seed, 4, "replica.lag.time.max.ms=2000");
        cluster.Connect(0).CreateTopic("t", 1, 2);
        var before = ReplicasOf(cluster);
        cluster.Connect(cluster.LeaderOf(Partition)).Produce(Partition, acks: -1, "a", "b");
        int[] after = [.. Enumerable.Range(0, 4).Except(before)];

        Reassign(cluster, after);
        cluster.Until(() => ReplicasOf(cluster).SequenceEqual(after) && cluster.State(Partition).Isr.Order().SequenceEqual(after), "the reassignment");
        cluster.Until(() => before.All(old => cluster.Broker(old).LogOf(Partition) is null), "the old replicas are deleted");
        Assert.Equal(["a", "b"], cluster.Connect(cluster.LeaderOf(Partition)).Fetch(Partition, 0).Values);
    }

    [Fact]
    public void A_reassignment_outlives_its_controller_and_the_bounce_of_its_target()
    {
        var cluster = new SimulatedCluster(Seed, 4, "replica.lag.time.max.ms=2000");
        cluster.Connect(0).CreateTopic("t", 1, 2);
        cluster.Connect(cluster.LeaderOf(Partition)).Produce(Partition, acks: -1, "a", "b");
        int[] after = [.. Enumerable.Range(0, 4).Except(ReplicasOf(cluster))];
        var target = cluster.Broker(after[0]);
        Reassign(cluster, after);
        target.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => cluster.Running.Any(broker => broker.Server.IsController), "a controller");
        cluster.Controller.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => cluster.Running.Any(broker => broker.Server.IsController), "another controller");
        foreach (var down in cluster.Brokers.Where(broker => !broker.IsRunning))
        {
            down.Start();
        }

        cluster.Until(() => ReplicasOf(cluster).SequenceEqual(after) && cluster.State(Partition).Isr.Order().SequenceEqual(after), "the reassignment");
        Assert.Equal(["a", "b"], cluster.Connect(cluster.LeaderOf(Partition)).Fetch(Partition, 0).Values);
    }

    [Fact]
    public void The_preferred_leader_leads_again_when_it_is_asked_for()
    {
        var cluster = Cluster();
        var preferred = cluster.Broker(cluster.LeaderOf(Partition));
        preferred.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => cluster.LeaderOf(Partition) is var id && id >= 0 && id != preferred.Id, "another leader");
        preferred.Start();
        cluster.Until(() => cluster.State(Partition).Isr.Count == 3, "the ISR is full again");

        var response = cluster.Connect(cluster.Controller.Id).Ask<ElectLeadersRequest, ElectLeadersResponse>(new()
        {
            TimeoutMs = 10_000,
            TopicPartitions = [new() { Topic = "t", Partitions = [0] }],
        });
        Assert.Equal(ErrorCode.None, response.ReplicaElectionResults[0].PartitionResult[0].ErrorCode);
        Assert.Equal(preferred.Id, cluster.LeaderOf(Partition));
    }

    [Fact]
    public void The_last_in_sync_replica_is_waited_for_unless_an_unclean_election_is_allowed()
    {
        var cluster = Cluster();
        var last = cluster.Broker(cluster.LeaderOf(Partition));
        foreach (var other in cluster.Brokers.Where(other => other != last).ToList())
        {
            other.Kill(sessionEndsAtOnce: true);
        }

        cluster.Until(() => cluster.State(Partition).Isr.SequenceEqual([last.Id]), "one is left in sync");
        Assert.Equal(ErrorCode.None, cluster.Connect(last.Id).Produce(Partition, acks: -1, "only here").ErrorCode);
        last.Kill(sessionEndsAtOnce: true);
        foreach (var other in cluster.Brokers.Where(other => other != last).ToList())
        {
            other.Start();
        }

        cluster.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(-1, cluster.LeaderOf(Partition));
        last.Start();
        cluster.Until(() => cluster.State(Partition).Isr.Count == 3, "the ISR is full again");
        Assert.All(cluster.Brokers, broker => Assert.Equal(1, broker.LogOf(Partition)!.LogEndOffset));
    }

    private static SimulatedCluster Cluster()
    {
        var cluster = new SimulatedCluster(Seed, 3, "replica.lag.time.max.ms=2000");
        cluster.Connect(0).CreateTopic("t", 1, 3);
        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(Partition) is not null), "all have the replica");
        return cluster;
    }

    private static void Delete(SimulatedCluster cluster)
    {
        var response = cluster.Connect(cluster.Controller.Id).Ask<DeleteTopicsRequest, DeleteTopicsResponse>(
            new() { TopicNames = ["t"], TimeoutMs = 1000 }, maxVersion: 5);
        Assert.Contains(response.Responses[0].ErrorCode, new[] { ErrorCode.None, ErrorCode.RequestTimedOut });
    }

    private static void Reassign(SimulatedCluster cluster, int[] replicas)
    {
        cluster.Until(() => cluster.Running.Any(broker => broker.Server.IsController), "a controller");
        var response = cluster.Connect(cluster.Controller.Id).Ask<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(new()
        {
            TimeoutMs = 10_000,
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Replicas = replicas }] }],
        });
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal(ErrorCode.None, response.Responses[0].Partitions[0].ErrorCode);
    }

    /// <summary>The assignment as the topic's znode has it, without replicas that a reassignment still removes.</summary>
    private static int[] ReplicasOf(SimulatedCluster cluster)
    {
        using var json = System.Text.Json.JsonDocument.Parse(cluster.ZooKeeper.Text("/brokers/topics/t")!);
        return [.. json.RootElement.GetProperty("partitions").GetProperty("0").EnumerateArray().Select(id => id.GetInt32())];
    }
}
