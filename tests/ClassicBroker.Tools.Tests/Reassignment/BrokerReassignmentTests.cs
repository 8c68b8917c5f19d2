using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Tools.Tests.Reassignment;

/// <summary><c>kafka-reassign-partitions --bootstrap-server</c>: what it asks of brokers and how it tells what they refuse.</summary>
public sealed class BrokerReassignmentTests : IDisposable
{
    private const string Status = "Status of partition reassignment:\n";

    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly ScratchDirectory _scratch = new();
    private readonly List<string> _altered = [];
    private readonly Dictionary<string, int[]> _adding = [];

    /// <summary>By broker and topic: the directory of the replica, and the one it moves to.</summary>
    private readonly Dictionary<(int Broker, string Topic), (string Current, string? Future)> _places = [];

    public BrokerReassignmentTests()
    {
        _cluster.AddTopic("t", 0);
        _cluster.AddTopic("u", 1);
        _cluster.Handle<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>((_, request) => new()
        {
            Topics =
            [
                .. _adding.Where(move => request.Topics is null || request.Topics.Any(topic => topic.Name == move.Key)).Select(move =>
                    new ListPartitionReassignmentsResponse.OngoingTopicReassignment
                    {
                        Name = move.Key,
                        Partitions = [new() { PartitionIndex = 0, Replicas = [0, 1], AddingReplicas = move.Value, RemovingReplicas = [] }],
                    }),
            ],
        });
        _cluster.Handle<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>((_, request) => new()
        {
            Responses = [.. request.Resources.Select(resource =>
            {
                _altered.Add(resource.ResourceName);
                return new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
                {
                    ResourceType = resource.ResourceType,
                    ResourceName = resource.ResourceName,
                    ErrorCode = resource.ResourceName == "gone" ? ErrorCode.UnknownTopicOrPartition : ErrorCode.None,
                    ErrorMessage = resource.ResourceName == "gone" ? "The topic 'gone' does not exist." : null,
                };
            })],
        });
        _cluster.Handle<DescribeLogDirsRequest, DescribeLogDirsResponse>((broker, _) => new()
        {
            Results =
            [
                .. _places.Where(place => place.Key.Broker == broker).SelectMany(place =>
                    ((string? Path, bool IsFuture)[])[(place.Value.Current, false), (place.Value.Future, true)])
                    .Where(found => found.Path is not null)
                    .Select(found => new DescribeLogDirsResponse.DescribeLogDirsResult
                    {
                        LogDir = found.Path!,
                        Topics = [.. _places.Where(place => place.Key.Broker == broker && (found.IsFuture ? place.Value.Future : place.Value.Current) == found.Path)
                            .Select(place => new DescribeLogDirsResponse.DescribeLogDirsTopic
                            {
                                Name = place.Key.Topic, Partitions = [new() { PartitionIndex = 0, IsFutureKey = found.IsFuture }],
                            })],
                    }),
            ],
        });
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Limits_stay_while_another_plan_is_under_way()
    {
        _adding["u"] = [0];
        var run = Verify(Plan(("t", "[0]", null)));
        Assert.Equal((0, Status + "Reassignment of partition t-0 is completed.\n\n"), (run.ExitCode, run.Output));
        Assert.Empty(_altered);

        _adding.Clear();
        Assert.EndsWith(
            "Clearing broker-level throttles on brokers 0,1\nClearing topic-level throttles on topic t\n",
            Verify(Plan(("t", "[0]", null))).Output,
            StringComparison.Ordinal);
        Assert.Equal(["0", "1", "t"], _altered);
    }

    [Fact]
    public void A_topic_that_is_gone_has_no_replicas()
    {
        var run = Verify(Plan(("gone", "[0,1]", null), ("t", "[0]", null)));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            Status
            + "There is no active reassignment of partition gone-0, but replica set is  rather than 0,1.\n"
            + "Reassignment of partition t-0 is completed.\n\n"
            + "Clearing broker-level throttles on brokers 0,1\n"
            + "Clearing topic-level throttles on topics gone,t\n"
            + "Error: org.apache.kafka.common.errors.UnknownTopicOrPartitionException: The topic 'gone' does not exist.\n"
            + "java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.UnknownTopicOrPartitionException: "
            + "The topic 'gone' does not exist.\n"
            + "Caused by: org.apache.kafka.common.errors.UnknownTopicOrPartitionException: The topic 'gone' does not exist.\n",
            run.Output);
    }

