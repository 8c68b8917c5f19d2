using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Tests;

/// <summary>Elections on request, the regular balance, controlled shutdown, ISR changes and producer ids.</summary>
public sealed class LeadershipRequestTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void A_controlled_shutdown_moves_leaderships_before_the_broker_stops()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3 1:3,2");
        cluster.CreateTopic("alone", "0:2");
        var response = ShutDown(cluster, 2, cluster[2].Controller.BrokerEpoch);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Empty(response.RemainingPartitions);
        Assert.Equal("3/1/3", cluster.State("t", 0));
        Assert.Equal("3/1/3", cluster.State("t", 1));
        Assert.Equal(2, cluster.Stored("alone", 0)!.Leader);
        Assert.Contains(
            cluster[2].Broker.ReceivedOf<StopReplicaRequest>(),
            stop => stop.TopicStates[0].PartitionStates[0] is { PartitionIndex: 1, DeletePartition: false });
    }

    [Fact]
    public void What_cannot_be_moved_is_named()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.AlterIsr("t", 0, 2);
        var remaining = Assert.Single(ShutDown(cluster, 2, -1).RemainingPartitions);
        Assert.Equal(("t", 0), (remaining.TopicName, remaining.PartitionIndex));
    }

    [Fact]
    public void A_shutdown_asked_for_by_a_former_incarnation_or_a_stranger_is_refused()
    {
        var cluster = new ClusterFixture(1, 2);
        Assert.Equal(ErrorCode.StaleBrokerEpoch, ShutDown(cluster, 2, cluster[2].Controller.BrokerEpoch - 1).ErrorCode);
        Assert.Equal(ErrorCode.UnknownServerError, ShutDown(cluster, 9, 1).ErrorCode);
        Assert.Equal(ErrorCode.BrokerNotAvailable, ShutDown(cluster, 9, -1).ErrorCode);
    }

    [Fact]
    public void A_preferred_election_gives_the_leadership_back()
    {
        var cluster = WithLeaderMovedFrom2To3();
        var outcome = Elect(cluster, 0, Partition);
        Assert.Equal(ErrorCode.None, ErrorOf(outcome));
        Assert.Equal(2, outcome.Elected[Partition]);
        Assert.Equal(2, cluster.Stored("t", 0)!.Leader);
        Assert.Equal(ErrorCode.ElectionNotNeeded, ErrorOf(Elect(cluster, 0, Partition)));
    }

    [Fact]
    public void An_election_of_all_partitions_names_only_those_that_needed_one()
    {
        var cluster = WithLeaderMovedFrom2To3();
        cluster.CreateTopic("other", "0:1");
        var request = new ElectLeadersRequest { TopicPartitions = null };
        var outcome = cluster.Time.Await(cluster.Active.Controller.ElectLeadersAsync(request));
        Assert.Equal("t", Assert.Single(outcome.Response.ReplicaElectionResults).Topic);
    }

    [Fact]
    public void Elections_that_cannot_be_are_refused()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.Kill(2);
        Assert.Equal(ErrorCode.PreferredLeaderNotAvailable, ErrorOf(Elect(cluster, 0, Partition)));
        Assert.Equal(ErrorCode.ElectionNotNeeded, ErrorOf(Elect(cluster, 1, Partition)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, ErrorOf(Elect(cluster, 0, new("t", 7))));
        cluster.DeleteTopic("t");
        Assert.Equal(ErrorCode.InvalidTopicException, ErrorOf(Elect(cluster, 0, Partition)));
    }

    [Fact]
    public void An_operator_may_elect_an_out_of_sync_leader()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.AlterIsr("t", 0, 2);
        cluster.Kill(2);
        Assert.Equal(-1, cluster.Stored("t", 0)!.Leader);
        var outcome = Elect(cluster, 1, Partition);
        Assert.Equal(ErrorCode.None, ErrorOf(outcome));
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
        Assert.Equal(LeaderRecoveryState.Recovering, cluster.Stored("t", 0)!.RecoveryState);
    }

    [Fact]
    public void A_list_of_elections_in_ZooKeeper_is_done_and_removed()
    {
        var cluster = WithLeaderMovedFrom2To3();
        Assert.True(cluster.Operator.Run(() => cluster.Tool.OperatorRequests.RequestPreferredElectionsAsync([Partition, new("x", 1)])));
        cluster.Time.RunUntilIdle();
        Assert.Equal(2, cluster.Stored("t", 0)!.Leader);
        Assert.Null(cluster.Ensemble.Text(PreferredReplicaElectionZnode.Path));
    }

    [Fact]
    public void Leaderships_return_to_preferred_brokers_by_and_by()
    {
        var cluster = new ClusterFixture { AutoRebalance = true };
        foreach (var id in new[] { 1, 2, 3 })
        {
            cluster.Start(id);
        }

        cluster.CreateTopic("t", "0:2,3");
        cluster.Kill(2);
        cluster.Restart(2);
        cluster.AlterIsr("t", 0, 3, 2);
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
        cluster.Time.AdvanceMs(5_000);
        Assert.Equal(2, cluster.Stored("t", 0)!.Leader);
        cluster.Kill(2);
        cluster.Restart(2);
        cluster.AlterIsr("t", 0, 3, 2);
        cluster.Time.AdvanceMs(299_000);
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
        cluster.Time.AdvanceMs(2_000);
        Assert.Equal(2, cluster.Stored("t", 0)!.Leader);
    }

    [Fact]
    public void Leaderships_return_also_while_a_partition_is_being_moved()
    {
        var cluster = new ClusterFixture { AutoRebalance = true };
        foreach (var id in new[] { 1, 2, 3, 4 })
        {
            cluster.Start(id);
        }

        cluster.CreateTopic("t", "0:2,3");
        cluster.Kill(2);
        cluster.Restart(2);
        cluster.AlterIsr("t", 0, 3, 2);
        var move = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Replicas = [2, 4] }] }],
        };
        cluster.Time.Await(cluster.Active.Controller.AlterPartitionReassignmentsAsync(move));
        cluster.Time.RunUntilIdle();
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
        cluster.Time.AdvanceMs(5_000);
        Assert.Equal(("2,4,3/4/3", 2), (cluster.Assignment("t", 0), cluster.Stored("t", 0)!.Leader));
    }

    [Fact]
    public void A_leaders_ISR_change_is_stored_and_told_to_all_under_the_same_leader_epoch()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, 1));
        Assert.Equal("1/0/1", cluster.State("t", 0));
        Assert.Equal([1], cluster[2].Broker.Image.Partition("t", 0)!.Isr);
        Assert.Single(cluster[1].Broker.ReceivedOf<LeaderAndIsrRequest>());
    }

    [Fact]
    public void A_change_asked_for_twice_is_answered_twice()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        var before = cluster.Stored("t", 0)!;
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, before, 1));
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, before, 1));
        Assert.Equal(ErrorCode.InvalidUpdateVersion, cluster.AlterIsr("t", 0, before, 1, 2));
    }

    [Fact]
    public void A_change_that_does_not_fit_the_state_is_refused()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1,2,3");
        var state = cluster.Stored("t", 0)!;
        Assert.Equal(ErrorCode.NotController, cluster.AlterIsr("t", 0, state with { PartitionEpoch = 5 }, 1));
        Assert.Equal(ErrorCode.NotController, cluster.AlterIsr("t", 0, state with { LeaderEpoch = 5 }, 1));
        cluster.Kill(3);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, cluster.AlterIsr("t", 0, state, 1));
        Assert.Equal(ErrorCode.IneligibleReplica, cluster.AlterIsr("t", 0, 1, 2, 3));
        ShutDown(cluster, 2, -1);
        Assert.Equal(ErrorCode.IneligibleReplica, cluster.AlterIsr("t", 0, 1, 2));
        Assert.Equal(ErrorCode.InvalidRequest, cluster.AlterIsr("t", 0, []));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, cluster.AlterIsr("t", 7, state, 1));
    }

    /// <summary>A leader names the life in which it heard each member last (KIP-903), where it knows it.</summary>
    [Fact]
    public void A_member_in_an_earlier_life_is_not_taken_into_the_isr()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1,2,3");
        var (leader, earlier, other) = (cluster[1].Controller.BrokerEpoch, cluster[2].Controller.BrokerEpoch, cluster[3].Controller.BrokerEpoch);
        cluster.Kill(2);
        cluster.Restart(2);
        Assert.Equal("1/1/1,3", cluster.State("t", 0));

        Assert.Equal(ErrorCode.IneligibleReplica, WithEpochs(cluster, leader, earlier, other));
        Assert.Equal(ErrorCode.IneligibleReplica, WithEpochs(cluster, leader, cluster[2].Controller.BrokerEpoch + 1, other));
        Assert.Equal("1/1/1,3", cluster.State("t", 0));
        Assert.Equal(ErrorCode.None, WithEpochs(cluster, -1, cluster[2].Controller.BrokerEpoch, other));
        Assert.Equal("1/1/1,2,3", cluster.State("t", 0));
    }

    [Fact]
    public void A_change_asked_for_by_a_follower_is_refused()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1,2,3");
        var state = cluster.Stored("t", 0)!;
        Assert.Equal(ErrorCode.InvalidRequest, cluster.AlterIsr("t", 0, state with { Leader = 2 }, 1, 2));
        Assert.Equal(ErrorCode.InvalidRequest, cluster.AlterIsr("t", 0, state with { Leader = 2 }, 1, 2, 3));
        Assert.Equal(("1/0/1,2,3", state.PartitionEpoch), (cluster.State("t", 0), cluster.Stored("t", 0)!.PartitionEpoch));
    }

    [Fact]
    public void An_ISR_holds_the_leader_and_each_of_its_replicas_once()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1,2");
        var state = cluster.Stored("t", 0)!;
        Assert.Equal(ErrorCode.InvalidRequest, cluster.AlterIsr("t", 0, state, 2));
        Assert.Equal(ErrorCode.InvalidRequest, cluster.AlterIsr("t", 0, state, 1, 2, 2));

        // Alive and no replica: the leader forgets it and goes on.
        Assert.Equal(ErrorCode.IneligibleReplica, cluster.AlterIsr("t", 0, state, 1, 2, 3));
        Assert.Equal(("1/0/1,2", state.PartitionEpoch), (cluster.State("t", 0), cluster.Stored("t", 0)!.PartitionEpoch));
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, state, 1));
    }

    [Fact]
    public void A_change_of_a_former_incarnation_is_refused()
    {
        var cluster = new ClusterFixture(1, 2);
        var request = new AlterPartitionRequest { BrokerId = 2, BrokerEpoch = cluster[2].Controller.BrokerEpoch + 1 };
        Assert.Equal(ErrorCode.StaleBrokerEpoch, cluster.Time.Await(cluster.Active.Controller.AlterPartitionAsync(request, 3)).ErrorCode);
    }

    [Fact]
    public void Producer_ids_go_to_registered_brokers_only()
    {
        var cluster = new ClusterFixture(1, 2);
        var epoch = cluster[2].Controller.BrokerEpoch;
        Assert.Equal(0, Allocate(cluster, 2, epoch).ProducerIdStart);
        var second = Allocate(cluster, 2, epoch);
        Assert.Equal((1000, 1000), (second.ProducerIdStart, second.ProducerIdLen));
        Assert.Equal(ErrorCode.StaleBrokerEpoch, Allocate(cluster, 2, epoch + 1).ErrorCode);
        Assert.Equal(ErrorCode.BrokerIdNotRegistered, Allocate(cluster, 9, epoch).ErrorCode);
    }

    [Fact]
    public void Features_are_refused_one_by_one()
    {
        var cluster = new ClusterFixture(1);
        var request = new UpdateFeaturesRequest { FeatureUpdates = [new() { Feature = "f", MaxVersionLevel = 1 }] };
        var response = cluster.Time.Await(cluster.Active.Controller.UpdateFeaturesAsync(request));
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(response.Results).ErrorCode);
    }

    [Fact]
    public void A_feature_is_not_taken_away_by_an_upgrade()
    {
        var cluster = new ClusterFixture(1);
        var request = new UpdateFeaturesRequest { FeatureUpdates = [new() { Feature = "f", MaxVersionLevel = 0, UpgradeType = 1 }] };
        var response = cluster.Time.Await(cluster.Active.Controller.UpdateFeaturesAsync(request));
        Assert.Equal(
            "Can not provide versionLevel: 0 less than 1 without setting the SAFE downgradeType in the request.",
            Assert.Single(response.Results).ErrorMessage);
    }

    private static ClusterFixture WithLeaderMovedFrom2To3()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.Kill(2);
        cluster.Restart(2);
        cluster.AlterIsr("t", 0, 3, 2);
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
        return cluster;
    }

    private static ControlledShutdownResponse ShutDown(ClusterFixture cluster, int broker, long epoch)
    {
        var response = cluster.Time.Await(
            cluster.Active.Controller.ControlledShutdownAsync(new() { BrokerId = broker, BrokerEpoch = epoch }));
        cluster.Time.RunUntilIdle();
        return response;
    }

    private static ElectLeadersOutcome Elect(ClusterFixture cluster, sbyte type, TopicPartition partition)
    {
        var request = new ElectLeadersRequest
        {
            ElectionType = type,
            TopicPartitions = [new() { Topic = partition.Topic, Partitions = [partition.Partition] }],
        };
        var outcome = cluster.Time.Await(cluster.Active.Controller.ElectLeadersAsync(request));
        cluster.Time.RunUntilIdle();
        return outcome;
    }

    private static ErrorCode ErrorOf(ElectLeadersOutcome outcome) =>
        Assert.Single(Assert.Single(outcome.Response.ReplicaElectionResults).PartitionResult).ErrorCode;

    private static ErrorCode WithEpochs(ClusterFixture cluster, params long[] epochs)
    {
        var answer = cluster.Time.Await(cluster.AskToAlterIsr("t", 0, cluster.Stored("t", 0)!, [1, 2, 3], epochs));
        cluster.Time.RunUntilIdle();
        return answer.Topics[0].Partitions[0].ErrorCode;
    }

    private static AllocateProducerIdsResponse Allocate(ClusterFixture cluster, int broker, long epoch) =>
        cluster.Time.Await(cluster.Active.Controller.AllocateProducerIdsAsync(new() { BrokerId = broker, BrokerEpoch = epoch }));
}
