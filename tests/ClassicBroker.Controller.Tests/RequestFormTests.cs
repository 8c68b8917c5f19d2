using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Tests;

/// <summary>The forms that requests to brokers take at older values of inter.broker.protocol.version.</summary>
public sealed class RequestFormTests
{
    [Fact]
    public void Before_2_2_partitions_are_not_grouped_by_topic()
    {
        var cluster = new ClusterFixture { InterBrokerProtocol = MetadataVersion.IBP_2_1_IV2 };
        cluster.Start(1);
        cluster.CreateTopic("t", "0:1 1:1");
        var leaderAndIsr = Assert.Single(cluster[1].Broker.ReceivedOf<LeaderAndIsrRequest>());
        Assert.Equal(["t", "t"], leaderAndIsr.UngroupedPartitionStates.Select(state => state.TopicName));
        Assert.Empty(leaderAndIsr.TopicStates);
        Assert.Equal(2, cluster[1].Broker.Image.Topic("t")!.Partitions.Length);
        Assert.Contains(cluster[1].Broker.ReceivedOf<UpdateMetadataRequest>(), request => request.UngroupedPartitionStates.Length == 2);
    }

    [Fact]
    public void Before_2_6_a_StopReplica_deletes_all_its_partitions_or_none()
    {
        var cluster = new ClusterFixture { InterBrokerProtocol = MetadataVersion.IBP_2_5_IV0 };
        cluster.Start(1);
        cluster.CreateTopic("t", "0:1 1:1");
        cluster.DeleteTopic("t");
        var stops = cluster[1].Broker.ReceivedOf<StopReplicaRequest>().ToArray();
        Assert.Equal([false, true], stops.Select(stop => stop.DeletePartitions));
        Assert.All(stops, stop => Assert.Equal([0, 1], stop.Topics.Single().PartitionIndexes));
        Assert.Null(cluster.Ensemble.Stat("/brokers/topics/t"));
    }

    [Fact]
    public void The_oldest_brokers_get_one_address_each()
    {
        var cluster = new ClusterFixture { InterBrokerProtocol = MetadataVersion.IBP_0_8_2 };
        cluster.Start(1);
        cluster.CreateTopic("t", "0:1");
        var metadata = cluster[1].Broker.ReceivedOf<UpdateMetadataRequest>().Last();
        Assert.Equal(("host1", 9092), (metadata.LiveBrokers[0].V0Host, metadata.LiveBrokers[0].V0Port));
        cluster.DeleteTopic("t");
        Assert.Equal(
            [("t", 0), ("t", 0)],
            cluster[1].Broker.ReceivedOf<StopReplicaRequest>().SelectMany(stop => stop.UngroupedPartitions).Select(
                stop => (stop.TopicName, stop.PartitionIndex)));
        Assert.Null(cluster.Ensemble.Stat("/brokers/topics/t"));
        Assert.Equal("""{"features":{},"version":1,"status":0}""", cluster.Ensemble.Text("/feature"));
    }

    [Fact]
    public void A_broker_without_the_controllers_listener_is_named_in_the_log_and_left_alone()
    {
        var cluster = new ClusterFixture(1);
        cluster.Operator.Run(
            () => cluster.Tool.Brokers.RegisterAsync(new(7, [new("OTHER", "h", 1, SecurityProtocol.Plaintext)], null, -1, 0)));
        cluster.Time.RunUntilIdle();
        cluster.CreateTopic("t", "0:7,1");
        Assert.Contains(cluster.Log.Errors, line => line.Contains("Broker 7 has no listener PLAINTEXT"));
        Assert.Contains(new TopicPartition("t", 0), cluster[1].Broker.Replicas.Keys);
    }
}