    [Fact]
    public void A_partition_that_there_is_not_is_named()
    {
        var run = Run(
            """{"partitions":[{"topic":"t","partition":8,"replicas":[0]},{"topic":"t","partition":9,"replicas":[0]}]}""", "--execute");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            "Error: org.apache.kafka.common.errors.UnknownTopicOrPartitionException: Unable to find partition: t-8, t-9\n"
            + "java.util.concurrent.ExecutionException: ",
            run.Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0,1", """[{"topic":"t"},{"topic":"u"},{"topic":"t"}]""", "List of topics to reassign contains duplicate entries: [t]")]
    [InlineData("0,0", """[{"topic":"t"},{"topic":"t"}]""", "Broker list contains duplicate entries: [0]")]
    public void What_is_listed_twice_is_refused(string brokers, string topics, string message)
    {
        File.WriteAllText(_scratch.File("topics.json"), $$"""{"topics":{{topics}},"version":1}""");
        var run = ToolRun.Against(
            _cluster, "kafka-reassign-partitions", "--bootstrap-server", _cluster.Bootstrap, "--generate", "--broker-list", brokers,
            "--topics-to-move-json-file", _scratch.File("topics.json"));
        Assert.Equal(
            (1, $"Error: {message}\norg.apache.kafka.server.common.AdminCommandFailedException: {message}\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public void Log_directories_are_told_broker_by_broker()
    {
        _places[(0, "u")] = ("/a", "/b");
        _places[(1, "t")] = ("/b", null);
        Assert.EndsWith(
            "\nReassignment of replica u-0-0 is still in progress.\nReassignment of replica t-0-1 completed successfully.\n",
            Verify(Plan(("t", "[0,1]", """["any","/b"]"""), ("u", "[1,0]", """["any","/b"]"""))).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_move_between_log_directories_is_given_up_by_an_order_back_that_is_repeated_until_it_is_taken()
    {
        var orders = MovingBack(orders => orders < 3 ? ErrorCode.ReplicaNotAvailable : ErrorCode.None);
        var run = Run(Plan(("t", "[0]", """["/b"]""")), "--cancel");
        Assert.Equal(
            (0,
            "None of the specified partition reassignments are active.\n"
            + "Successfully started moving log directory to /a for replica t-0 with broker 0 \n"
            + "Clearing broker-level throttles on brokers 0,1\nClearing topic-level throttles on topic t\n"),
            (run.ExitCode, run.Output));
        Assert.Equal(["/a", "/a", "/a"], orders);
    }

    [Fact]
    public void A_move_that_cannot_be_given_up_in_time_is_told()
    {
        MovingBack(_ => ErrorCode.ReplicaNotAvailable);
        var run = Run(Plan(("t", "[0]", """["/b"]""")), "--cancel", "--timeout", "500");
        Assert.Equal(
            (1,
            "None of the specified partition reassignments are active.\n"
            + "Timed out before log directory move could be started for: t-0-0\n"),
            (run.ExitCode, run.Output));
        Assert.Empty(_altered);
    }

    [Fact]
    public void A_move_that_its_broker_does_not_give_up_is_told()
    {
        MovingBack(_ => ErrorCode.LogDirNotFound);
        var run = Run(Plan(("t", "[0]", """["/b"]""")), "--cancel");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            "None of the specified partition reassignments are active.\n"
            + "Error: Failed to alter dir for t-0-0\n"
            + "org.apache.kafka.server.common.AdminCommandFailedException: Failed to alter dir for t-0-0\n"
            + "Caused by: java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.LogDirNotFoundException: ",
            run.Output,
            StringComparison.Ordinal);
        Assert.Empty(_altered);
    }

    [Fact]
    public void A_reassignment_that_only_adds_replicas_is_cancelled_too()
    {
        _adding["t"] = [1];
        _cluster.Handle<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>((_, request) =>
        {
            Assert.Null(request.Topics[0].Partitions[0].Replicas);
            return new() { Responses = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0 }] }] };
        });
        Assert.StartsWith(
            "Successfully cancelled partition reassignment for: t-0\n", Run(Plan(("t", "[0]", null)), "--cancel").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_refused_stands_in_the_exception_of_a_future()
    {
        _cluster.Handle<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(
            (_, _) => new() { ErrorCode = ErrorCode.ClusterAuthorizationFailed, Topics = [] });
        var run = ToolRun.Against(_cluster, "kafka-reassign-partitions", "--bootstrap-server", _cluster.Bootstrap, "--list");
        const string Refusal = "org.apache.kafka.common.errors.ClusterAuthorizationException: Cluster authorization failed.";
        Assert.Equal(
            (1, $"Error: {Refusal}\njava.util.concurrent.ExecutionException: {Refusal}\nCaused by: {Refusal}\n"), (run.ExitCode, run.Output));
    }

    /// <summary>The replica of broker 0 is on its way; tells the directories that are ordered, of which the answer is given by their number.</summary>
    private List<string> MovingBack(Func<int, ErrorCode> answer)
    {
        _places[(0, "t")] = ("/a", "/b");
        List<string> orders = [];
        _cluster.Handle<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>((_, request) =>
        {
            orders.Add(request.Dirs[0].Path);
            return new()
            {
                Results = [new() { TopicName = "t", Partitions = [new() { PartitionIndex = 0, ErrorCode = answer(orders.Count) }] }],
            };
        });
        return orders;
    }

    private static string Plan(params (string Topic, string Replicas, string? LogDirs)[] moves) =>
        $$"""{"version":1,"partitions":[{{string.Join(',', moves.Select(move =>
            $$"""{"topic":"{{move.Topic}}","partition":0,"replicas":{{move.Replicas}}{{(move.LogDirs is null ? "" : $",\"log_dirs\":{move.LogDirs}")}}}"""))}}]}""";

    private ToolRun Verify(string plan) => Run(plan, "--verify");

    private ToolRun Run(string plan, params string[] words)
    {
        File.WriteAllText(_scratch.File("plan.json"), plan);
        return ToolRun.Against(
            _cluster,
            ["kafka-reassign-partitions", "--bootstrap-server", _cluster.Bootstrap, "--reassignment-json-file", _scratch.File("plan.json"), .. words]);
    }
}
