using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// A leader that stood still while another took its place, and that wakes with its followers' fetches of that time still to be read: what
/// it lacks is no reason to refuse a producer, or a consumer, for good.
/// </summary>
public sealed class StaleLeaderTests
{
    private const int SessionTimeoutMs = 6000;
    private const long ProducerId = 7;
    private const long Begin2026 = 1_767_225_600_000;

    private static readonly TopicPartition Partition = new("t", 0);

    public static TheoryData<ulong> Seeds => [1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_leader_that_was_replaced_does_not_tell_a_producer_that_its_records_are_out_of_order(ulong seed)
    {
        var cluster = Cluster(seed);
        var (old, client) = ReplaceLeader(cluster);
        var answer = client.AskAsync<ProduceRequest, ProduceResponse>(Request(sequence: 2), maxVersion: 9);
        old.Pause(false);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, cluster.Await(answer).Responses[0].PartitionResponses[0].ErrorCode);

        cluster.Until(() => Produce(cluster.Connect(cluster.LeaderOf(Partition)), sequence: 2) == ErrorCode.None, "the producer goes on");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_leader_that_was_replaced_does_not_tell_a_consumer_that_its_offset_does_not_exist(ulong seed)
    {
        var cluster = Cluster(seed);
        var (old, client) = ReplaceLeader(cluster);
        var answer = client.AskAsync<FetchRequest, FetchResponse>(
            new()
            {
                MaxBytes = 1 << 20,
                SessionEpoch = -1,
                Topics = [new() { Topic = "t", Partitions = [new() { Partition = 0, FetchOffset = 2, PartitionMaxBytes = 1 << 20 }] }],
            },
            maxVersion: 10);
        old.Pause(false);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, cluster.Await(answer).Responses[0].Partitions[0].ErrorCode);
    }

    private static SimulatedCluster Cluster(ulong seed)
    {
        var cluster = new SimulatedCluster(
            seed,
            3,
            $"zookeeper.session.timeout.ms={SessionTimeoutMs}",
            "replica.fetch.wait.max.ms=500",
            "replica.socket.timeout.ms=1000",
            "controller.socket.timeout.ms=3000");
        cluster.Connect(cluster.Controller.Id).CreateTopic("t", 1, 3);
        cluster.Until(() => cluster.LeaderOf(Partition) >= 0 && cluster.State(Partition).Isr.Count == 3, "the replicas");
        cluster.Pass(TimeSpan.FromSeconds(1));
        return cluster;
    }

    /// <summary>The leader has the producer's first record; the one that replaces it while it stands still has the second, too.</summary>
    private static (SimulatedBroker Old, SimulatedClient Client) ReplaceLeader(SimulatedCluster cluster)
    {
        var old = cluster.Broker(cluster.LeaderOf(Partition));
        var client = cluster.Connect(old.Id);
        Assert.Equal(ErrorCode.None, Produce(client, sequence: 0));
        cluster.Pass(TimeSpan.FromSeconds(1));

        old.Pause(true);
        cluster.Pass(TimeSpan.FromMilliseconds(SessionTimeoutMs));
        old.Session!.Expire();
        cluster.Until(() => cluster.LeaderOf(Partition) is >= 0 and var leader && leader != old.Id, "another leader");
        var next = cluster.Connect(cluster.LeaderOf(Partition));
        cluster.Until(() => Produce(next, sequence: 1) == ErrorCode.None, "the producer goes on");
        return (old, client);
    }

    private static ErrorCode Produce(SimulatedClient client, int sequence) =>
        client.Ask<ProduceRequest, ProduceResponse>(Request(sequence), maxVersion: 9).Responses[0].PartitionResponses[0].ErrorCode;

    private static ProduceRequest Request(int sequence)
    {
        using var builder = new RecordBatchBuilder { ProducerId = ProducerId, ProducerEpoch = 0, BaseSequence = sequence };
        builder.Append(Begin2026, null, "v"u8);
        return new()
        {
            Acks = -1,
            TimeoutMs = 5_000,
            TopicData = [new() { Name = "t", PartitionData = [new() { Index = 0, Records = builder.Build().ToArray() }] }],
        };
    }
}
