using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Tests;

/// <summary>What followers do, between brokers of each kind of protocol: truncate, catch up, start over, be read from.</summary>
public sealed class FollowerTests
{
    private const ulong Seed = 7;

    private static readonly TopicPartition Partition = new("t", 0);

    /// <summary>Before KIP-595, before KIP-497, before sessions, before epochs in requests, before leader epochs at all.</summary>
    public static TheoryData<string> Protocols => ["3.9-IV0", "2.7-IV0", "2.6-IV0", "1.1-IV0", "1.0-IV0", "0.11.0-IV0", "0.10.2-IV0", "0.9.0"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Followers_copy_what_leaders_append_at_every_inter_broker_protocol(string protocol)
    {
        var cluster = Cluster(protocol);
        var leader = cluster.Connect(cluster.LeaderOf(Partition));

        Assert.Equal(ErrorCode.None, leader.Produce(Partition, acks: -1, "a", "b").ErrorCode);
        Assert.Equal(ErrorCode.None, leader.Produce(Partition, acks: -1, "c").ErrorCode);
        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(Partition)!.HighWatermark == 3), "all have the high watermark");
        Assert.All(cluster.Brokers, broker => Assert.Equal(["a", "b", "c"], ValuesOn(broker)));
        Assert.All(cluster.Brokers, broker => Assert.DoesNotContain(broker.Log.Lines, line => line.Contains("mismatch", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void A_leader_that_returns_cuts_what_only_it_had(string protocol)
    {
        var cluster = Cluster(protocol);
        var old = cluster.Broker(cluster.LeaderOf(Partition));
        var client = cluster.Connect(old.Id);
        Assert.Equal(ErrorCode.None, client.Produce(Partition, acks: -1, "kept").ErrorCode);
        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(Partition)!.HighWatermark == 1));
        foreach (var other in cluster.Brokers.Where(other => other != old))
        {
            cluster.Network.Partition(old.Host, other.Host);
        }

        Assert.Equal(ErrorCode.None, client.Produce(Partition, acks: 1, "only here").ErrorCode);
        old.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => cluster.LeaderOf(Partition) is var id && id >= 0 && id != old.Id, "another leader");
        cluster.Network.Heal();
        Assert.Equal(ErrorCode.None, cluster.Connect(cluster.LeaderOf(Partition)).Produce(Partition, acks: -1, "instead").ErrorCode);

        old.Start();
        cluster.Until(() => cluster.State(Partition).Isr.Count == 3, "the ISR is full again");
        Assert.All(cluster.Brokers, broker => Assert.Equal(["kept", "instead"], ValuesOn(broker)));
    }

    /// <summary>The returning replica knows an epoch in which nothing was appended, and the new leader no epochs at all.</summary>
    [Fact]
    public void A_topic_of_a_format_without_epochs_is_followed_after_a_change_of_leader_where_fetches_truncate()
    {
        var cluster = Cluster("2.7-IV2", ("message.format.version", "0.10.2"));
        var old = cluster.Broker(cluster.LeaderOf(Partition));
        old.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => cluster.LeaderOf(Partition) is var id && id >= 0 && id != old.Id, "another leader");
        old.Start();
        cluster.Until(() => cluster.State(Partition).Isr.Count == 3, "the ISR is full again");

