using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Controller.Tests;

/// <summary>Replicas that refuse to lead, because a crash cost them committed records, and who leads all the same.</summary>
public sealed class LastResortTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    [Fact]
    public void A_sound_replica_leads_and_the_one_that_refused_leaves_the_ISR()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:1,2,3");
        cluster[2].Broker.Suspect.Add(Partition);
        cluster.Kill(1);
        LookAgain(cluster, 2);
        Assert.StartsWith("3/", cluster.State("t", 0));
        Assert.EndsWith("/3", cluster.State("t", 0));
    }

    [Fact]
    public void Of_those_that_all_refuse_the_one_whose_log_ends_last_leads_once_all_are_there()
    {
        var cluster = CutPower(new ClusterFixture(1, 2, 3), (1, 5), (2, 7), (3, 6));
        Return(cluster, 1, 2);
        Assert.StartsWith("-1/", cluster.State("t", 0));

        Return(cluster, 3);
        Assert.StartsWith("2/", cluster.State("t", 0));
        Assert.EndsWith("/2", cluster.State("t", 0));
        Assert.Equal(1, cluster[3].Broker.Replicas[Partition].LeaderRecoveryState);
    }

    [Theory]
    [InlineData(0, 6, 3)]
    [InlineData(0, 5, 2)]
    [InlineData(1, 4, 3)]
    public void One_that_is_not_in_sync_leads_where_its_log_is_more_complete(int epoch, long end, int leader)
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.AlterIsr("t", 0, 2);
        cluster[2].Broker.Suspect.Add(Partition);
        cluster[2].Broker.LogEnds[Partition] = (0, 5);
        cluster[3].Broker.LogEnds[Partition] = (epoch, end);
        cluster.Kill(2);
        cluster.Time.RunUntilIdle();
        Return(cluster, 2);
        Assert.StartsWith($"{leader}/", cluster.State("t", 0));
        Assert.EndsWith($"/{leader}", cluster.State("t", 0));
    }

    /// <summary>The others may never come back.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void A_topic_that_allows_leaders_out_of_sync_does_not_wait_for_the_others(bool hasMark, int recoveryState)
    {
        var cluster = hasMark ? new ClusterFixture(1, 2, 3) : WithoutMark();
        cluster.CreateTopic("t", "0:2,3", ("unclean.leader.election.enable", "true"));
        LoseTheOnlyOneInSync(cluster);
        Assert.StartsWith("2/", cluster.State("t", 0));
        Assert.Equal(recoveryState, cluster[2].Broker.Replicas[Partition].LeaderRecoveryState);
        Assert.Contains(Partition, cluster[2].Broker.AcceptedLoss);
    }

    /// <summary>As a broker of Kafka does, which has no word for the epoch of its log.</summary>
    [Fact]
    public void Where_a_replica_does_not_tell_its_epoch_an_operator_decides()
    {
        var cluster = new ClusterFixture(1, 2, 3);
        cluster.CreateTopic("t", "0:2,3");
        cluster.AlterIsr("t", 0, 2);
        cluster[2].Broker.Suspect.Add(Partition);
        cluster[3].Broker.LogEnds[Partition] = (100, 6);
        cluster.Kill(2);
        Return(cluster, 2);
        Assert.StartsWith("-1/", cluster.State("t", 0));
        Assert.Contains(cluster.Log.Errors, line => line.Contains("only an unclean election by an operator", StringComparison.Ordinal));

        var request = new ElectLeadersRequest { ElectionType = 1, TopicPartitions = [new() { Topic = "t", Partitions = [0] }] };
        var outcome = cluster.Time.Await(cluster.Active.Controller.ElectLeadersAsync(request));
        cluster.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.None, outcome.Response.ReplicaElectionResults[0].PartitionResult[0].ErrorCode);
        Assert.StartsWith("2/", cluster.State("t", 0));
        Assert.Equal(1, cluster[2].Broker.Replicas[Partition].LeaderRecoveryState);
    }

    [Fact]
    public void Who_refused_is_asked_again_in_its_next_life()
    {
        var cluster = CutPower(new ClusterFixture(1, 2, 3), (1, 5), (2, 7), (3, 6));
        Return(cluster, 1, 2);
        cluster.Kill(2);
        cluster[2].Broker.Suspect.Clear();
        Return(cluster, 3);
        Assert.StartsWith("-1/", cluster.State("t", 0));
        Return(cluster, 2);
        Assert.StartsWith("2/", cluster.State("t", 0));
    }

    /// <summary>Without the mark of a recovering leader, a replica that has refused leads where it is elected again and alone in sync.</summary>
    [Fact]
    public void With_a_protocol_that_has_no_mark_the_most_complete_leads_as_well()
    {
        var cluster = CutPower(WithoutMark(), (1, 5), (2, 7), (3, 6));
        Return(cluster, 1, 2);
        Assert.StartsWith("-1/", cluster.State("t", 0));

        // It is elected, refuses as it was not asked before, and is elected once more.
        Return(cluster, 3);
        LookAgain(cluster, 2);
        Assert.StartsWith("2/", cluster.State("t", 0));
        Assert.EndsWith("/2", cluster.State("t", 0));
        Assert.Equal(2, cluster[2].Broker.Replicas[Partition].Leader);
        Assert.Equal(0, cluster[3].Broker.Replicas[Partition].LeaderRecoveryState);
    }

    /// <summary>The only one in sync lost what another has, which died before it and is not back.</summary>
    [Fact]
    public void With_a_protocol_that_has_no_mark_the_only_one_in_sync_waits_for_the_others()
    {
        var cluster = WithoutMark();
        cluster.CreateTopic("t", "0:2,3");
        cluster[2].Broker.LogEnds[Partition] = (0, 5);
        cluster[3].Broker.LogEnds[Partition] = (0, 6);
        LoseTheOnlyOneInSync(cluster);
        Assert.StartsWith("-1/", cluster.State("t", 0));

        Return(cluster, 3);
        Assert.StartsWith("3/", cluster.State("t", 0));
    }

    /// <summary>Its election and the new epoch of its move go out together, before it has answered the first.</summary>
    [Fact]
    public void With_a_protocol_that_has_no_mark_a_move_that_goes_on_does_not_make_it_lead()
    {
        var cluster = WithoutMark();
        cluster.CreateTopic("t", "0:2,3");
        var move = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Replicas = [2, 1] }] }],
        };
        cluster.Time.Await(cluster.Active.Controller.AlterPartitionReassignmentsAsync(move));
        LoseTheOnlyOneInSync(cluster);
        Assert.StartsWith("-1/", cluster.State("t", 0));
        Assert.Empty(cluster[2].Broker.AcceptedLoss);
    }

    /// <summary>Three brokers whose protocol cannot mark a leader as recovering.</summary>
    private static ClusterFixture WithoutMark()
    {
        var cluster = new ClusterFixture { InterBrokerProtocol = MetadataVersion.IBP_2_8_IV1 };
        foreach (var id in new[] { 1, 2, 3 })
        {
            cluster.Start(id);
        }

        return cluster;
    }

    /// <summary>Broker 3 dies, and then 2, which comes back without some of what was committed.</summary>
    private static void LoseTheOnlyOneInSync(ClusterFixture cluster)
    {
        cluster.Kill(3);
        cluster.AlterIsr("t", 0, 2);
        cluster[2].Broker.Suspect.Add(Partition);
        cluster.Kill(2);
        Return(cluster, 2);
    }

    /// <summary>All brokers die with a part of their logs, the controller too.</summary>
    private static ClusterFixture CutPower(ClusterFixture cluster, params (int Broker, long LogEnd)[] left)
    {
        cluster.CreateTopic("t", "0:1,2,3");
        foreach (var (broker, logEnd) in left)
        {
            cluster[broker].Broker.Suspect.Add(Partition);
            cluster[broker].Broker.LogEnds[Partition] = (0, logEnd);
        }

        cluster.Kill([.. left.Select(entry => entry.Broker)]);
        return cluster;
    }

    /// <summary>Brokers start, are asked to lead, refuse, and have the controller look again.</summary>
    private static void Return(ClusterFixture cluster, params int[] brokers)
    {
        foreach (var broker in brokers)
        {
            cluster.Restart(broker);
            LookAgain(cluster, broker);
        }
    }

    private static void LookAgain(ClusterFixture cluster, int broker)
    {
        cluster.Time.RunUntilIdle();
        cluster.Operator.Run(() => cluster.Tool.Notifications.NotifyLogDirFailureAsync(broker));
        cluster.Time.RunUntilIdle();
    }
}
