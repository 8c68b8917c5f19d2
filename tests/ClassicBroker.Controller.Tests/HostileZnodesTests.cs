namespace ClassicBroker.Controller.Tests;

/// <summary>
/// Znodes that hold anything, below every path a controller reads, before it starts and while it runs: each costs its own entity, and
/// topics beside them are made, led and deleted.
/// </summary>
public sealed class HostileZnodesTests
{
    private const string ValidTopic =
        """{"partitions":{"0":[1]},"topic_id":"lb_JitFwQ6SbW5DFj6SAPQ","adding_replicas":{},"removing_replicas":{},"version":3}""";

    /// <summary>Partitions 0 has no replicas; a topic that says so is legal, and cannot be led.</summary>
    private const string TopicWithoutReplicas = """{"partitions":{"0":[],"7":[1]},"adding_replicas":{},"removing_replicas":{},"version":3}""";

    private static readonly string[] Paths =
    [
        "/brokers/topics/bad", "/brokers/topics/bad-state/partitions/0/state", "/brokers/topics/bad-state/partitions/stranger",
        "/brokers/ids/9", "/brokers/ids/stranger", "/config/topics/bad", "/config/topics/good", "/config/topics/bad/stranger",
        "/admin/delete_topics/ghost/partitions", "/admin/delete_topics/ü", "/admin/reassign_partitions",
        "/admin/preferred_replica_election", "/isr_change_notification/isr_change_0000000001", "/isr_change_notification/stranger/child",
        "/log_dir_event_notification/log_dir_event_0000000001", "/log_dir_event_notification/stranger/child", "/feature",
        "/latest_producer_id_block",
    ];

