using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Controller.Tests;

public sealed class ControllerElectionTests
{
    [Fact]
    public void The_first_broker_takes_office_and_the_others_watch()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        Assert.Equal(1, cluster.Active.Config.BrokerId);
        Assert.Equal(1, cluster[3].Controller.ActiveControllerId);
        Assert.Equal("1", cluster.Ensemble.Text("/controller_epoch"));
        Assert.Equal("""{"features":{},"version":2,"status":1}""", cluster.Ensemble.Text("/feature"));
        Assert.Empty(cluster.Log.Errors);
    }

    [Theory]
    [InlineData("""{"features":{},"version":1,"status":1}""", """{"features":{},"version":2,"status":1}""")]
    [InlineData(
        """{"features":{"f":{"min_version_level":1,"max_version_level":3}},"version":1,"status":1}""",
        """{"features":{"f":{"max_version_level":3}},"version":2,"status":1}""")]
    [InlineData("""{"features":{"f":{"max_version_level":3}},"version":2,"status":0}""", """{"features":{},"version":2,"status":1}""")]
    public void The_features_are_written_in_the_form_of_the_protocol_version(string found, string left)
    {
        var cluster = new ClusterFixture();
        cluster.Ensemble.Put("/feature", found);
        cluster.Start(1);
        Assert.Equal(left, cluster.Ensemble.Text("/feature"));
        var version = cluster.Ensemble.Stat("/feature")!.Value.Version;
        cluster.Start(2);
        cluster.Kill(1);
        Assert.Equal(version, cluster.Ensemble.Stat("/feature")!.Value.Version);
    }

    [Fact]
    public void When_the_controller_dies_another_broker_takes_office()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.Kill(1);
        Assert.Contains(cluster.Active.Config.BrokerId, new[] { 2, 3 });
        Assert.Equal("2", cluster.Ensemble.Text("/controller_epoch"));
        Assert.Equal(cluster.Active.Config.BrokerId, cluster[2].Controller.ActiveControllerId);
        Assert.Equal(cluster.Active.Config.BrokerId, cluster[3].Controller.ActiveControllerId);
    }

    [Fact]
    public void Whoever_finds_the_znode_deleted_stands_for_election()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.Ensemble.Remove("/controller");
        cluster.Time.RunUntilIdle();
        Assert.Equal("2", cluster.Ensemble.Text("/controller_epoch"));
        Assert.Single(new[] { cluster[1], cluster[2] }, node => node.Controller.IsActive);
    }

    [Fact]
    public void A_lone_broker_reelects_itself_after_its_session_expired()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", "0:1");
        var before = cluster[1].Controller.BrokerEpoch;
        cluster[1].Session.Expire();
        cluster.Time.RunUntilIdle();
        Assert.True(cluster[1].Controller.IsActive);
        Assert.True(cluster[1].Controller.BrokerEpoch > before);
        Assert.Equal("2", cluster.Ensemble.Text("/controller_epoch"));
        cluster.CreateTopic("u", "0:1");
        Assert.Equal("1/0/1", cluster.State("u", 0));
    }

    /// <summary>In Kafka it was gone from the cluster until it was started again (KAFKA-5473).</summary>
    [Fact]
    public void A_broker_whose_credentials_ZooKeeper_refused_registers_and_leads_the_cluster_again_after_a_pause()
    {
        var cluster = new ClusterFixture(1);
        var before = cluster[1].Controller.BrokerEpoch;
        cluster[1].Session.RefuseCredentials();
        cluster.Time.AdvanceMs((int)SessionLifecycle.AuthFailedBackoff.TotalMilliseconds - 1);
        Assert.Equal(before, cluster[1].Controller.BrokerEpoch);

        cluster.Time.AdvanceMs(1);
        Assert.True(cluster[1].Controller.BrokerEpoch > before);
        Assert.Equal(cluster[1].Session.SessionId, cluster.Ensemble.Stat("/brokers/ids/1")!.Value.EphemeralOwner);
        Assert.True(cluster[1].Controller.IsActive);
        cluster.CreateTopic("t", "0:1");
        Assert.Equal("1/0/1", cluster.State("t", 0));
    }

    [Fact]
    public void A_controller_cut_off_from_ZooKeeper_stays_in_office_until_it_learns_of_its_end()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster[1].Session.Disconnect();
        cluster[1].Session.Expire();
        cluster.Time.RunUntilIdle();
        Assert.True(cluster[1].Controller.IsActive);
        Assert.True(cluster[2].Controller.IsActive);
        cluster[1].Session.Reconnect();
        cluster.Time.RunUntilIdle();
        Assert.False(cluster[1].Controller.IsActive);
        Assert.Equal(2, cluster[1].Controller.ActiveControllerId);
        Assert.Equal("2", cluster.Ensemble.Text("/controller_epoch"));
    }

    [Fact]
    public void A_zombie_is_stopped_by_its_first_write()
    {
        var cluster = new ClusterFixture(1, 2);

        // Somebody else counts the epoch up without the first controller's hearing of it: its watch was spent.
        cluster.Ensemble.Put("/controller_epoch", "7");
        cluster.CreateTopic("t", "0:1");
        Assert.False(cluster[1].Controller.IsActive);
        Assert.Null(cluster.State("t", 0));
        Assert.Contains(cluster.Log.Lines, line => line.Text.Contains("Controller moved to another broker"));
    }

    [Theory]
    [InlineData(ZooKeeperFault.LostRequest)]
    [InlineData(ZooKeeperFault.LostReply)]
    public void A_failover_survives_the_loss_of_any_one_write(ZooKeeperFault fault)
    {
        for (var write = 0; ; write++)
        {
            var cluster = new ClusterFixture(1, 2, 3);
            cluster.CreateTopic("t", "0:1,2,3 1:2,3,1");
            var seen = 0;
            var hit = false;
            foreach (var id in new[] { 2, 3 })
            {
                cluster[id].Session.Faults = call =>
                {
                    if (!call.IsWrite || seen++ != write)
                    {
                        return ZooKeeperFault.None;
                    }

                    hit = true;
                    return fault;
                };
            }

            cluster.Kill(1);
            if (!hit)
            {
                Assert.True(write > 2);
                return;
            }

            Assert.NotEqual(1, cluster.Stored("t", 0)!.Leader);
            Assert.Equal([2, 3], cluster.Stored("t", 0)!.Isr.Order());
            Assert.NotEqual(1, cluster.Active.Config.BrokerId);
        }
    }

    [Fact]
    public void In_office_brokers_hear_of_each_other_before_they_are_told_to_lead_or_follow()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1");
        cluster[2].Broker.Received.Clear();
        cluster.Kill(1);
        var received = cluster[2].Broker.Received;
        var first = Assert.IsType<UpdateMetadataRequest>(received[0]);
        Assert.Empty(first.TopicStates);
        Assert.IsType<LeaderAndIsrRequest>(received[1]);
        Assert.All(received.OfType<LeaderAndIsrRequest>(), request => Assert.Equal(cluster[2].Controller.BrokerEpoch, request.BrokerEpoch));
    }

    [Fact]
    public void Old_notifications_are_discarded_unread()
    {
        var cluster = new ClusterFixture();
        cluster.Ensemble.Put("/isr_change_notification/isr_change_0000000001", "garbage");
        cluster.Ensemble.Put("/log_dir_event_notification/log_dir_event_0000000001", "garbage");
        cluster.Start(1);
        Assert.True(cluster[1].Controller.IsActive);
        Assert.Empty(cluster.Ensemble.Children("/isr_change_notification"));
        Assert.Empty(cluster.Ensemble.Children("/log_dir_event_notification"));
    }

    [Fact]
    public void Znodes_nobody_can_read_do_not_take_the_others_down()
    {
        var cluster = new ClusterFixture();
        cluster.Ensemble.Put("/brokers/topics/broken", "garbage");
        cluster.Ensemble.Put("/brokers/topics/t", """{"version":1,"partitions":{"0":[1],"1":[1]}}""");
        cluster.Ensemble.Put("/brokers/topics/t/partitions/0/state", "garbage");
        cluster.Ensemble.Put("/brokers/ids/x", "garbage");
        cluster.Ensemble.Put("/brokers/ids/5", "garbage");
        cluster.Start(1);
        Assert.True(cluster[1].Controller.IsActive);
        Assert.Equal("1/0/1", cluster.State("t", 1));
        Assert.Contains(cluster.Log.Errors, line => line.Contains("/brokers/topics/broken"));

        // Mended, the topic comes to life.
        cluster.Ensemble.Put("/brokers/topics/broken", """{"version":1,"partitions":{"0":[1]}}""");
        cluster.Time.RunUntilIdle();
        Assert.Equal("1/0/1", cluster.State("broken", 0));
    }

    [Fact]
    public void A_controller_that_cannot_begin_gives_its_office_up_and_stands_again_later()
    {
        var isRefused = true;
        var cluster = new ClusterFixture
        {
            BeforeStart = node => node.Session.Faults = call => isRefused && call.Path == "/feature"
                ? throw new ZooKeeperException(ZooKeeperError.NoAuth, call.Path)
                : ZooKeeperFault.None,
        };
        cluster.Start(1);
        Assert.False(cluster[1].Controller.IsActive);
        Assert.Contains(cluster.Log.Errors, line => line.Contains("Trigger controller movement immediately"));
        cluster.Time.AdvanceMs(10_000);
        Assert.InRange(int.Parse(cluster.Ensemble.Text("/controller_epoch")!), 5, 12);
        isRefused = false;
        cluster.Time.AdvanceMs(1_000);
        Assert.True(cluster[1].Controller.IsActive);
    }

    [Fact]
    public void After_stopping_a_broker_is_no_candidate()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.Time.Await(cluster[1].Controller.StopAsync());
        Assert.False(cluster[1].Controller.IsActive);
        cluster[1].Loop.Run(() => cluster[1].Session.CloseAsync());
        cluster.Time.RunUntilIdle();
        Assert.Equal(2, cluster.Active.Config.BrokerId);
    }

    [Fact]
    public void An_office_vacated_before_anyone_looked_is_taken_again()
    {
        var cluster = new ClusterFixture();
        var vacated = false;
        cluster.Ensemble.Put("/feature", """{"version":2,"status":1,"features":{}}""");
        cluster.BeforeStart = node => node.Session.Faults = call =>
        {
            // The creation spent the watch; the deletion comes before the next one is set.
            if (!vacated && call.Path == "/feature" && cluster.Ensemble.Stat("/controller") is not null)
            {
                vacated = true;
                cluster.Ensemble.Remove("/controller");
            }

            return ZooKeeperFault.None;
        };
        cluster.Start(1);
        Assert.True(vacated);
        Assert.True(cluster[1].Controller.IsActive);
        Assert.Equal("2", cluster.Ensemble.Text("/controller_epoch"));
    }

    [Fact]
    public void A_registration_that_fails_in_a_new_session_is_tried_until_it_stands()
    {
        var cluster = new ClusterFixture(1);
        var thief = new ClassicBroker.Metadata.BrokerRegistration(
            9, [new("PLAINTEXT", "host1", 9092, Primitives.SecurityProtocol.Plaintext)], null, -1, 0);
        cluster[1].Session.Disconnect();
        cluster[1].Session.Expire();
        cluster.Operator.Run(() => cluster.Tool.Brokers.RegisterAsync(thief));
        cluster[1].Session.Reconnect();
        cluster.Time.AdvanceMs(5_000);
        Assert.Null(cluster.Ensemble.Stat("/brokers/ids/1"));
        Assert.False(cluster[1].Controller.IsActive);
        cluster.Ensemble.Remove("/brokers/ids/9");
        cluster.Time.AdvanceMs(1_000);
        Assert.Equal(cluster.Ensemble.Stat("/brokers/ids/1")!.Value.Czxid, cluster[1].Controller.BrokerEpoch);
        Assert.True(cluster[1].Controller.IsActive);
    }

    [Fact]
    public void Questions_to_a_broker_out_of_office_are_refused()
    {
        var cluster = new ClusterFixture(1, 2);
        var other = cluster[2].Controller;
        Assert.Equal(
            Primitives.ErrorCode.StaleControllerEpoch, cluster.Time.Await(other.ControlledShutdownAsync(new() { BrokerId = 2 })).ErrorCode);
        Assert.Equal(Primitives.ErrorCode.NotController, cluster.Time.Await(other.AlterPartitionAsync(new(), 3)).ErrorCode);
        Assert.Equal(Primitives.ErrorCode.NotController, cluster.Time.Await(other.AllocateProducerIdsAsync(new())).ErrorCode);
        var election = cluster.Time.Await(other.ElectLeadersAsync(new() { TopicPartitions = [new() { Topic = "t", Partitions = [0] }] })).Response;
        Assert.Equal(
            (Primitives.ErrorCode.None, Primitives.ErrorCode.NotController),
            (election.ErrorCode, election.ReplicaElectionResults[0].PartitionResult[0].ErrorCode));
        Assert.Equal(Primitives.ErrorCode.NotController, cluster.Time.Await(other.AlterPartitionReassignmentsAsync(new())).ErrorCode);
        Assert.Equal(Primitives.ErrorCode.NotController, cluster.Time.Await(other.ListPartitionReassignmentsAsync(new())).ErrorCode);
        Assert.Equal(Primitives.ErrorCode.NotController, cluster.Time.Await(other.UpdateFeaturesAsync(new())).ErrorCode);
    }

    [Fact]
    public void Questions_that_wait_when_the_session_expires_are_refused()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("t", "0:1");
        cluster[1].Session.Disconnect();
        var first = cluster[1].Controller.AllocateProducerIdsAsync(new() { BrokerId = 1, BrokerEpoch = cluster[1].Controller.BrokerEpoch });
        var second = cluster[1].Controller.AllocateProducerIdsAsync(
            new() { BrokerId = 1, BrokerEpoch = cluster[1].Controller.BrokerEpoch });
        cluster.Time.RunUntilIdle();
        Assert.False(first.IsCompleted);
        cluster[1].Session.Expire();
        cluster[1].Session.Reconnect();
        cluster.Time.RunUntilIdle();
        Assert.Equal(Primitives.ErrorCode.NotController, cluster.Time.Await(first).ErrorCode);
        Assert.Equal(Primitives.ErrorCode.NotController, cluster.Time.Await(second).ErrorCode);
        Assert.True(cluster[1].Controller.IsActive);
    }
}
