using System.Text.Json;
using System.Text.RegularExpressions;
using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Tools.Tests.Reassignment;

/// <summary><c>kafka-reassign-partitions --zookeeper</c>, against recordings of Kafka 2.2.2; the tests do the controller's part.</summary>
public sealed partial class ZooKeeperReassignmentTests : IDisposable
{
    private const string Request = "/admin/reassign_partitions";
    private const string MoverPlan = """{"version":1,"partitions":[{"topic":"mover","partition":0,"replicas":[1,2]}]}""";
    private const string BothRates =
        """{"version":1,"config":{"leader.replication.throttled.rate":"1000","follower.replication.throttled.rate":"1000"}}""";

    private readonly FakeCluster _cluster = new(brokers: 3);
    private readonly ScratchDirectory _scratch = new();
    private readonly InMemoryZooKeeper _zooKeeper;

    public ZooKeeperReassignmentTests()
    {
        _zooKeeper = new InMemoryZooKeeper(_cluster.Time);
        foreach (var path in new[] { "/admin", "/brokers/ids", "/config/topics", "/config/brokers", "/config/changes" })
        {
            _zooKeeper.Put(path, "");
        }

        for (var broker = 0; broker < 3; broker++)
        {
            Register(broker);
        }

        _zooKeeper.Put("/brokers/topics/mover", """{"version":1,"partitions":{"0":[0,1]}}""");
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_reassignment_goes_as_recorded()
    {
        Assert.Equal(ToolRun.RecordedOutput("06-reassign-execute.txt"), Execute(MoverPlan, "--throttle", "1000").Output);
        Assert.Equal(MoverPlan, _zooKeeper.Text(Request));
        Assert.All([0, 1, 2], broker => Assert.Equal(BothRates, _zooKeeper.Text($"/config/brokers/{broker}")));
        Assert.Equal(
            """{"version":1,"config":{"leader.replication.throttled.replicas":"0:0,0:1","follower.replication.throttled.replicas":"0:2"}}""",
            _zooKeeper.Text("/config/topics/mover"));
        Assert.Equal(["brokers/0", "brokers/1", "brokers/2", "topics/mover"], Notified().Order(StringComparer.Ordinal));

        Assert.Equal(ToolRun.RecordedOutput("07-reassign-verify-running.txt"), Verify(MoverPlan).Output);
        Assert.Equal(BothRates, _zooKeeper.Text("/config/brokers/0"));
        Assert.Equal(ToolRun.RecordedOutput("08-reassign-execute-again.txt"), Execute(MoverPlan, "--throttle", "100000000").Output);
        Assert.Equal(BothRates.Replace("1000", "100000000"), _zooKeeper.Text("/config/brokers/2"));

        _zooKeeper.Put("/brokers/topics/mover", """{"version":1,"partitions":{"0":[1,2]}}""");
        _zooKeeper.Remove(Request);
        Assert.Equal(ToolRun.RecordedOutput("09-reassign-verify-done.txt"), Verify(MoverPlan).Output);
        Assert.All(
            ["brokers/0", "brokers/1", "brokers/2", "topics/mover"],
            entity => Assert.Equal("""{"version":1,"config":{}}""", _zooKeeper.Text("/config/" + entity)));
        Assert.Equal(11, Notified().Length);
    }

    [Fact]
    public void What_is_done_and_was_not_limited_is_verified_as_recorded()
    {
        Assert.Equal(ToolRun.RecordedOutput("11-reassign-verify-back.txt"), Verify(MoverPlan.Replace("[1,2]", "[0,1]")).Output);
        _zooKeeper.Put("/brokers/topics/second", """{"version":1,"partitions":{"0":[1,0],"1":[0,2],"2":[2,1],"3":[1,2]}}""");
        Assert.Equal(
            ToolRun.RecordedOutput("51-kafka-reassign-partitions.txt"),
            Verify(
                """
                {"version":1,"partitions":[{"topic":"second","partition":3,"replicas":[1,2]},{"topic":"second","partition":2,"replicas":[2,1]},
                {"topic":"second","partition":1,"replicas":[0,2]},{"topic":"second","partition":0,"replicas":[1,0]}]}
                """).Output);
        Assert.Empty(Notified());
    }

    [Fact]
    public void All_partitions_of_the_topics_are_kept_for_the_way_back_as_recorded()
    {
        _zooKeeper.Put("/brokers/topics/rep", """{"version":1,"partitions":{"0":[0,1,2],"1":[1,2,0],"2":[2,0,1]}}""");
        var run = Execute(
            """{"version":1,"partitions":[{"topic":"mover","partition":0,"replicas":[0,1]},{"topic":"rep","partition":0,"replicas":[2,1,0]}]}""");

        // The recording's order is that of a hash table.
        Assert.Equal(Sorted(ToolRun.RecordedOutput("12-reassign-retry.txt")), Sorted(run.Output));
        Assert.Empty(Notified());
    }

    [Fact]
    public void A_proposal_has_the_form_of_the_recorded_one()
    {
        _zooKeeper.Put("/brokers/topics/second", """{"version":1,"partitions":{"0":[1,0],"1":[0,2],"2":[2,1],"3":[1,2]}}""");
        var run = Run("", "--generate", "--broker-list", "0,1,2", "--topics-to-move-json-file",
            FileOf("""{"topics":[{"topic":"second"}],"version":1}"""));
        var (recorded, ours) = (Sorted(ToolRun.RecordedOutput("49-kafka-reassign-partitions.txt")), Sorted(run.Output));
        Assert.Equal(recorded[..4], ours[..4]);
        using var proposal = JsonDocument.Parse(run.Output.TrimEnd().Split('\n')[^1]);
        Assert.All(
            proposal.RootElement.GetProperty("partitions").EnumerateArray(),
            partition => Assert.Equal(2, partition.GetProperty("replicas").EnumerateArray().Select(replica => replica.GetInt32()).Distinct().Count()));
        Assert.Null(_zooKeeper.Text(Request));
    }

    [Fact]
    public void Racks_count_unless_they_are_not_to()
    {
        Register(0, rack: "a");
        string[] words = ["--generate", "--broker-list", "0,1", "--topics-to-move-json-file", FileOf("""{"topics":[{"topic":"mover"}]}""")];
        var run = Run("", words);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("kafka.admin.AdminOperationException: Not all brokers have rack information.", run.Output);
        Assert.Equal(0, Run("", [.. words, "--disable-rack-aware"]).ExitCode);
    }

    [Fact]
    public void A_plan_with_a_broker_that_is_gone_is_refused_as_recorded()
    {
        _zooKeeper.Remove("/brokers/ids/0");
        var run = Execute(MoverPlan.Replace("[1,2]", "[0,1]"));

        // But for the frames of Java's trace, and the exit code that tells nothing.
        var recorded = ToolRun.RecordedOutput("10-reassign-dead-target.txt").Split('\n').Where(line => line is not ("" or ['\t', ..]));
        Assert.Equal((1, string.Join('\n', recorded) + "\n"), (run.ExitCode, run.Output));
        Assert.Null(_zooKeeper.Text(Request));
    }

    [Theory]
    [InlineData("Partition reassignment data file is empty", """{"version":1,"partitions":[]}""")]
    [InlineData(
        "The proposed assignment contains non-existent partitions: ListBuffer(absent-0, mover-1)",
        """{"version":1,"partitions":[{"topic":"absent","partition":0,"replicas":[1]},{"topic":"mover","partition":1,"replicas":[1]}]}""")]
    [InlineData(
        "bootstrap-server needs to be provided in order to reassign replica to the specified log directory",
        """{"version":1,"partitions":[{"topic":"mover","partition":0,"replicas":[1,2],"log_dirs":["/d","any"]}]}""")]
    public void Plans_that_cannot_be_carried_out_are_refused_and_limit_nothing(string message, string plan)
    {
        var run = Execute(plan, "--throttle", "1000");
        Assert.Equal(
            (1, $"Partitions reassignment failed due to {message}\nkafka.common.AdminCommandFailedException: {message}\n"), (run.ExitCode, run.Output));
        Assert.Null(_zooKeeper.Text(Request));
        Assert.Empty(Notified());
    }

    [Fact]
    public void A_reassignment_that_brokers_were_asked_for_is_one_under_way()
    {
        _zooKeeper.Put(
            "/brokers/topics/mover",
            """{"version":2,"partitions":{"0":[1,2,0]},"adding_replicas":{"0":[2]},"removing_replicas":{"0":[0]}}""");
        Assert.Equal(ToolRun.RecordedOutput("07-reassign-verify-running.txt"), Verify(MoverPlan).Output);
        Assert.Equal(ToolRun.RecordedOutput("08-reassign-execute-again.txt"), Execute(MoverPlan).Output);
        Assert.Null(_zooKeeper.Text(Request));
    }

    [Fact]
    public void One_that_was_given_up_has_failed_and_keeps_its_limits()
    {
        Execute(MoverPlan, "--throttle", "1000");
        _zooKeeper.Remove(Request);
        Assert.Equal(
            "Status of partition reassignment: \n"
            + "ERROR: Assigned replicas (0,1) don't match the list of replicas for reassignment (1,2) for partition mover-0\n"
            + "Reassignment of partition mover-0 failed\n",
            Verify(MoverPlan).Output);
        Assert.Equal(BothRates, _zooKeeper.Text("/config/brokers/0"));
    }

    [Fact]
    public void Limits_stay_where_they_are_to_and_beside_other_configs()
    {
        var done = MoverPlan.Replace("[1,2]", "[0,1]");
        _zooKeeper.Put("/config/brokers/1", """{"version":1,"config":{"background.threads":"3","leader.replication.throttled.rate":"5"}}""");
        Verify(done, "--preserve-throttles");
        Assert.Contains("throttled", _zooKeeper.Text("/config/brokers/1"));
        Assert.EndsWith("Throttle was removed.\n", Verify(done).Output);
        Assert.Equal("""{"version":1,"config":{"background.threads":"3"}}""", _zooKeeper.Text("/config/brokers/1"));
    }

    [Fact]
    public void Replicas_move_between_log_directories_by_their_brokers()
    {
        const string Plan = """{"version":1,"partitions":[{"topic":"mover","partition":0,"replicas":[1,2],"log_dirs":["any","/d"]}]}""";
        List<string?> requestsBefore = [];
        _cluster.Handle<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>((broker, _) =>
        {
            Assert.Equal(2, broker);
            requestsBefore.Add(_zooKeeper.Text(Request));
            var error = requestsBefore.Count < 3 ? ErrorCode.ReplicaNotAvailable : ErrorCode.None;
            return new() { Results = [new() { TopicName = "mover", Partitions = [new() { PartitionIndex = 0, ErrorCode = error }] }] };
        });
        string[] brokers = ["--bootstrap-server", _cluster.Bootstrap];
        var run = Execute(Plan, [.. brokers, "--replica-alter-log-dirs-throttle", "2000"]);
        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith("The replica-alter-dir throttle limit was set to 2000 B/s\nSuccessfully started reassignment of partitions.\n", run.Output);
        Assert.Equal([null, MoverPlan, MoverPlan], requestsBefore);
        Assert.Equal(
            """{"version":1,"config":{"replica.alter.log.dirs.io.max.bytes.per.second":"2000"}}""", _zooKeeper.Text("/config/brokers/2"));

        _zooKeeper.Put("/brokers/topics/mover", """{"version":1,"partitions":{"0":[1,2]}}""");
        _zooKeeper.Remove(Request);
        const string Status = "Status of partition reassignment: \n";
        const string Moved = "Reassignment of partition mover-0 completed successfully\n";
        Assert.Equal(Status + Moved + "Reassignment of replica mover-0-2 is still in progress\n", VerifyWith(("/a", false), ("/d", true)));
        Assert.Equal(
            Status + "Partition mover-0 on broker 2 is being moved to log dir /c instead of /d\n" + Moved
            + "Reassignment of replica mover-0-2 failed\n",
            VerifyWith(("/a", false), ("/c", true)));
        Assert.Equal(
            Status + "Partition mover-0 on broker 2 is not being moved from log dir /a to /d\n" + Moved
            + "Reassignment of replica mover-0-2 failed\n",
            VerifyWith(("/a", false)));
        Assert.Equal(
            Status + "Partition mover-0 is not found in any live log dir on broker 2.\n" + Moved + "Reassignment of replica mover-0-2 failed\n",
            VerifyWith());
        Assert.Equal(
            Status + Moved + "Reassignment of replica mover-0-2 completed successfully\nThrottle was removed.\n", VerifyWith(("/d", false)));

        string VerifyWith(params (string Path, bool IsFuture)[] directories)
        {
            _cluster.Handle<DescribeLogDirsRequest, DescribeLogDirsResponse>((_, _) => new()
            {
                Results =
                [
                    new() { LogDir = "/bare", Topics = [] },
                    .. directories.Select(directory => new DescribeLogDirsResponse.DescribeLogDirsResult
                    {
                        LogDir = directory.Path,
                        Topics = [new() { Name = "mover", Partitions = [new() { PartitionIndex = 0, IsFutureKey = directory.IsFuture }] }],
                    }),
                ],
            });
            return Verify(Plan, brokers).Output;
        }
    }

    [Theory]
    [InlineData("Option \"[zookeeper]\" can't be used with action \"[list]\"", "--list")]
    [InlineData("Option \"[zookeeper]\" can't be used with action \"[cancel]\"", "--cancel", "--reassignment-json-file", "f")]
    [InlineData("Option \"[zookeeper]\" can't be used with option \"[additional]\"", "--execute", "--additional", "--reassignment-json-file", "f")]
    [InlineData("Option \"[zookeeper]\" can't be used with option \"[wait]\"", "--verify", "--wait", "--reassignment-json-file", "f")]
    public void What_is_newer_than_ZooKeeper_needs_brokers(string message, params string[] words)
    {
        var run = Run("", words);
        Assert.Equal((1, message), (run.ExitCode, run.Error.Split('\n')[0]));
    }

    [Fact]
    public void A_request_that_cannot_be_read_is_told()
    {
        _zooKeeper.Put(Request, "nonsense");
        var run = Execute(MoverPlan);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("\nkafka.admin.AdminOperationException: ", run.Output);
    }

    private void Register(int broker, string? rack = null) => _zooKeeper.Put(
        $"/brokers/ids/{broker}",
        $$"""
        {"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://b{{broker}}:9092"],"jmx_port":-1,
        "host":"b{{broker}}","timestamp":"1","port":9092,{{(rack is null ? "" : $"\"rack\":\"{rack}\",")}}"version":4}
        """);

    private string FileOf(string text)
    {
        File.WriteAllText(_scratch.File("file.json"), text);
        return _scratch.File("file.json");
    }

    private ToolRun Execute(string plan, params string[] words) => Run(plan, ["--execute", .. words]);

    private ToolRun Verify(string plan, params string[] words) => Run(plan, ["--verify", .. words]);

    private ToolRun Run(string plan, params string[] words) => ToolRun.Against(
        _zooKeeper,
        _cluster,
        [
            "kafka-reassign-partitions", "--zookeeper", "zk:2181",
            .. plan.Length > 0 ? ["--reassignment-json-file", FileOf(plan)] : Array.Empty<string>(),
            .. words,
        ]);

    /// <summary>The entities brokers were told of.</summary>
    private string[] Notified() =>
        _zooKeeper.Children("/config/changes")
            .Select(name => JsonDocument.Parse(_zooKeeper.Text($"/config/changes/{name}")!).RootElement.GetProperty("entity_path").GetString()!)
            .ToArray();

    /// <summary>The lines, in those with an assignment its partitions in order.</summary>
    private static string[] Sorted(string text) =>
        [.. text.Split('\n').Select(line => OnePartition().Matches(line) is { Count: > 0 } partitions
            ? OnePartition().Replace(line, "") + string.Join(",", partitions.Select(partition => partition.Value).Order(StringComparer.Ordinal))
            : line)];

    [GeneratedRegex("""\{"topic":[^}]*\}""")]
    private static partial Regex OnePartition();
}
