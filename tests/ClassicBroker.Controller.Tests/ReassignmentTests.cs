using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Controller.Tests;

public sealed class ReassignmentTests
{
    private const string Moving = "4,5,2,3/4,5/2,3";

    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void A_move_adds_first_and_removes_when_the_added_are_in_sync()
    {
        var cluster = new ClusterFixture(1, 2, 3, 4);
        cluster.CreateTopic("t", "0:1,2");
        Assert.Equal(ErrorCode.None, Alter(cluster, [3, 4]));
        Assert.Equal("3,4,1,2/3,4/1,2", cluster.Assignment("t", 0));
        Assert.Equal("1/1/1,2", cluster.State("t", 0));
        Assert.True(cluster[3].Broker.Replicas[Partition].IsNew);
        Assert.Equal([3, 4], cluster[3].Broker.Replicas[Partition].AddingReplicas);
        Assert.Equal(1, cluster[1].Broker.Replicas[Partition].LeaderEpoch);
        Assert.Equal("3,4,1,2/3,4/1,2", Listed(cluster));

        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, 1, 2, 3));
        Assert.Equal("3,4,1,2/3,4/1,2", cluster.Assignment("t", 0));
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, 1, 2, 3, 4));
        Assert.Equal("3,4//", cluster.Assignment("t", 0));
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
        Assert.Equal([3, 4], cluster.Stored("t", 0)!.Isr.Order());
        Assert.Contains(Partition, cluster[1].Broker.Deleted);
        Assert.Contains(Partition, cluster[2].Broker.Deleted);
        Assert.Equal([3, 4], cluster[2].Broker.Image.Partition("t", 0)!.Replicas);
        Assert.Null(Listed(cluster));
    }

    [Fact]
    public void A_leader_that_stays_gets_a_new_epoch_and_keeps_leading()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1,2");
        Alter(cluster, [1, 3]);
        cluster.AlterIsr("t", 0, 1, 2, 3);
        Assert.Equal(1, cluster.Stored("t", 0)!.Leader);
        Assert.Equal([1, 3], cluster.Stored("t", 0)!.Isr.Order());
        Assert.Equal([1, 3], cluster[1].Broker.Replicas[Partition].Replicas);
        Assert.DoesNotContain(Partition, cluster[1].Broker.Deleted);
    }

    [Fact]
    public void Moves_tell_how_many_of_them_are_done()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        using var reading = new MeterReading(cluster.Meters[1]);
        cluster.CreateTopic("t", "0:1,2 1:1,2");
        Assert.Equal(100, Percent());
        Request(cluster, (Partition, [1, 3]), (new("t", 1), [1, 3]));
        Assert.Equal(0, Percent());
        cluster.AlterIsr("t", 0, 1, 2, 3);
        Assert.Equal(50, Percent());
        cluster.AlterIsr("t", 1, 1, 2, 3);
        Assert.Equal(100, Percent());

        double Percent()
        {
            cluster.Time.AdvanceMs(1_000);
            return reading.Read()["kafka.controller.KafkaController.ReassignmentProgressPercent"];
        }
    }

    [Fact]
    public void A_cancelled_move_leaves_the_replicas_as_they_were()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1,2");
        Alter(cluster, [3, 2]);
        cluster.AlterIsr("t", 0, 1, 2);
        Assert.Equal(ErrorCode.None, Alter(cluster, null));
        Assert.Equal("2,1//", cluster.Assignment("t", 0));
        Assert.Contains(Partition, cluster[3].Broker.Deleted);
        Assert.Equal(1, cluster.Stored("t", 0)!.Leader);
        Assert.Equal(ErrorCode.NoReassignmentInProgress, Alter(cluster, null));
    }

    [Fact]
    public void A_move_that_replaces_another_stops_what_it_no_longer_needs()
    {
        var cluster = new ClusterFixture(1, 2, 3, 4);
        cluster.CreateTopic("t", "0:1,2");
        Alter(cluster, [3, 2]);
        Alter(cluster, [4, 2]);
        Assert.Equal("4,2,1/4/1", cluster.Assignment("t", 0));
        Assert.Contains(Partition, cluster[3].Broker.Deleted);
        cluster.AlterIsr("t", 0, 1, 2, 4);
        Assert.Equal("4,2//", cluster.Assignment("t", 0));
    }

    [Fact]
    public void What_would_delete_the_only_replica_in_sync_is_refused()
    {
        var cluster = new ClusterFixture(1, 2, 3, 4);
        cluster.CreateTopic("t", "0:4");
        Alter(cluster, [2, 3]);
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, 4, 2));
        cluster.Kill(4);
        Assert.Equal([2], cluster.Stored("t", 0)!.Isr);

        // Acknowledged records may be on broker 2 alone from here on.
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Alter(cluster, null));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Alter(cluster, [3, 1]));
        Request(cluster, (Partition, [3]));
        Assert.Null(cluster.Ensemble.Text(ReassignPartitionsZnode.Path));
        Assert.Equal("2,3,4/2,3/4", cluster.Assignment("t", 0));
        Assert.Equal(2, cluster.Stored("t", 0)!.Leader);
        Assert.DoesNotContain(Partition, cluster[2].Broker.Deleted);

        // Back, but not in sync: the same. In sync again, nothing is lost.
        cluster.Restart(4);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, Alter(cluster, null));
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, 2, 4));
        Assert.Equal(ErrorCode.None, Alter(cluster, null));
        Assert.Equal("4//", cluster.Assignment("t", 0));
        Assert.Equal(4, cluster.Stored("t", 0)!.Leader);
        Assert.Equal([4], cluster.Stored("t", 0)!.Isr);
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidReplicaAssignment)]
    [InlineData("1,1", ErrorCode.InvalidReplicaAssignment)]
    [InlineData("-1", ErrorCode.InvalidReplicaAssignment)]
    [InlineData("1,9", ErrorCode.InvalidReplicaAssignment)]
    public void An_unsound_target_is_refused(string target, ErrorCode error)
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1");
        Assert.Equal(error, Alter(cluster, [.. target.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)]));
        Assert.Equal("1//", cluster.Assignment("t", 0));
    }

    [Fact]
    public void A_partition_named_twice_is_answered_once_and_goes_where_its_last_order_says()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1");
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [Order("t", (0, [9]), (0, [2])), Order("empty"), Order("t", (0, [3]))],
        };
        var answer = cluster.Time.Await(cluster.Active.Controller.AlterPartitionReassignmentsAsync(request));
        cluster.Time.RunUntilIdle();
        var topic = Assert.Single(answer.Responses);
        Assert.Equal((0, ErrorCode.None), (Assert.Single(topic.Partitions).PartitionIndex, topic.Partitions[0].ErrorCode));
        Assert.Equal("3,1/3/1", cluster.Assignment("t", 0));

        static AlterPartitionReassignmentsRequest.ReassignableTopic Order(string name, params (int Partition, int[] Replicas)[] targets) =>
            new()
            {
                Name = name,
                Partitions = [.. targets.Select(target => new AlterPartitionReassignmentsRequest.ReassignablePartition
                {
                    PartitionIndex = target.Partition,
                    Replicas = target.Replicas,
                })],
            };
    }

    [Fact]
    public void A_partition_that_is_added_while_another_begins_to_move_stays()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1");
        var armed = true;
        cluster[1].Session.Faults = call =>
        {
            if (armed && call is { IsWrite: true, Path: "/brokers/topics/t" })
            {
                armed = false;
                var stored = cluster.Ensemble.Text("/brokers/topics/t")!;
                cluster.Ensemble.Put("/brokers/topics/t", stored.Replace("\"0\":[1]", "\"0\":[1],\"1\":[2]", StringComparison.Ordinal));
            }

            return ZooKeeperFault.None;
        };
        Assert.Equal(ErrorCode.None, Alter(cluster, [2]));
        Assert.False(armed);
        Assert.Equal("2,1/2/1", cluster.Assignment("t", 0));
        Assert.Equal("2//", cluster.Assignment("t", 1));
        Assert.Equal("2/0/2", cluster.State("t", 1));
    }

    [Fact]
    public void Unknown_partitions_are_refused()
    {
        var cluster = new ClusterFixture(1, 2);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Alter(cluster, [1]));
    }

    [Fact]
    public void Operators_lists_in_ZooKeeper_are_worked_off()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1");
        cluster.CreateTopic("u", "0:1");
        Request(cluster, (Partition, [2]), (new("u", 0), [1]), (new("nobody", 0), [1]));
        var left = ReassignPartitionsZnode.Decode(System.Text.Encoding.UTF8.GetBytes(cluster.Ensemble.Text(ReassignPartitionsZnode.Path)!));
        Assert.Equal([Partition], left.Keys);
        cluster.AlterIsr("t", 0, 1, 2);
        Assert.Null(cluster.Ensemble.Text(ReassignPartitionsZnode.Path));
        Assert.Equal("2//", cluster.Assignment("t", 0));

        // The watch for the next list stands.
        Request(cluster, (Partition, [1]));
        cluster.AlterIsr("t", 0, 2, 1);
        Assert.Equal("1//", cluster.Assignment("t", 0));
        Assert.Null(cluster.Ensemble.Text(ReassignPartitionsZnode.Path));
    }

    [Fact]
    public void A_list_that_is_no_list_harms_nobody()
    {
        var cluster = new ClusterFixture(1);
        cluster.Ensemble.Put(ReassignPartitionsZnode.Path, "garbage");
        cluster.Ensemble.Put(PreferredReplicaElectionZnode.Path, "garbage");
        cluster.Time.RunUntilIdle();
        cluster.CreateTopic("t", "0:1");
        Assert.Equal("1/0/1", cluster.State("t", 0));
        cluster.Kill(1);
        cluster.Restart(1);
        Assert.True(cluster[1].Controller.IsActive);
    }

    [Fact]
    public void Before_AlterPartition_the_state_znode_tells_of_the_progress()
    {
        var cluster = new ClusterFixture { InterBrokerProtocol = MetadataVersion.IBP_2_7_IV1 };
        cluster.Start(1);
        cluster.Start(2);
        cluster.CreateTopic("t", "0:1");
        Request(cluster, (Partition, [2]));
        var stored = cluster.Stored("t", 0)!;
        cluster.Operator.Run(() => cluster.Tool.PartitionStates.UpdateAsLeaderAsync(Partition, new(stored with { Isr = [1, 2] }, 1)));
        cluster.Time.RunUntilIdle();
        Assert.Equal("2//", cluster.Assignment("t", 0));
    }

    [Fact]
    public void A_broker_that_comes_back_resumes_the_moves_to_it()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1");
        Alter(cluster, [3]);
        cluster.Kill(3);
        cluster.Restart(3);
        Assert.Contains(Partition, cluster[3].Broker.Replicas.Keys);
        cluster.AlterIsr("t", 0, 1, 3);
        Assert.Equal("3//", cluster.Assignment("t", 0));
    }

    [Theory]
    [InlineData(ZooKeeperFault.CrashBefore)]
    [InlineData(ZooKeeperFault.CrashAfter)]
    public void Whichever_write_the_controller_dies_at_its_successor_begins_and_finishes_the_move(ZooKeeperFault fault)
    {
        for (var write = 0; ; write++)
        {
            var cluster = new ClusterFixture(1, 2, 3, 4);
            cluster.CreateTopic("t", "0:2,3");
            var crashed = CrashAt(cluster, write, fault);
            Request(cluster, (Partition, [4, 3]));
            Finish(cluster);
            if (!crashed())
            {
                Assert.True(write > 5);
                return;
            }
        }
    }

    [Theory]
    [InlineData(ZooKeeperFault.CrashBefore)]
    [InlineData(ZooKeeperFault.CrashAfter)]
    public void Whichever_write_the_controller_dies_at_its_successor_removes_what_a_cancelled_move_added(ZooKeeperFault fault)
    {
        for (var write = 0; ; write++)
        {
            var cluster = new ClusterFixture(1, 2, 3, 4);
            cluster.CreateTopic("t", "0:2");
            Alter(cluster, [3, 4]);
            cluster.AlterIsr("t", 0, 2, 3);
            cluster.Kill(2);
            cluster.Restart(2);
            cluster.AlterIsr("t", 0, 3, 2);
            Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
            var crashed = CrashAt(cluster, write, fault);
            Request(cluster, (Partition, [2]));
            RestartCrashed(cluster);
            Assert.Equal("2//", cluster.Assignment("t", 0));
            Assert.Equal(2, cluster.Stored("t", 0)!.Leader);
            Assert.Equal([2], cluster.Stored("t", 0)!.Isr);
            Assert.Equal(cluster.Stored("t", 0)!.LeaderEpoch, cluster[2].Broker.Replicas[Partition].LeaderEpoch);
            if (!crashed())
            {
                // Out of the ISR and not told to delete its log, as a crash in between leaves it, it costs a directory and no record.
                Assert.Contains(Partition, cluster[3].Broker.Deleted);
                Assert.True(write > 3);
                return;
            }
        }
    }

    [Fact]
    public void A_leader_that_is_no_replica_stays_while_it_alone_is_in_sync()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.Kill(2);
        cluster.Restart(2);
        Assert.Equal([3], cluster.Stored("t", 0)!.Isr);
        cluster.PutAssignment("t", "0:2");
        cluster.Kill(1);
        Assert.Equal(3, cluster.Stored("t", 0)!.Leader);
        Assert.DoesNotContain(Partition, cluster[3].Broker.Deleted);
        Assert.Equal(ErrorCode.None, cluster.AlterIsr("t", 0, 3, 2));
        Assert.Equal(2, cluster.Stored("t", 0)!.Leader);
        Assert.Equal([2], cluster.Stored("t", 0)!.Isr);
        Assert.Contains(Partition, cluster[3].Broker.Deleted);
    }

    [Fact]
    public void A_move_survives_a_failover_while_it_waits()
    {
        var cluster = new ClusterFixture(1, 2, 3, 4);
        cluster.CreateTopic("t", "0:2,3");
        Alter(cluster, [4, 3]);
        cluster.Kill(1);
        cluster.AlterIsr("t", 0, 2, 3, 4);
        Assert.Equal("4,3//", cluster.Assignment("t", 0));
    }

    [Theory]
    [InlineData("this partition")]
    [InlineData("all partitions")]
    [InlineData("the list in ZooKeeper")]
    public void A_preferred_election_during_a_move_takes_a_replica_in_sync_and_leaves_the_move_as_it_is(string asked)
    {
        var cluster = new ClusterFixture(1, 2, 3, 4, 5);
        cluster.CreateTopic("t", "0:2,3");
        Alter(cluster, [4, 5]);

        // The preferred replica is one that is being added, and has nothing yet.
        Assert.NotEqual(ErrorCode.None, Elect());
        Assert.Equal("2/1/2,3", cluster.State("t", 0));
        Assert.Equal(Moving, cluster.Assignment("t", 0));

        // In sync, it leads, although the other is still to come.
        cluster.AlterIsr("t", 0, 2, 3, 4);
        Assert.Equal("2/1/2,3,4", cluster.State("t", 0));
        Assert.Equal(asked == "the list in ZooKeeper" ? null : ErrorCode.None, Elect());
        Assert.Equal("4/2/2,3,4", cluster.State("t", 0));
        Assert.Equal(Moving, cluster.Assignment("t", 0));
        Assert.Equal(Moving, Listed(cluster));
        foreach (var broker in new[] { 2, 3, 4, 5 })
        {
            var told = cluster[broker].Broker.Replicas[Partition];
            Assert.Equal((4, 2), (told.Leader, told.LeaderEpoch));
            Assert.Equal([4, 5, 2, 3], told.Replicas);
            Assert.Equal([4, 5], told.AddingReplicas);
            Assert.Equal([2, 3], told.RemovingReplicas);
            Assert.DoesNotContain(Partition, cluster[broker].Broker.Deleted);
        }

        cluster.AlterIsr("t", 0, 2, 3, 4, 5);
        Assert.Equal("4,5//", cluster.Assignment("t", 0));
        Assert.Equal(4, cluster.Stored("t", 0)!.Leader);
        Assert.Equal([4, 5], cluster.Stored("t", 0)!.Isr);
        Assert.Contains(Partition, cluster[2].Broker.Deleted);
        Assert.Null(Listed(cluster));

        ErrorCode? Elect()
        {
            if (asked == "the list in ZooKeeper")
            {
                cluster.Operator.Run(() => cluster.Tool.OperatorRequests.RequestPreferredElectionsAsync([Partition]));
                cluster.Time.RunUntilIdle();
                return null;
            }

            return ElectLeaders(cluster, type: 0, asked == "all partitions" ? null : [new() { Topic = "t", Partitions = [0] }]);
        }
    }

    [Fact]
    public void An_unclean_election_during_a_move_is_one_only_while_no_replica_in_sync_lives_and_leaves_the_move_as_it_is()
    {
        var cluster = new ClusterFixture(1, 2, 3, 4, 5);
        cluster.CreateTopic("t", "0:2,3");
        Alter(cluster, [4, 5]);

        // The replica that is being removed and in sync leads before those that are being added and are not.
        cluster.Kill(2);
        Assert.Equal("3/2/3", cluster.State("t", 0));
        Assert.Equal(ErrorCode.ElectionNotNeeded, Elect());
        Assert.Equal("3/2/3", cluster.State("t", 0));

        cluster.Kill(3);
        Assert.Equal("-1/3/3", cluster.State("t", 0));
        Assert.Equal(ErrorCode.None, Elect());
        Assert.Equal("4/4/4", cluster.State("t", 0));
        Assert.Equal(Moving, cluster.Assignment("t", 0));
        Assert.Equal(Moving, Listed(cluster));
        cluster.AlterIsr("t", 0, 4, 5);
        Assert.Equal("4,5//", cluster.Assignment("t", 0));

        ErrorCode Elect() => ElectLeaders(cluster, type: 1, [new() { Topic = "t", Partitions = [0] }]);
    }

    /// <summary>The added replica catches up, with whichever controller is active; all that was to be done is then done.</summary>
    private static void Finish(ClusterFixture cluster)
    {
        RestartCrashed(cluster);
        for (var attempt = 0; attempt < 2 && !cluster.Stored("t", 0)!.Isr.Contains(4); attempt++)
        {
            // The leader's question goes unanswered where the controller dies over it; then it asks the next.
            cluster.AskToAlterIsr("t", 0, cluster.Stored("t", 0)!, [.. cluster.Stored("t", 0)!.Isr, 4]);
            cluster.Time.RunUntilIdle();
            RestartCrashed(cluster);
        }

        Assert.Equal("4,3//", cluster.Assignment("t", 0));
        Assert.Equal([3, 4], cluster.Stored("t", 0)!.Isr.Order());
        Assert.Contains(cluster.Stored("t", 0)!.Leader, new[] { 3, 4 });
        Assert.Null(cluster.Ensemble.Text(ReassignPartitionsZnode.Path));
        Assert.Contains(Partition, cluster[2].Broker.Deleted);
    }

    private static Func<bool> CrashAt(ClusterFixture cluster, int write, ZooKeeperFault fault)
    {
        var seen = 0;
        var crashed = false;
        cluster[1].Session.Faults = call =>
        {
            if (!call.IsWrite || seen++ != write)
            {
                return ZooKeeperFault.None;
            }

            crashed = true;
            return fault;
        };
        return () => crashed;
    }

    private static void RestartCrashed(ClusterFixture cluster)
    {
        if (cluster[1].Session.HasCrashed)
        {
            cluster.Kill(1);
            cluster.Restart(1);
        }
    }

    private static void Request(ClusterFixture cluster, params (TopicPartition Partition, int[] Target)[] moves)
    {
        var list = moves.ToDictionary(move => move.Partition, move => (IReadOnlyList<int>)move.Target);
        Assert.True(cluster.Operator.Run(() => cluster.Tool.OperatorRequests.RequestReassignmentsAsync(list)));
        cluster.Time.RunUntilIdle();
    }

    private static ErrorCode ElectLeaders(ClusterFixture cluster, sbyte type, ElectLeadersRequest.ElectLeadersTopic[]? partitions)
    {
        var request = new ElectLeadersRequest { ElectionType = type, TopicPartitions = partitions };
        var outcome = cluster.Time.Await(cluster.Active.Controller.ElectLeadersAsync(request));
        cluster.Time.RunUntilIdle();
        return Assert.Single(Assert.Single(outcome.Response.ReplicaElectionResults).PartitionResult).ErrorCode;
    }

    private static ErrorCode Alter(ClusterFixture cluster, int[]? target)
    {
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Replicas = target }] }],
        };
        var response = cluster.Time.Await(cluster.Active.Controller.AlterPartitionReassignmentsAsync(request));
        cluster.Time.RunUntilIdle();
        return response.Responses[0].Partitions[0].ErrorCode;
    }

    private static string? Listed(ClusterFixture cluster)
    {
        var response = cluster.Time.Await(cluster.Active.Controller.ListPartitionReassignmentsAsync(new()));
        return response.Topics.Length == 0
            ? null
            : response.Topics[0].Partitions
                .Select(entry => string.Join(
                    '/',
                    string.Join(',', entry.Replicas),
                    string.Join(',', entry.AddingReplicas),
                    string.Join(',', entry.RemovingReplicas)))
                .Single();
    }
}
