using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Tools.Tests.Elections;

/// <summary><c>kafka-leader-election</c> where an election is refused as a whole, or its file is wrong.</summary>
public sealed class LeaderElectionCommandTests : IDisposable
{
    private readonly FakeCluster _cluster = new();
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("188-kafka-leader-election.txt", "--all-topic-partitions")]
    [InlineData("189-kafka-leader-election.txt", "--topic", "secret", "--partition", "0")]
    public void One_without_the_right_is_refused_as_recorded(string recording, params string[] words)
    {
        Answer(ErrorCode.ClusterAuthorizationFailed);
        var run = Run(words);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(ToolRun.RecordedOutput(recording), run.Output);
        Assert.Equal(ToolRun.RecordedError(recording), run.Error);
    }

    [Fact]
    public void An_election_that_is_not_answered_in_time_is_told()
    {
        Answer(ErrorCode.RequestTimedOut);
        var run = Run("--all-topic-partitions");
        Assert.Equal((1, "Timeout waiting for election results\n"), (run.ExitCode, run.Output));
        Assert.StartsWith(
            "Timeout waiting for election results\n"
            + "org.apache.kafka.server.common.AdminCommandFailedException: Timeout waiting for election results\n"
            + "Caused by: org.apache.kafka.common.errors.TimeoutException: ",
            run.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Another_refusal_is_what_Java_did_not_foresee()
    {
        Answer(ErrorCode.InvalidRequest);
        var run = Run("--all-topic-partitions");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains(
            "\njava.lang.RuntimeException: java.util.concurrent.ExecutionException: org.apache.kafka.common.errors.InvalidRequestException: ",
            run.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "Replica election data is empty")]
    [InlineData("{}", "Replica election data is missing \"partitions\" field")]
    [InlineData(
        """{"partitions":[{"topic":"t","partition":0},{"topic":"t","partition":0}]}""",
        "Replica election data contains duplicate partitions: [t-0]")]
    public void A_file_of_another_form_is_refused(string json, string message)
    {
        File.WriteAllText(_scratch.File("e.json"), json);
        var run = Run("--path-to-json-file", _scratch.File("e.json"));
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal($"{message}\norg.apache.kafka.server.common.AdminOperationException: {message}\n", run.Error);
    }

    private void Answer(ErrorCode error) => _cluster.Handle<ElectLeadersRequest, ElectLeadersResponse>(
        (_, _) => new() { ErrorCode = error, ReplicaElectionResults = [] });

    private ToolRun Run(params string[] words) => ToolRun.Against(
        _cluster, ["kafka-leader-election", "--bootstrap-server", _cluster.Bootstrap, "--election-type", "preferred", .. words]);
}
