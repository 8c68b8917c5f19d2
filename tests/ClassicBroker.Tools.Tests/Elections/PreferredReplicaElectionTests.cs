using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Tools.Tests.Elections;

/// <summary><c>kafka-preferred-replica-election</c>, against recordings of Kafka 2.2.2 and what its sources say.</summary>
public sealed class PreferredReplicaElectionTests : IDisposable
{
    private const string Request = "/admin/preferred_replica_election";
    private const string Named = """{"partitions":[{"topic":"rep","partition":0},{"topic":"absent","partition":0}]}""";

    private readonly FakeCluster _cluster = new();
    private readonly InMemoryZooKeeper _zooKeeper;
    private readonly ScratchDirectory _scratch = new();

    public PreferredReplicaElectionTests()
    {
        _zooKeeper = new InMemoryZooKeeper(_cluster.Time);
        _zooKeeper.Put("/admin", "");
        _zooKeeper.Put("/brokers/topics/rep", """{"version":1,"partitions":{"0":[0,1],"1":[1,0]}}""");
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("01-preferred.txt")]
    [InlineData("52-kafka-preferred-replica-election.txt")]
    public void All_partitions_are_asked_for_as_recorded(string recording)
    {
        var recorded = ToolRun.RecordedOutput(recording);
        var partitions = recorded[(recorded.IndexOf("Set(", StringComparison.Ordinal) + 4)..].TrimEnd(')', '\n').Split(", ");
        _zooKeeper.Remove("/brokers/topics/rep");
        foreach (var topic in partitions.GroupBy(partition => partition[..partition.LastIndexOf('-')]))
        {
            var replicas = topic.Select(partition => $"\"{partition[(topic.Key.Length + 1)..]}\":[0]");
            _zooKeeper.Put($"/brokers/topics/{topic.Key}", $$$"""{"version":1,"partitions":{{{{string.Join(',', replicas)}}}}}""");
        }

        var run = Run();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(Words(recorded), Words(run.Output));

        static string[] Words(string text) => [.. text.Split([' ', ',', '(', ')', '\n'], StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void A_partition_that_does_not_exist_is_left_out_as_recorded()
    {
        var run = Run("--path-to-json-file", FileOf(Named));
        Assert.Equal((0, ToolRun.RecordedOutput("15-preferred-unknown.txt")), (run.ExitCode, run.Output));
        Assert.Equal("""{"version":1,"partitions":[{"topic":"rep","partition":0}]}""", _zooKeeper.Text(Request));
    }

    [Fact]
    public void One_that_is_led_well_is_asked_for_all_the_same_as_recorded()
    {
        var run = Run("--path-to-json-file", FileOf("""{"partitions":[{"topic":"rep","partition":0}]}"""));
        Assert.Equal((0, ToolRun.RecordedOutput("16-preferred-one.txt")), (run.ExitCode, run.Output));
    }

    [Fact]
    public void A_request_that_waits_for_the_controller_is_not_replaced()
    {
        Run("--path-to-json-file", FileOf(Named));
        var run = Run();
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "Exception in thread \"main\" kafka.common.AdminCommandFailedException: Admin command failed\n"
            + "Caused by: kafka.admin.AdminOperationException: Preferred replica leader election currently in progress for rep-0. "
            + "Aborting operation\n",
            run.Error);
    }

    [Theory]
    [InlineData("nonsense", "Preferred replica election data is empty")]
    [InlineData("{}", "Preferred replica election data is empty")]
    [InlineData(
        """{"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":0}]}""",
        "Preferred replica election data contains duplicate partitions: t-0")]
    public void A_file_of_another_form_is_refused(string json, string message)
    {
        var run = Run("--path-to-json-file", FileOf(json));
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal($"Exception in thread \"main\" kafka.admin.AdminOperationException: {message}\n", run.Error);
    }

    [Theory]
    [InlineData]
    [InlineData("--zookeeper", "zk:2181", "--bootstrap-server", "broker:9092")]
    public void The_brokers_or_ZooKeeper_are_named_and_not_both(params string[] words)
    {
        var run = ToolRun.Of(["kafka-preferred-replica-election", "--path-to-json-file", "e.json", .. words]);
        Assert.Equal(
            (1, "Exactly one of '[bootstrap-server]' or '[zookeeper]' must be provided"), (run.ExitCode, run.Error.Split('\n')[0]));
    }

    [Fact]
    public void Brokers_tell_what_became_of_each_partition()
    {
        _cluster.Handle<ElectLeadersRequest, ElectLeadersResponse>((_, _) => new()
        {
            ReplicaElectionResults =
            [
                new()
                {
                    Topic = "rep",
                    PartitionResult =
                    [
                        new() { PartitionId = 0 },
                        new() { PartitionId = 1, ErrorCode = ErrorCode.ElectionNotNeeded },
                        new() { PartitionId = 2, ErrorCode = ErrorCode.PreferredLeaderNotAvailable, ErrorMessage = "it is down" },
                    ],
                },
            ],
        });
        var run = RunByBrokers();
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "Successfully completed preferred replica election for partitions rep-0, rep-1\n"
            + "Error completing preferred replica election for partition rep-2: "
            + "org.apache.kafka.common.errors.PreferredLeaderNotAvailableException: it is down\n",
            run.Output);
        Assert.Equal(
            "Exception in thread \"main\" kafka.common.AdminCommandFailedException: 1 preferred replica(s) could not be elected\n"
            + "\tSuppressed: org.apache.kafka.common.errors.PreferredLeaderNotAvailableException: it is down\n",
            run.Error);
    }

    [Fact]
    public void A_refusal_of_the_whole_is_told_of_each_partition_where_they_are_named()
    {
        _cluster.Handle<ElectLeadersRequest, ElectLeadersResponse>(
            (_, _) => new() { ErrorCode = ErrorCode.RequestTimedOut, ReplicaElectionResults = [] });
        var ofAll = RunByBrokers();
        Assert.Equal((1, "Timeout waiting for election results\n"), (ofAll.ExitCode, ofAll.Output));
        Assert.StartsWith(
            "Exception in thread \"main\" kafka.common.AdminCommandFailedException\n"
            + "Caused by: org.apache.kafka.common.errors.TimeoutException: ",
            ofAll.Error,
            StringComparison.Ordinal);

        var ofNamed = RunByBrokers("--path-to-json-file", FileOf(Named));
        Assert.Equal(1, ofNamed.ExitCode);
        Assert.StartsWith(
            "Error completing preferred replica election for partition rep-0: org.apache.kafka.common.errors.TimeoutException: ",
            ofNamed.Output,
            StringComparison.Ordinal);
        Assert.Contains("AdminCommandFailedException: 2 preferred replica(s) could not be elected\n", ofNamed.Error, StringComparison.Ordinal);
    }

    private string FileOf(string json)
    {
        File.WriteAllText(_scratch.File("pe.json"), json);
        return _scratch.File("pe.json");
    }

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_zooKeeper, _cluster, ["kafka-preferred-replica-election", "--zookeeper", "zk:2181", .. words]);

    private ToolRun RunByBrokers(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-preferred-replica-election", "--bootstrap-server", _cluster.Bootstrap, .. words]);
}
