using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Controller.Tests;

public sealed class TopicLifeTests
{
    [Fact]
    public void A_topic_made_by_its_znode_alone_gets_leaders_ids_and_states()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", "0:1 1:1");
        Assert.Equal("1/0/1", cluster.State("t", 0));
        Assert.Equal("1/0/1", cluster.State("t", 1));
        var id = cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.TopicId;
        Assert.False(id.IsZero);
        var request = Assert.Single(cluster[1].Broker.ReceivedOf<LeaderAndIsrRequest>());
        Assert.Equal(id, request.TopicStates[0].TopicId);
        Assert.All(request.TopicStates[0].PartitionStates, state => Assert.True(state.IsNew));
        Assert.Equal("host1", Assert.Single(request.LiveLeaders).HostName);
        Assert.Equal(1, cluster[1].Broker.Image.Partition("t", 1)!.Leader);
        Assert.Equal(1, cluster[1].Broker.Image.ControllerId);
        Assert.Empty(cluster.Log.Errors);
    }

    [Fact]
    public void The_first_live_replica_leads_and_all_live_ones_are_in_sync()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:3,2,1");
        Assert.Equal("2/0/2,1", cluster.State("t", 0));
        Assert.Equal([3, 2, 1], cluster[1].Broker.Replicas[new("t", 0)].Replicas);
        Assert.Equal([3], cluster[1].Broker.Image.Partition("t", 0)!.OfflineReplicas);
    }

    [Fact]
    public void A_topic_without_any_live_replica_waits_for_one()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", "0:2");
        Assert.Null(cluster.State("t", 0));
        cluster.Start(2);
        Assert.Equal("2/0/2", cluster.State("t", 0));
        Assert.Contains(new TopicPartition("t", 0), cluster[2].Broker.Replicas.Keys);
    }

    [Theory]
    [InlineData(ZooKeeperFault.LostRequest)]
    [InlineData(ZooKeeperFault.LostReply)]
    public void A_creation_survives_the_loss_of_any_one_write(ZooKeeperFault fault)
    {
        for (var write = 0; ; write++)
        {
            var cluster = new ClusterFixture(1);
            var seen = 0;
            var hit = false;
            cluster[1].Session.Faults = call =>
            {
                hit |= call.IsWrite && seen == write;
                return call.IsWrite && seen++ == write ? fault : ZooKeeperFault.None;
            };
            cluster.CreateTopic("t", "0:1 1:1");
            Assert.Equal("1/0/1", cluster.State("t", 0));
            Assert.Equal("1/0/1", cluster.State("t", 1));
            Assert.Contains(new TopicPartition("t", 1), cluster[1].Broker.Replicas.Keys);
            if (!hit)
            {
                Assert.True(write > 4);
                return;
            }
        }
    }

    [Fact]
    public void Partitions_added_to_the_znode_come_to_life()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", "0:1");
        var id = cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.TopicId;
        cluster.PutAssignment("t", "0:1 1:1 2:1");
        Assert.Equal("1/0/1", cluster.State("t", 2));
        Assert.Equal("1/0/1", cluster.State("t", 0));
        Assert.Equal(id, cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.TopicId);
        Assert.Equal(3, cluster[1].Broker.Image.Topic("t")!.Partitions.Length);
    }

    [Fact]
    public void A_thousand_partitions_travel_in_one_request()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", string.Join(' ', Enumerable.Range(0, 1000).Select(partition => $"{partition}:1")));
        Assert.Equal(1000, Assert.Single(cluster[1].Broker.ReceivedOf<LeaderAndIsrRequest>()).TopicStates[0].PartitionStates.Length);
        Assert.Equal("1/0/1", cluster.State("t", 999));
    }

    [Fact]
    public void A_deleted_topic_leaves_nothing_in_ZooKeeper_nor_on_the_brokers()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2 1:2,1", ("retention.ms", "5"));
        cluster.CreateTopic("other", "0:1");
        cluster.DeleteTopic("t");
        Assert.DoesNotContain(cluster.Ensemble.Paths, path => path.Contains("/t"[..]) && path.EndsWith("/t"));
        Assert.DoesNotContain(cluster.Ensemble.Paths, path => path.StartsWith("/brokers/topics/t/"));
        Assert.Equal([new("t", 0), new("t", 1)], cluster[2].Broker.Deleted.Order());
        Assert.Null(cluster[1].Broker.Image.Topic("t"));
        Assert.NotNull(cluster[1].Broker.Image.Topic("other"));
        Assert.Empty(cluster.Log.Errors);
    }

    [Fact]
    public void A_topic_can_be_made_again_after_its_deletion_under_a_new_id()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", "0:1");
        var before = cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.TopicId;
        cluster.DeleteTopic("t");
        cluster.CreateTopic("t", "0:1 1:1");
        Assert.Equal("1/0/1", cluster.State("t", 1));
        Assert.NotEqual(before, cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.TopicId);
    }

    [Fact]
    public void Brokers_stop_serving_a_topic_before_its_replicas_are_deleted()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", "0:1");
        cluster[1].Broker.Received.Clear();
        cluster.DeleteTopic("t");
        var received = cluster[1].Broker.Received;
        var metadata = Assert.IsType<UpdateMetadataRequest>(received[0]);
        Assert.Equal(LeaderAndIsr.LeaderDuringDelete, metadata.TopicStates[0].PartitionStates[0].Leader);
        var stops = received.OfType<StopReplicaRequest>().Select(stop => stop.TopicStates[0].PartitionStates[0]).ToArray();
        Assert.Equal([false, true], stops.Select(stop => stop.DeletePartition));
        Assert.All(stops, stop => Assert.Equal(LeaderAndIsr.EpochDuringDelete, stop.LeaderEpoch));
    }

    [Fact]
    public void A_deletion_waits_for_dead_brokers()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        cluster.Kill(2);
        cluster.DeleteTopic("t");
        Assert.NotNull(cluster.Ensemble.Stat("/brokers/topics/t"));
        cluster.Restart(2);
        Assert.Null(cluster.Ensemble.Stat("/brokers/topics/t"));
        Assert.Null(cluster.Ensemble.Stat("/admin/delete_topics/t"));
        Assert.Contains(new TopicPartition("t", 0), cluster[2].Broker.Deleted);
    }

    [Fact]
    public void A_deletion_that_a_broker_refuses_is_tried_again_when_it_comes_back()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        cluster[2].Broker.StopReplicaError = ErrorCode.KafkaStorageError;
        cluster.DeleteTopic("t");
        Assert.NotNull(cluster.Ensemble.Stat("/brokers/topics/t"));
        cluster.Kill(2);
        cluster[2].Broker.StopReplicaError = ErrorCode.None;
        cluster.Restart(2);
        Assert.Null(cluster.Ensemble.Stat("/brokers/topics/t"));
    }

    [Fact]
    public void A_deletion_begun_by_one_controller_is_finished_by_the_next()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2");
        cluster[2].Broker.Unreachable = true;
        cluster.DeleteTopic("t");
        cluster.Time.AdvanceMs(1_000);
        Assert.NotNull(cluster.Ensemble.Stat("/brokers/topics/t"));
        cluster[2].Broker.Unreachable = false;
        cluster.Kill(1);
        cluster.Time.AdvanceMs(1_000);
        Assert.Equal(2, cluster.Active.Config.BrokerId);
        Assert.Null(cluster.Ensemble.Stat("/brokers/topics/t"));
    }

    [Fact]
    public void Marks_on_topics_that_are_not_there_are_removed()
    {
        var cluster = new ClusterFixture(1);
        cluster.DeleteTopic("nobody");
        Assert.Null(cluster.Ensemble.Stat("/admin/delete_topics/nobody"));
    }

    [Fact]
    public void Where_deletion_is_disabled_marks_are_removed_and_topics_stay()
    {
        var cluster = new ClusterFixture { DeleteTopicEnable = false };
        cluster.Start(1);
        cluster.CreateTopic("t", "0:1");
        cluster.DeleteTopic("t");
        Assert.Null(cluster.Ensemble.Stat("/admin/delete_topics/t"));
        Assert.NotNull(cluster.Ensemble.Stat("/brokers/topics/t"));
    }

    [Fact]
    public void A_topic_that_is_going_takes_no_new_partitions()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2");
        cluster.Kill(2);
        cluster.DeleteTopic("t");
        cluster.PutAssignment("t", "0:2 1:1");
        Assert.Equal([0], cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.Partitions.Keys);
        Assert.Null(cluster.State("t", 1));
    }

    [Fact]
    public void Before_2_8_topics_have_no_ids()
    {
        var cluster = new ClusterFixture { InterBrokerProtocol = MetadataVersion.IBP_2_7_IV2 };
        cluster.Start(1);
        cluster.CreateTopic("t", "0:1");
        Assert.True(cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.TopicId.IsZero);
        Assert.Equal("1/0/1", cluster.State("t", 0));
    }

    [Fact]
    public void Before_2_8_the_id_that_a_topic_has_already_is_kept()
    {
        var cluster = new ClusterFixture { InterBrokerProtocol = MetadataVersion.IBP_2_7_IV2 };
        cluster.Start(1);
        cluster.Start(2);
        cluster.Start(3);
        Assert.True(Uuid.TryParse("rdtYMbRTRa-J9K-3Ct4Ezw", out var id));
        cluster.Ensemble.Put("/brokers/topics/t", """{"partitions":{"0":[1]},"topic_id":"rdtYMbRTRa-J9K-3Ct4Ezw","version":3}""");
        cluster.Time.RunUntilIdle();
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Replicas = [2] }] }],
        };
        cluster.Time.Await(cluster.Active.Controller.AlterPartitionReassignmentsAsync(request));
        Assert.Equal("2,1/2/1", cluster.Assignment("t", 0));
        Assert.Equal(id, IdOf(cluster));
        cluster.Kill(1);
        Assert.Equal(id, IdOf(cluster));

        // A topic that is on its way out is written without the partitions that came too late.
        cluster.DeleteTopic("t");
        cluster.Ensemble.Put("/brokers/topics/t", """{"partitions":{"0":[1],"1":[2]},"topic_id":"rdtYMbRTRa-J9K-3Ct4Ezw","version":3}""");
        cluster.Time.RunUntilIdle();
        Assert.Equal(id, IdOf(cluster));

        static Uuid IdOf(ClusterFixture cluster) => cluster.Operator.Run(() => cluster.Tool.Topics.GetAsync("t"))!.TopicId;
    }
}
