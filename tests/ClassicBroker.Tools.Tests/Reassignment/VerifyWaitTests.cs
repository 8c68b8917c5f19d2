using ClassicBroker.Client.Tests;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Tools.Tests.Reassignment;

/// <summary><c>kafka-reassign-partitions --verify --wait</c>: ends when nothing of the plan is under way, and says then what <c>--verify</c> says.</summary>
public sealed class VerifyWaitTests : IDisposable
{
    private readonly FakeCluster _cluster = new(brokers: 2);
    private readonly ScratchDirectory _scratch = new();
    private int _copied;

    public VerifyWaitTests()
    {
        _cluster.AddTopic("t", 0);
        File.WriteAllText(_scratch.File("plan.json"), """{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[0]}]}""");
        _cluster.Handle<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>((_, _) => new()
        {
            Topics = _copied >= 100 ? [] :
            [
                new() { Name = "t", Partitions = [new() { PartitionIndex = 0, Replicas = [0, 1], AddingReplicas = [1], RemovingReplicas = [] }] },
            ],
        });
        _cluster.Handle<DescribeLogDirsRequest, DescribeLogDirsResponse>((broker, _) => new()
        {
            Results =
            [
                new()
                {
                    LogDir = "/d",
                    Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0, PartitionSize = broker == 0 ? 100 : _copied += 25 }] }],
                },
            ],
        });
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_tool_ends_when_the_copying_does_and_shows_it_on_a_terminal_only(bool isWatched)
    {
        var run = ToolRun.Watched(
            isWatched, _cluster, "kafka-reassign-partitions", "--bootstrap-server", _cluster.Bootstrap, "--verify", "--wait", "--preserve-throttles",
            "--reassignment-json-file", _scratch.File("plan.json"));
        Assert.Equal((0, "Status of partition reassignment:\nReassignment of partition t-0 is completed.\n\n"), (run.ExitCode, run.Output));
        Assert.Equal(isWatched, run.Error.Contains("1 replica on the way #######....................... 25%", StringComparison.Ordinal));
        Assert.Equal(isWatched, run.Error.Length > 0);
    }
}
