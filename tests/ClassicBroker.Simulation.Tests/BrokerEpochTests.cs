using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>
/// Fetches carry the life of the broker that sent them, and changes of ISRs the lives of their members (KIP-903). Kafka in ZooKeeper mode
/// sends them in fetches and compares none; there an old fetch brings a broker back that has lost its records (KAFKA-15221).
/// </summary>
public sealed class BrokerEpochTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void A_fetch_of_its_earlier_life_does_not_let_a_broker_back_into_the_isr()
    {
        var cluster = new SimulatedCluster(3, 3, "default.replication.factor=3", "zookeeper.session.timeout.ms=30000");
        cluster.Connect(0).CreateTopic(Partition.Topic, 1, 3);
        var leader = cluster.LeaderOf(Partition);
        var follower = cluster.Brokers.First(broker => broker.Id != leader && !broker.Server.IsController);
        cluster.Until(() => cluster.Broker(leader).LogOf(Partition) is not null, "the leader has its log");
        cluster.Connect(leader).Produce(Partition, acks: -1, "a");
        var earlier = EpochOf(cluster, follower.Id);

        follower.Kill(isPowerCut: true, sessionEndsAtOnce: true);
        cluster.Until(() => !cluster.State(Partition).Isr.Contains(follower.Id), "the ISR without it");

        // It is back, and known to the leader, and stands still before it fetches.
        follower.Start();
        follower.Pause(true);
        cluster.Until(() => cluster.Broker(leader).Server.Metadata.Current.Broker(follower.Id) is not null, "the leader knows that it is back");
        Assert.True(EpochOf(cluster, follower.Id) > earlier);
        Assert.DoesNotContain(follower.Id, cluster.State(Partition).Isr);

        Fetch(cluster, leader, follower.Id, earlier);
        cluster.Pass(TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(follower.Id, cluster.State(Partition).Isr);

        // The same fetch of this life does.
        Fetch(cluster, leader, follower.Id, EpochOf(cluster, follower.Id));
        cluster.Until(() => cluster.State(Partition).Isr.Contains(follower.Id), "the ISR with it");
    }

    private static long EpochOf(SimulatedCluster cluster, int broker) => cluster.ZooKeeper.Stat($"/brokers/ids/{broker}")!.Value.Czxid;

    private static void Fetch(SimulatedCluster cluster, int leader, int follower, long epoch)
    {
        var answer = cluster.Connect(leader).Ask<FetchRequest, FetchResponse>(new()
        {
            ReplicaState = new() { ReplicaId = follower, ReplicaEpoch = epoch },
            MaxBytes = 1 << 20,
            SessionEpoch = -1,
            Topics =
            [
                new()
                {
                    TopicId = cluster.Assignment(Partition.Topic).TopicId,
                    Partitions =
                    [
                        new()
                        {
                            Partition = Partition.Partition,
                            FetchOffset = cluster.Broker(leader).LogOf(Partition)!.LogEndOffset,
                            PartitionMaxBytes = 1 << 20,
                        },
                    ],
                },
            ],
        });
        Assert.Equal((ErrorCode.None, ErrorCode.None), (answer.ErrorCode, answer.Responses.FirstOrDefault()?.Partitions[0].ErrorCode ?? ErrorCode.None));
    }
}