    public static TheoryData<string> Texts =>
    [
        "", "garbage", "null", "[]", "{}", "7", "{\"version\":99999999999}", "{\"partitions\":7}", "{\"version\":1,\"partitions\":{\"x\":[1]}}",
        "{\"version\":1,\"partitions\":{\"0\":[1,1]}}", "{\"version\":1,\"partitions\":{\"0\":[-1]}}",
        "{\"version\":1,\"partitions\":[{\"topic\":\"good\",\"partition\":0,\"replicas\":[]}]}",
        "{\"version\":1,\"partitions\":[{\"topic\":\"good\",\"partition\":0,\"replicas\":[1,1]}]}",
        "{\"version\":1,\"partitions\":[{\"topic\":\"good\",\"partition\":0,\"replicas\":[-1]}]}",
        "{\"version\":1,\"partitions\":[{\"topic\":\"a/b\",\"partition\":0,\"replicas\":[1]},{\"topic\":\"\",\"partition\":-1,\"replicas\":[1]}]}",
        "{\"controller_epoch\":1,\"leader\":1,\"version\":1,\"leader_epoch\":2147483647,\"isr\":[1]}",
        "{\"controller_epoch\":2147483647,\"leader\":1,\"version\":1,\"leader_epoch\":0,\"isr\":[1]}",
        "{\"controller_epoch\":1,\"leader\":77,\"version\":1,\"leader_epoch\":0,\"isr\":[]}",
        "{\"version\":1,\"broker\":-7,\"event\":1}", "{\"version\":1,\"config\":{\"unclean.leader.election.enable\":7}}",
        "{\"version\":5,\"endpoints\":[\"PLAINTEXT://h:99999\"],\"listener_security_protocol_map\":{\"PLAINTEXT\":\"PLAINTEXT\"}}",
        "{\"version\":5,\"endpoints\":[\"A://h:1\"],\"listener_security_protocol_map\":{\"A\":\"SSL\",\"A\":\"SSL\"},\"host\":\"\\ud800\"}",
        TopicWithoutReplicas,
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_controller_starts_beside_them_and_serves_what_is_sound(string text)
    {
        var cluster = new ClusterFixture();
        Plant(cluster, text);
        cluster.Start(1);
        cluster.Start(2);
        AssertServes(cluster);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_controller_that_runs_bears_them_and_serves_what_is_sound(string text)
    {
        var cluster = new ClusterFixture { AutoRebalance = true };
        cluster.Start(1);
        cluster.Start(2);
        cluster.CreateTopic("good", "0:1,2");
        Plant(cluster, text);
        cluster.Time.RunUntilIdle();
        AssertServes(cluster);
        cluster.Kill(1);
        cluster.CreateTopic("last", "0:2");
        Assert.Equal("2/0/2", cluster.State("last", 0));
    }

    [Fact]
    public void An_epoch_that_cannot_be_read_is_said_once_and_looked_at_until_it_is_mended()
    {
        var cluster = new ClusterFixture();
        cluster.Ensemble.Put("/controller_epoch", "2147483647");
        cluster.Start(1);
        cluster.Time.AdvanceMs(60_000);
        Assert.False(cluster[1].Controller.IsActive);
        Assert.Contains("/controller_epoch", Assert.Single(cluster.Log.Errors));
        cluster.Ensemble.Put("/controller_epoch", "41");
        cluster.Time.AdvanceMs(5000);
        Assert.True(cluster[1].Controller.IsActive);
        Assert.Equal("42", cluster.Ensemble.Text("/controller_epoch"));
    }

    [Fact]
    public void A_live_broker_whose_registration_becomes_unreadable_stays_as_it_was_known()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1");
        cluster.Ensemble.Put("/brokers/ids/2", "garbage");
        cluster.Time.RunUntilIdle();
        cluster.Start(3);
        Assert.Equal("2/0/2,1", cluster.State("t", 0));
        Assert.True(cluster[1].Broker.Image.IsAlive(2));
        Assert.Contains(cluster.Log.Errors, line => line.Contains("/brokers/ids/2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_topic_that_becomes_unreadable_keeps_its_leaders()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:2,1");
        cluster.Ensemble.Put("/brokers/topics/t", "garbage");
        cluster.Time.RunUntilIdle();
        Assert.Contains(cluster.Log.Errors, line => line.Contains("/brokers/topics/t", StringComparison.Ordinal));
        cluster.Kill(2);
        Assert.Equal("1/1/1", cluster.State("t", 0));
    }

    [Fact]
    public void A_notification_that_cannot_be_read_takes_no_other_down_with_it()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1,2");
        cluster.Ensemble.Put(
            "/brokers/topics/t/partitions/0/state", """{"controller_epoch":1,"leader":1,"version":1,"leader_epoch":0,"isr":[1]}""");
        cluster.Ensemble.Put("/isr_change_notification/isr_change_0000000001", "garbage");
        cluster.Ensemble.Put(
            "/isr_change_notification/isr_change_0000000002", """{"version":1,"partitions":[{"topic":"t","partition":0}]}""");
        cluster.Time.RunUntilIdle();
        Assert.Equal([1], cluster[2].Broker.Image.Partition("t", 0)!.Isr);
        Assert.Empty(cluster.Ensemble.Children("/isr_change_notification"));
    }

    [Fact]
    public void A_deletion_mark_with_something_below_it_stops_no_deletion()
    {
        var cluster = new ClusterFixture(1);
        cluster.CreateTopic("orders", "0:1");
        cluster.CreateTopic("other", "0:1");
        cluster.Ensemble.Put("/admin/delete_topics/orders/partitions", "");
        cluster.Time.RunUntilIdle();
        cluster.DeleteTopic("other");
        Assert.Empty(cluster.Ensemble.Children("/admin/delete_topics"));
        Assert.Empty(cluster.Ensemble.Children("/brokers/topics"));
    }

    [Fact]
    public void A_list_of_moves_that_cannot_be_read_gives_way_to_the_next()
    {
        var cluster = new ClusterFixture(1, 2);
        cluster.CreateTopic("t", "0:1");
        cluster.Ensemble.Put("/admin/reassign_partitions", "garbage");
        cluster.Time.RunUntilIdle();
        cluster.Ensemble.Remove("/admin/reassign_partitions");
        cluster.Time.RunUntilIdle();
        cluster.Ensemble.Put(
            "/admin/reassign_partitions", """{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[2]}]}""");
        cluster.Time.RunUntilIdle();
        Assert.Equal("2,1/2/1", cluster.Assignment("t", 0));
    }

    private static void Plant(ClusterFixture cluster, string text)
    {
        cluster.Ensemble.Put("/brokers/topics/bad-state", ValidTopic);
        foreach (var path in Paths)
        {
            cluster.Ensemble.Put(path, text);
        }
    }

    private static void AssertServes(ClusterFixture cluster)
    {
        cluster.Time.AdvanceMs(30_000);
        Assert.Contains(true, new[] { cluster[1].Controller.IsActive, cluster[2].Controller.IsActive });
        cluster.CreateTopic("sound", "0:1,2 1:2,1");
        Assert.Equal("1/0/1,2", cluster.State("sound", 0));
        Assert.Equal("2/0/2,1", cluster.State("sound", 1));
        cluster.DeleteTopic("sound");
        Assert.DoesNotContain("sound", cluster.Ensemble.Children("/brokers/topics"));
        Assert.DoesNotContain("sound", cluster.Ensemble.Children("/admin/delete_topics"));
    }
}
