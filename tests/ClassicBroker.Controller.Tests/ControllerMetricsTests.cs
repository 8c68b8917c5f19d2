using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing;

namespace ClassicBroker.Controller.Tests;

public sealed class ControllerMetricsTests
{
    [Fact]
    public void Metrics_are_those_of_the_cluster_and_a_second_old_at_most()
    {
        var cluster = new ClusterFixture(1);
        using var reading = new MeterReading(cluster.Meters[1]);
        cluster.CreateTopic("t", "0:2,1 1:1 2:2");
        cluster.Time.AdvanceMs(1_000);
        var read = reading.Read();
        Assert.Equal(1, read["kafka.controller.KafkaController.ActiveControllerCount"]);
        Assert.Equal(1, read["kafka.controller.KafkaController.ActiveBrokerCount"]);
        Assert.Equal(1, read["kafka.controller.KafkaController.GlobalTopicCount"]);

        // The last partition has never had a leader, and is not offline but new.
        Assert.Equal(2, read["kafka.controller.KafkaController.GlobalPartitionCount"]);
        Assert.Equal(0, read["kafka.controller.KafkaController.OfflinePartitionsCount"]);
        Assert.Equal(1, read["kafka.controller.KafkaController.PreferredReplicaImbalanceCount"]);
        Assert.Equal(0, read["kafka.controller.KafkaController.TopicsToDeleteCount"]);
        Assert.Equal(0, read["kafka.controller.KafkaController.ControllerState"]);
        Assert.Equal(4, read["kafka.controller.KafkaController.ZkMigrationState"]);
    }

    [Fact]
    public void A_partition_whose_leader_is_about_to_stop_is_not_offline_yet()
    {
        var cluster = new ClusterFixture(1, 2);
        using var reading = new MeterReading(cluster.Meters[1]);
        cluster.CreateTopic("t", "0:2");
        var request = new ControlledShutdownRequest { BrokerId = 2, BrokerEpoch = cluster[2].Controller.BrokerEpoch };
        cluster.Time.Await(cluster.Active.Controller.ControlledShutdownAsync(request));
        Assert.Equal(0, Offline());
        cluster.Kill(2);
        Assert.Equal(1, Offline());

        double Offline()
        {
            cluster.Time.AdvanceMs(1_000);
            return reading.Read()["kafka.controller.KafkaController.OfflinePartitionsCount"];
        }
    }

    [Fact]
    public void Replicas_that_have_been_deleted_are_no_longer_to_be_deleted()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        using var reading = new MeterReading(cluster.Meters[1]);
        cluster.CreateTopic("t", "0:2,3");
        cluster[3].Broker.Unreachable = true;
        cluster.DeleteTopic("t");
        cluster.Time.AdvanceMs(1_000);
        Assert.Equal(1, reading.Read()["kafka.controller.KafkaController.ReplicasToDeleteCount"]);
    }

    [Fact]
    public void Events_are_counted_under_the_state_that_Kafka_gives_them()
    {
        var cluster = new ClusterFixture(1);
        using var reading = new MeterReading(cluster.Meters[1]);
        cluster.CreateTopic("t", "0:1");
        cluster.Start(2);
        cluster.Kill(2);
        var read = reading.Read();
        Assert.True(read["kafka.controller.ControllerStats.TopicChangeRateAndTimeMs.Count"] >= 1);
        Assert.True(read["kafka.controller.ControllerStats.LeaderElectionRateAndTimeMs.Count"] >= 2);
        Assert.Equal(0, read["kafka.controller.ControllerStats.TopicDeletionRateAndTimeMs.Count"]);
        Assert.True(read["kafka.controller.ControllerEventManager.EventQueueTimeMs.Count"] >= 3);
    }

    [Fact]
    public void An_election_out_of_sync_is_counted_and_others_are_not()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        using var reading = new MeterReading(cluster.Meters[1]);
        cluster.CreateTopic("t", "0:2,3");
        cluster.Kill(3);
        cluster.Kill(2);
        Assert.Equal(0, reading.Read()["kafka.controller.ControllerStats.UncleanLeaderElectionsPerSec"]);
        cluster.Restart(3);
        cluster[1].Config.UncleanLeaderElectionEnable = true;
        cluster[1].Controller.EnableUncleanLeaderElection();
        cluster.Time.RunUntilIdle();
        Assert.Equal(1, reading.Read()["kafka.controller.ControllerStats.UncleanLeaderElectionsPerSec"]);
    }

    [Fact]
    public void The_queue_of_a_broker_is_shown_while_the_broker_is_there()
    {
        var cluster = new ClusterFixture(1, 2);
        using var reading = new MeterReading(cluster.Meters[1]);
        cluster.CreateTopic("t", "0:2");
        Assert.Contains("kafka.controller.ControllerChannelManager.QueueSize{broker-id=2}", reading.Read().Keys);
        Assert.Contains("kafka.controller.ControllerChannelManager.RequestRateAndQueueTimeMs.Count{broker-id=2}", reading.Read().Keys);
        cluster.Kill(2);
        Assert.DoesNotContain("kafka.controller.ControllerChannelManager.QueueSize{broker-id=2}", reading.Read().Keys);
        Assert.DoesNotContain("kafka.controller.ControllerChannelManager.RequestRateAndQueueTimeMs.Count{broker-id=2}", reading.Read().Keys);
    }
}
