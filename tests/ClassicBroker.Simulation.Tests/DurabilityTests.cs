using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// The power of all brokers goes at once, amid producing (KIP-966's case): with <c>durability=fsync</c> everything acknowledged is there
/// when they are back; without it, need not be.
/// </summary>
public sealed class DurabilityTests
{
    private const int Records = 40;
    private const int Seeds = 10;
    private const int CheckpointIntervalMs = 6_000;

    private static readonly TopicPartition Partition = new("t", 0);

    public static TheoryData<ulong> SomeSeeds => [.. Enumerable.Range(1, Seeds).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void What_all_replicas_acknowledged_is_on_their_disks(ulong seed) => AssertKept(seed, acks: -1, replicas: 3);

    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void What_a_lone_leader_acknowledged_is_on_its_disk(ulong seed) => AssertKept(seed, acks: 1, replicas: 1);

    /// <summary>Otherwise the tests above could not fail.</summary>
    [Fact]
    public void Without_it_the_same_power_cut_loses_acknowledged_records() =>
        Assert.Contains(SomeSeeds.Select(seed => (ulong)seed), seed =>
        {
            var cluster = Cluster(seed, "pagecache", replicas: 3);
            var acked = ProduceUntilPowerCut(cluster, acks: -1);
            Restart(cluster);
            return acked.Any(record => cluster.Brokers.All(broker => broker.LogOf(Partition)!.LogEndOffset <= record.Offset));
        });

    /// <summary>
    /// What is committed is noted on disk sooner than it is written: all replicas know that they lost records, and none is to lead before it
    /// has caught up. With all of them there, none has more.
    /// </summary>
    [Theory]
    [MemberData(nameof(SomeSeeds))]
    public void Partitions_of_which_all_replicas_lost_records_go_on_with_what_is_left(ulong seed)
    {
        var cluster = Cluster(seed, "pagecache", replicas: 3);
        var acked = ProduceUntilPowerCut(cluster, acks: -1, restMs: CheckpointIntervalMs);
        Restart(cluster);
        cluster.Until(
            () => cluster.LeaderOf(Partition) is >= 0 and var first
                && cluster.Connect(first).Produce(Partition, -1, "after").ErrorCode == ErrorCode.None,
            "a record that two replicas have");
        var leader = cluster.Broker(cluster.LeaderOf(Partition));
        var (error, values) = cluster.Connect(leader.Id).FetchAll(Partition, 0);
        Assert.Equal(ErrorCode.None, error);
        var kept = values.TakeWhile(value => value != "after").ToList();
        Assert.Equal(acked.Select(record => record.Value).Prepend("0").Take(kept.Count), kept);
        cluster.Until(
            () => cluster.Brokers.All(broker => broker.LogOf(Partition) is { IsSuspect: false } log
                && log.LogEndOffset == leader.LogOf(Partition)!.LogEndOffset),
            "replicas that are alike, and may lead");
    }

    private static void AssertKept(ulong seed, short acks, int replicas)
    {
        var cluster = Cluster(seed, "fsync", replicas);
        var acked = ProduceUntilPowerCut(cluster, acks);
        Assert.NotEmpty(acked);
        Restart(cluster);
        cluster.Until(() => cluster.LeaderOf(Partition) >= 0, "a leader");
        var leader = cluster.Broker(cluster.LeaderOf(Partition));
        cluster.Until(() => leader.LogOf(Partition)!.HighWatermark > acked[^1].Offset, "the high watermark comes back");
        var (error, values) = cluster.Connect(leader.Id).FetchAll(Partition, 0);
        Assert.Equal(ErrorCode.None, error);
        Assert.All(acked, record => Assert.Equal(record.Value, values[(int)record.Offset]));
    }

    private static SimulatedCluster Cluster(ulong seed, string durability, int replicas)
    {
        var cluster = new SimulatedCluster(
            seed, 3, $"durability={durability}", "min.insync.replicas=2", "log.segment.bytes=1000", "log.retention.ms=-1");
        cluster.Connect(0).CreateTopic("t", 1, replicas);
        cluster.Until(() => cluster.Brokers.Count(broker => broker.LogOf(Partition) is not null) == replicas, "the replicas");
        return cluster;
    }

    /// <summary>
    /// Sends without waiting, at moments of the seed's choice; what was acknowledged when the power went, at once or after a rest.
    /// </summary>
    private static List<(long Offset, string Value)> ProduceUntilPowerCut(SimulatedCluster cluster, short acks, int restMs = 0)
    {
        var client = cluster.Connect(cluster.LeaderOf(Partition));
        Assert.Equal(ErrorCode.None, client.Produce(Partition, acks, "0").ErrorCode);
        var sent = new List<(string Value, Task<ProduceResponse.PartitionProduceResponse> Answer)>();
        for (var number = 1; number < Records; number++)
        {
            sent.Add(($"{number}", client.ProduceAsync(Partition, acks, $"{number}")));
            cluster.Pass(TimeSpan.FromMilliseconds(cluster.Random.Next(4)));
        }

        cluster.Pass(TimeSpan.FromMilliseconds(restMs));
        foreach (var broker in cluster.Brokers)
        {
            broker.Kill(isPowerCut: true, sessionEndsAtOnce: true);
        }

        return
        [
            .. sent
                .Where(record => record.Answer.IsCompletedSuccessfully && record.Answer.Result.ErrorCode == ErrorCode.None)
                .Select(record => (record.Answer.Result.BaseOffset, record.Value)),
        ];
    }

    private static void Restart(SimulatedCluster cluster)
    {
        var starts = cluster.Brokers.Select(broker => broker.Launch()).ToList();
        starts.ForEach(start => cluster.Await(start, "a start"));
        cluster.Until(() => cluster.Brokers.Where(broker => cluster.Assignment("t").Partitions[0].Replicas.Contains(broker.Id))
            .All(broker => broker.LogOf(Partition) is not null), "the replicas");
    }
}