        var leader = cluster.Connect(cluster.LeaderOf(Partition));
        Assert.Equal(ErrorCode.None, leader.Produce(Partition, acks: -1, "a").ErrorCode);
        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(Partition)!.HighWatermark == 1), "all have it");
        Assert.Equal(3, cluster.State(Partition).Isr.Count);
        Assert.All(cluster.Brokers, broker => Assert.Equal(["a"], ValuesOn(broker)));
    }

    [Fact]
    public void Every_replica_describes_its_producers()
    {
        var cluster = Cluster("3.9-IV0");
        Assert.Equal(ErrorCode.None, cluster.Connect(cluster.LeaderOf(Partition)).Produce(Partition, acks: -1, "a").ErrorCode);
        var request = new DescribeProducersRequest
        {
            Topics = [new() { Name = Partition.Topic, PartitionIndexes = [Partition.Partition] }],
        };
        Assert.All(cluster.Brokers, broker => Assert.Equal(
            ErrorCode.None,
            cluster.Connect(broker.Id).Ask<DescribeProducersRequest, DescribeProducersResponse>(request).Topics[0].Partitions[0].ErrorCode));
    }

    [Fact]
    public void A_follower_whose_log_ends_before_the_leaders_begins_starts_over()
    {
        var cluster = Cluster("3.9-IV0");
        var away = cluster.Brokers.First(broker => broker.Id != cluster.LeaderOf(Partition));
        var leader = cluster.Connect(cluster.LeaderOf(Partition));
        leader.Produce(Partition, acks: -1, "a");
        away.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => !cluster.State(Partition).Isr.Contains(away.Id), "the ISR is without it");
        leader.Produce(Partition, acks: -1, "b", "c");
        leader.Produce(Partition, acks: -1, "d");
        DeleteRecords(leader, before: 3);

        away.Start();
        cluster.Until(() => cluster.State(Partition).Isr.Count == 3, "the ISR is full again");
        Assert.Equal((3, 4), (away.LogOf(Partition)!.LogStartOffset, away.LogOf(Partition)!.LogEndOffset));
        Assert.Equal(["d"], ValuesOn(away));
    }

    [Fact]
    public void Deleting_records_waits_for_the_followers_and_moves_their_log_start()
    {
        var cluster = Cluster("3.9-IV0");
        var leader = cluster.Connect(cluster.LeaderOf(Partition));
        leader.Produce(Partition, acks: -1, "a");
        leader.Produce(Partition, acks: -1, "b");

        DeleteRecords(leader, before: 1);
        Assert.All(cluster.Brokers, broker => Assert.Equal(1, broker.LogOf(Partition)!.LogStartOffset));
    }

    [Fact]
    public void A_replica_of_an_empty_disk_is_filled_from_the_leader()
    {
        var cluster = Cluster("3.9-IV0");
        var emptied = cluster.Brokers.First(broker => broker.Id != cluster.LeaderOf(Partition));
        cluster.Connect(cluster.LeaderOf(Partition)).Produce(Partition, acks: -1, "a", "b");
        emptied.Kill(sessionEndsAtOnce: true);
        emptied.LoseDisk();

        emptied.Start();
        cluster.Until(() => emptied.LogOf(Partition) is { HighWatermark: 2 }, "the follower is filled");
        Assert.Equal(["a", "b"], ValuesOn(emptied));
    }

    [Fact]
    public void A_cut_off_follower_leaves_the_isr_and_comes_back_when_it_has_caught_up()
    {
        var cluster = Cluster("3.9-IV0");
        var cutOff = cluster.Brokers.First(broker => broker.Id != cluster.LeaderOf(Partition) && !broker.Server.IsController);
        foreach (var other in cluster.Brokers.Where(other => other != cutOff))
        {
            cluster.Network.Partition(cutOff.Host, other.Host);
        }

        var leader = cluster.Connect(cluster.LeaderOf(Partition));
        Assert.Equal(ErrorCode.None, leader.Produce(Partition, acks: -1, "waits for the ISR to shrink").ErrorCode);
        Assert.DoesNotContain(cutOff.Id, cluster.State(Partition).Isr);
        cluster.Network.Heal();
        cluster.Until(() => cluster.State(Partition).Isr.Count == 3, "the ISR is full again");
        Assert.Equal(1, cutOff.LogOf(Partition)!.LogEndOffset);
    }

    [Fact]
    public void With_fewer_in_sync_than_the_minimum_acks_all_is_refused_and_the_high_watermark_stands()
    {
        var cluster = Cluster("3.9-IV0", ("min.insync.replicas", "3"));
        var lost = cluster.Brokers.First(broker => broker.Id != cluster.LeaderOf(Partition));
        var leader = cluster.Connect(cluster.LeaderOf(Partition));
        lost.Kill(sessionEndsAtOnce: true);
        cluster.Until(() => cluster.State(Partition).Isr.Count == 2, "the ISR shrinks");

        cluster.Until(() => leader.Produce(Partition, acks: -1, "refused").ErrorCode == ErrorCode.NotEnoughReplicas, "the refusal");
        var end = cluster.Broker(cluster.LeaderOf(Partition)).LogOf(Partition)!.LogEndOffset;
        Assert.Equal(ErrorCode.None, leader.Produce(Partition, acks: 1, "hidden").ErrorCode);
        cluster.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(end, cluster.Broker(cluster.LeaderOf(Partition)).LogOf(Partition)!.HighWatermark);
        Assert.Equal((ErrorCode.None, 0), leader.Fetch(Partition, end) is var (error, values) ? (error, values.Count) : default);
    }

    /// <summary>
    /// What was appended while enough were in sync may yet be committed: its producer gets no acknowledgement, as the high watermark stands under the
    /// minimum (KAFKA-15583; before, it heard NOT_ENOUGH_REPLICAS_AFTER_APPEND). What comes later is refused before it is appended.
    /// </summary>
    [Theory]
    [InlineData("3.9-IV0")]
    [InlineData("2.6-IV0")]
    public void What_is_appended_before_too_few_are_in_sync_times_out_and_what_comes_then_is_refused(string protocol)
    {
        var cluster = Cluster(protocol, ("min.insync.replicas", "2"));
        cluster.Connect(0).CreateTopic("led", 3, 3, ("min.insync.replicas", "2"));
        var partition = Enumerable.Range(0, 3).Select(index => new TopicPartition("led", index))
            .First(candidate => cluster.LeaderOf(candidate) == cluster.Controller.Id);
        var leader = cluster.Broker(cluster.LeaderOf(partition));
        var client = cluster.Connect(leader.Id);
        Assert.Equal(ErrorCode.None, client.Produce(partition, acks: -1, "kept").ErrorCode);
        foreach (var other in cluster.Brokers.Where(other => other != leader))
        {
            cluster.Network.Partition(leader.Host, other.Host);
        }

        Assert.Equal(ErrorCode.RequestTimedOut, client.Produce(partition, acks: -1, "appended").ErrorCode);
        Assert.Equal([leader.Id], cluster.State(partition).Isr);
        Assert.Equal(ErrorCode.NotEnoughReplicas, client.Produce(partition, acks: -1, "refused").ErrorCode);
        Assert.Equal(["kept"], client.Fetch(partition, 0).Values);

        cluster.Network.Heal();
        cluster.Until(() => cluster.State(partition).Isr.Count == 3, "the ISR is full again");
        cluster.Until(() => leader.LogOf(partition)!.HighWatermark == 2, "what was appended is committed");
        Assert.Equal(["kept", "appended"], client.Fetch(partition, 0).Values);
    }

    /// <summary>KIP-1: brokers up to 0.8.2, which had version 0 alone, wait for as many replicas as the producer says.</summary>
    [Fact]
    public void Two_acknowledgements_do_not_wait_for_the_third_replica_and_are_refused_after_version_0()
    {
        var cluster = Cluster("3.9-IV0");
        var leader = cluster.Connect(cluster.LeaderOf(Partition));
        cluster.Brokers.First(broker => broker.Id != cluster.LeaderOf(Partition)).Pause(isPaused: true);

        Assert.Equal(ErrorCode.None, leader.ProduceAs08(Partition, acks: 2, "a").ErrorCode);
        Assert.Equal(0, cluster.Broker(cluster.LeaderOf(Partition)).LogOf(Partition)!.HighWatermark);
        Assert.Equal(ErrorCode.RequestTimedOut, leader.ProduceAs08(Partition, acks: 3, "b").ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequiredAcks, leader.ProduceAs08(Partition, acks: 4, "c").ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequiredAcks, leader.Produce(Partition, acks: 2, "d").ErrorCode);
    }

    [Fact]
    public void A_consumer_is_sent_to_the_replica_in_its_rack_and_reads_there()
    {
        var cluster = new SimulatedCluster(
            Seed, 3, "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector", "broker.rack=rack-$id");
        cluster.Connect(0).CreateTopic("t", 1, 3);
        var leader = cluster.LeaderOf(Partition);
        var near = (leader + 1) % 3;
        cluster.Connect(leader).Produce(Partition, acks: -1, "a");
        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(Partition)!.HighWatermark == 1));

        Assert.Equal((near, ""), Fetch(cluster, leader, $"rack-{near}"));
        Assert.Equal((-1, "a"), Fetch(cluster, near, $"rack-{near}"));
        Assert.Equal((-1, "a"), Fetch(cluster, leader, $"rack-{leader}"));
        Assert.Equal((-1, "a"), Fetch(cluster, leader, ""));
    }

    private static SimulatedCluster Cluster(string protocol, params (string Name, string Value)[] configs)
    {
        var cluster = new SimulatedCluster(
            Seed,
            3,
            $"inter.broker.protocol.version={protocol}",
            $"log.message.format.version={protocol}",
            "replica.lag.time.max.ms=2000",
            "replica.fetch.backoff.ms=100");
        cluster.Connect(0).CreateTopic("t", 1, 3, configs);
        cluster.Until(() => cluster.Brokers.All(broker => broker.LogOf(Partition) is not null), "all have the replica");
        return cluster;
    }

    private static IReadOnlyList<string> ValuesOn(SimulatedBroker broker)
    {
        var log = broker.LogOf(Partition)!;
        var read = log.Read(log.LogStartOffset, int.MaxValue, FetchIsolation.LogEnd, minOneMessage: true).Records!;
        var bytes = new byte[read.Length];
        read.File.Read(bytes, read.Position);
        read.File.Release();
        return SimulatedClient.Values(bytes);
    }

    private static void DeleteRecords(SimulatedClient leader, long before)
    {
        var response = leader.Ask<DeleteRecordsRequest, DeleteRecordsResponse>(new()
        {
            TimeoutMs = 20_000,
            Topics = [new() { Name = Partition.Topic, Partitions = [new() { PartitionIndex = Partition.Partition, Offset = before }] }],
        });
        Assert.Equal((ErrorCode.None, before), (response.Topics[0].Partitions[0].ErrorCode, response.Topics[0].Partitions[0].LowWatermark));
    }

    private static (int Preferred, string Values) Fetch(SimulatedCluster cluster, int broker, string rack)
    {
        var answer = cluster.Connect(broker).Ask<FetchRequest, FetchResponse>(
            new()
            {
                MaxBytes = 1 << 20,
                SessionEpoch = -1,
                RackId = rack,
                Topics = [new() { Topic = "t", Partitions = [new() { PartitionMaxBytes = 1 << 20 }] }],
            },
            maxVersion: 12).Responses[0].Partitions[0];
        return (answer.PreferredReadReplica, string.Join(',', SimulatedClient.Values(answer.Records.Memory.Span)));
    }
}
