using System.Text;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Tests;

public sealed class BrokerChangeTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void When_a_leader_dies_the_next_in_sync_replica_of_the_assignment_leads()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3,1");
        cluster.Kill(2);
        Assert.Equal("3/1/3,1", cluster.State("t", 0));
        Assert.Equal(3, cluster[1].Broker.Image.Partition("t", 0)!.Leader);
        Assert.Equal([2], cluster[1].Broker.Image.Partition("t", 0)!.OfflineReplicas);
        Assert.False(cluster[1].Broker.Image.IsAlive(2));
    }

    [Fact]
    public void The_order_of_the_assignment_decides_and_not_that_of_the_ISR()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,1,3");
        cluster.AlterIsr("t", 0, 2, 3, 1);
        cluster.Kill(2);
        Assert.StartsWith("1/", cluster.State("t", 0));
    }

    [Fact]
    public void A_dead_follower_leaves_the_ISR()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        cluster.Kill(2);
        Assert.Equal("1/1/1", cluster.State("t", 0));
        Assert.Equal(1, cluster[1].Broker.Replicas[Partition].LeaderEpoch);
    }

    [Fact]
    public void The_last_member_stays_in_the_ISR_and_the_partition_without_leader()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2");
        cluster.Kill(2);
        Assert.Equal("-1/1/2", cluster.State("t", 0));
        cluster.Restart(2);
        Assert.Equal("2/2/2", cluster.State("t", 0));
    }

    /// <summary>
    /// As after a power cut of all: what the leader has lost its followers have in the same epoch, and would not see that the logs part.
    /// </summary>
    [Fact]
    public void A_leader_that_came_back_while_there_was_no_controller_is_not_told_to_go_on_in_its_epoch()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3,1");
        cluster.CreateTopic("alone", "0:2");
        cluster.Kill(1, 2, 3);
        Assert.Equal("2/0/2,3,1", cluster.State("t", 0));
        cluster[2].Broker.Received.Clear();
        cluster.Restart(2);
        cluster.Restart(3);

        var epochs = cluster[2].Broker.Received.OfType<LeaderAndIsrRequest>()
            .SelectMany(request => request.TopicStates.SelectMany(topic => topic.PartitionStates.Select(state => (topic.TopicName, state.LeaderEpoch))))
            .ToLookup(told => told.TopicName, told => told.LeaderEpoch);
        Assert.NotEmpty(epochs["t"]);
        Assert.All(epochs["t"], epoch => Assert.True(epoch > 0));
        Assert.All(epochs["alone"], epoch => Assert.Equal(0, epoch));
        Assert.StartsWith("2/", cluster.State("t", 0));
        Assert.Equal("2/0/2", cluster.State("alone", 0));
    }

    [Fact]
    public void An_out_of_sync_replica_does_not_lead_unless_the_topic_allows_it()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("safe", "0:2,3");
        cluster.CreateTopic("risky", "0:2,3", ("unclean.leader.election.enable", "true"));
        cluster.AlterIsr("safe", 0, 2);
        cluster.AlterIsr("risky", 0, 2);
        cluster.Kill(2);
        Assert.Equal(-1, cluster.Stored("safe", 0)!.Leader);
        Assert.Equal([2], cluster.Stored("safe", 0)!.Isr);
        Assert.Equal(3, cluster.Stored("risky", 0)!.Leader);
        Assert.Equal([3], cluster.Stored("risky", 0)!.Isr);
        Assert.Equal(LeaderRecoveryState.Recovering, cluster.Stored("risky", 0)!.RecoveryState);
    }

    [Fact]
    public void Allowing_unclean_leaders_later_elects_them_then()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.AlterIsr("t", 0, 2);
        cluster.Kill(2);
        Assert.Equal(-1, cluster.Stored("t", 0)!.Leader);
        cluster.Active.Config.UncleanLeaderElectionEnable = true;
        cluster.Active.Controller.EnableUncleanLeaderElection();
        cluster.Time.RunUntilIdle();
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
    }

    [Fact]
    public void A_new_broker_hears_of_everything_before_it_leads_or_follows()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        cluster.CreateTopic("u", "0:1");
        cluster.Kill(2);
        cluster[2].Broker.Received.Clear();
        cluster.Restart(2);
        var metadata = Assert.IsType<UpdateMetadataRequest>(cluster[2].Broker.Received[0]);
        Assert.Equal(["t", "u"], metadata.TopicStates.Select(topic => topic.TopicName).Order());
        Assert.IsType<LeaderAndIsrRequest>(cluster[2].Broker.Received[1]);
        Assert.Contains(Partition, cluster[2].Broker.Replicas.Keys);
        Assert.True(cluster[1].Broker.Image.IsAlive(2));
    }

    [Fact]
    public void A_broker_that_bounced_unseen_is_failed_and_started_again()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1");
        var before = cluster[2].Controller.BrokerEpoch;

        // Both the end of the old session and the new registration happen before the controller looks.
        cluster[1].Session.Disconnect();
        cluster.Kill(2);
        cluster.Restart(2);
        cluster[1].Session.Reconnect();
        cluster.Time.RunUntilIdle();
        Assert.True(cluster[2].Controller.BrokerEpoch > before);
        Assert.Equal("1/1/1", cluster.State("t", 0));
        Assert.Equal(2, cluster[1].Broker.Image.Brokers.Length);
        Assert.All(
            cluster[2].Broker.ReceivedOf<LeaderAndIsrRequest>().TakeLast(1),
            request => Assert.Equal(cluster[2].Controller.BrokerEpoch, request.BrokerEpoch));
        Assert.Contains(cluster.Log.Lines, line => line.Text.Contains("bounced brokers: 2"));
    }

    [Fact]
    public void Addresses_that_change_while_a_bounce_is_dealt_with_are_told_to_all()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1");
        cluster[1].Session.Disconnect();
        cluster.Kill(2);
        cluster.Restart(2);
        var moved = new BrokerRegistration(2, [new("PLAINTEXT", "elsewhere", 1, SecurityProtocol.Plaintext)], null, -1, 0);
        var changed = false;
        cluster[1].Session.Faults = call =>
        {
            // The broker's end is being dealt with, and its return is not yet.
            if (!changed && call is { IsWrite: true, Path: "/brokers/topics/t/partitions/0/state" })
            {
                changed = true;
                cluster.Ensemble.Put("/brokers/ids/2", Encoding.UTF8.GetString(BrokerIdZnode.Encode(moved, MetadataVersions.Latest)));
            }

            return Testing.ZooKeeper.ZooKeeperFault.None;
        };
        cluster[1].Session.Reconnect();
        cluster.Time.RunUntilIdle();
        Assert.True(changed);
        Assert.Equal("elsewhere", cluster[1].Broker.Image.Broker(2)!.Endpoints[0].Host);
    }

    [Fact]
    public void Changed_addresses_are_told_to_all_without_an_election()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1");
        var moved = new BrokerRegistration(2, [new("PLAINTEXT", "elsewhere", 1, SecurityProtocol.Plaintext)], null, -1, 0);
        cluster[2].Loop.Run(() => cluster[2].Store.Brokers.UpdateAsync(moved));
        cluster.Time.RunUntilIdle();
        Assert.Equal("elsewhere", cluster[1].Broker.Image.Broker(2)!.Endpoints[0].Host);
        Assert.Equal("2/0/2,1", cluster.State("t", 0));
    }

    [Fact]
    public void All_hear_of_a_death_that_changes_no_partition_also_while_another_partition_has_no_leader()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2");
        cluster.Kill(2);
        Assert.Equal("-1/1/2", cluster.State("t", 0));
        cluster.Kill(3);
        Assert.Equal(1, cluster[1].Broker.Image.Brokers.Length);
        Assert.True(cluster[1].Broker.Image.IsAlive(1));
    }

    [Fact]
    public void The_death_of_a_follower_is_told_once()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster[2].Broker.Received.Clear();
        cluster.Kill(3);
        Assert.Single(cluster[2].Broker.ReceivedOf<UpdateMetadataRequest>());
        Assert.False(cluster[2].Broker.Image.IsAlive(3));
    }

    [Fact]
    public void Requests_to_a_silent_broker_are_sent_again_in_order_until_it_answers()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster[2].Broker.Unreachable = true;
        cluster.CreateTopic("t", "0:2");
        cluster.CreateTopic("u", "0:2");
        cluster.Time.AdvanceMs(10_000);
        Assert.Empty(cluster[2].Broker.Replicas);
        cluster[2].Broker.Unreachable = false;
        cluster.Time.AdvanceMs(100);
        Assert.Equal(["t", "u"], cluster[2].Broker.ReceivedOf<LeaderAndIsrRequest>().Select(request => request.TopicStates[0].TopicName));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_broker_that_does_not_answer_holds_up_no_other(bool isSlow)
    {
        var cluster = new ClusterFixture(1, 2, 3, 4);
        cluster.CreateTopic("old", "0:4,3,2");
        var (silent, other) = (cluster[2].Broker, cluster[3].Broker);
        if (isSlow)
        {
            silent.SlowDown();
        }
        else
        {
            silent.Unreachable = true;
        }

        // A new topic, and an election, in no time at all.
        var before = cluster.Time.GetUtcNow();
        cluster.CreateTopic("new", "0:2,3 1:3,2");
        cluster.Kill(4);
        Assert.Equal(before, cluster.Time.GetUtcNow());
        Assert.Equal((2, 0), LeaderKnownTo(other, "new", 0));
        Assert.Equal((3, 0), LeaderKnownTo(other, "new", 1));
        Assert.Equal((3, 1), LeaderKnownTo(other, "old", 0));
        Assert.Equal(3, cluster[1].Broker.Image.Partition("old", 0)!.Leader);
        Assert.Equal(3, cluster[1].Broker.Image.Partition("new", 1)!.Leader);
        Assert.False(other.Image.IsAlive(4));

        // What is for the silent one waits, and is complete once it answers.
        Assert.Equal((4, 0), LeaderKnownTo(silent, "old", 0));
        Assert.Equal([new("old", 0)], silent.Replicas.Keys);
        silent.Unreachable = false;
        silent.SpeedUp();
        cluster.Time.AdvanceMs(100);
        Assert.Equal((2, 0), LeaderKnownTo(silent, "new", 0));
        Assert.Equal((3, 0), LeaderKnownTo(silent, "new", 1));
        Assert.Equal((3, 1), LeaderKnownTo(silent, "old", 0));
        Assert.False(silent.Image.IsAlive(4));

        static (int Leader, int Epoch) LeaderKnownTo(FakeBroker broker, string topic, int partition) =>
            (broker.Replicas[new(topic, partition)].Leader, broker.Replicas[new(topic, partition)].LeaderEpoch);
    }

    [Fact]
    public void Requests_queued_for_a_broker_that_left_are_void()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster[2].Broker.Unreachable = true;
        cluster.CreateTopic("t", "0:2,1");
        cluster.Kill(2);
        cluster[2].Broker.Received.Clear();
        cluster.Restart(2);
        cluster.Time.AdvanceMs(1_000);
        Assert.All(
            cluster[2].Broker.ReceivedOf<LeaderAndIsrRequest>(), request => Assert.Equal(
                cluster[2].Controller.BrokerEpoch, request.BrokerEpoch));
    }

    [Fact]
    public void A_failed_log_directory_moves_its_leaders_elsewhere()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1 1:2,1");
        cluster[2].Broker.FailedDir.Add(Partition);
        cluster.Operator.Run(() => cluster.Tool.Notifications.NotifyLogDirFailureAsync(2));
        cluster.Time.RunUntilIdle();
        Assert.Equal("1/1/1", cluster.State("t", 0));
        Assert.Equal("2/0/2,1", cluster.State("t", 1));
        Assert.Equal([2], cluster[1].Broker.Image.Partition("t", 0)!.OfflineReplicas);
        Assert.Empty(cluster.Ensemble.Children("/log_dir_event_notification"));
    }

    [Fact]
    public void ISR_changes_of_older_leaders_are_passed_on()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        cluster.Ensemble.Put(
            "/brokers/topics/t/partitions/0/state", """{"controller_epoch":1,"leader":1,"version":1,"leader_epoch":0,"isr":[1]}""");
        cluster.Operator.Run(() => cluster.Tool.Notifications.NotifyIsrChangeAsync([Partition, new("unknown", 0)]));
        cluster.Time.RunUntilIdle();
        Assert.Equal([1], cluster[2].Broker.Image.Partition("t", 0)!.Isr);
        Assert.Empty(cluster.Ensemble.Children("/isr_change_notification"));
    }

    [Fact]
    public void A_notification_nobody_understands_is_removed()
    {
        var cluster = new ClusterFixture(1);
        cluster.Ensemble.Put("/isr_change_notification/isr_change_0000000001", "garbage");
        cluster.Time.RunUntilIdle();
        Assert.Empty(cluster.Ensemble.Children("/isr_change_notification"));
        cluster.CreateTopic("t", "0:1");
        Assert.Equal("1/0/1", cluster.State("t", 0));
    }

    [Fact]
    public void A_state_written_meanwhile_is_read_and_decided_again()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3,1");
        var raced = false;
        cluster[1].Session.Faults = call =>
        {
            if (call is { Kind: "Multi", Path: "/brokers/topics/t/partitions/0/state" } && !raced)
            {
                raced = true;
                cluster.Ensemble.Put(
                    "/brokers/topics/t/partitions/0/state",
                    """{"controller_epoch":1,"leader":2,"version":1,"leader_epoch":0,"isr":[2,1]}""");
            }

            return Testing.ZooKeeper.ZooKeeperFault.None;
        };
        cluster.Kill(2);
        Assert.True(raced);
        Assert.Equal("1/1/1", cluster.State("t", 0));
    }

    [Fact]
    public void A_state_of_a_later_controller_is_left_alone()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1");
        cluster.Ensemble.Put(
            "/brokers/topics/t/partitions/0/state", """{"controller_epoch":9,"leader":2,"version":1,"leader_epoch":4,"isr":[2,1]}""");
        cluster.Kill(2);
        Assert.Equal("2/4/2,1", cluster.State("t", 0));
    }
}
