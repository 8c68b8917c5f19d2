using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Tests;

/// <summary>Tools that print what a future of Java's Admin throws: the refusal of a broker in an ExecutionException.</summary>
public sealed class FutureFailureTests
{
    private const string Refusal = "org.apache.kafka.common.errors.ClusterAuthorizationException: Cluster authorization failed.\n";
    private const string Wrapped = $"java.util.concurrent.ExecutionException: {Refusal}Caused by: {Refusal}";

    private readonly FakeCluster _cluster = new();

    [Fact]
    public void Log_directories_are_refused_as_recorded()
    {
        _cluster.Handle<DescribeLogDirsRequest, DescribeLogDirsResponse>(
            (_, _) => new() { ErrorCode = ErrorCode.ClusterAuthorizationFailed, Results = [] });
        var run = ToolRun.Against(_cluster, "kafka-log-dirs", "--bootstrap-server", _cluster.Bootstrap, "--describe");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(ToolRun.RecordedOutput("186-kafka-log-dirs.txt"), run.Output);
        Assert.Equal(ToolRun.RecordedError("186-kafka-log-dirs.txt"), run.Error);
    }

    [Fact]
    public void A_cluster_that_does_not_know_the_password_is_told_as_recorded()
    {
        _cluster.Handle<MetadataRequest, MetadataResponse>(
            (_, _) => throw new Client.KafkaException(ErrorCode.SaslAuthenticationFailed, "Authentication failed: Invalid username or password"));
        var run = ToolRun.Against(_cluster, "kafka-cluster", "cluster-id", "--bootstrap-server", _cluster.Bootstrap);
        Assert.Equal(1, run.ExitCode);

        // The first two lines are of Java's client library, which logs the failure without its frames.
        Assert.Equal(ToolRun.RecordedError("174-kafka-cluster.txt").Split('\n')[1..], run.Error.Split('\n'));
    }

    [Theory]
    [InlineData("kafka-features", "describe")]
    [InlineData("kafka-metadata-quorum", "describe", "--status")]
    public void Tools_with_the_trace_behind_the_message(string tool, params string[] words)
    {
        RefuseAll();
        var run = ToolRun.Against(_cluster, [tool, "--bootstrap-server", _cluster.Bootstrap, .. words]);
        Assert.Equal((1, Refusal + Wrapped), (run.ExitCode, run.Error));
    }

    [Fact]
    public void Offsets_are_refused_behind_their_words()
    {
        RefuseAll();
        var run = ToolRun.Against(_cluster, "kafka-get-offsets", "--bootstrap-server", _cluster.Bootstrap);
        Assert.Equal((1, $"Error occurred: {Refusal}{Wrapped}"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void A_reset_is_refused_in_one_line_and_the_trace()
    {
        RefuseAll();
        var run = ToolRun.Against(
            _cluster, "kafka-streams-application-reset", "--bootstrap-server", _cluster.Bootstrap, "--application-id", "a");
        Assert.Equal((1, $"ERROR: java.util.concurrent.ExecutionException: {Refusal}{Wrapped}"), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("Failed to list transactions", "list")]
    [InlineData("Failed to describe transaction state of transactional-id `x`", "describe", "--transactional-id", "x")]
    [InlineData("Failed to describe producers for partition t-0 on leader", "describe-producers", "--topic", "t", "--partition", "0")]
    [InlineData("Failed to describe producers for partition t-0 on broker 0", "describe-producers", "--topic", "t", "--partition", "0", "--broker-id", "0")]
    [InlineData("Failed to validate producer state for partition t-0", "abort", "--topic", "t", "--partition", "0", "--start-offset", "1")]
    [InlineData(
        "Failed to abort transaction AbortTransactionSpec(topicPartition=t-0, producerId=1, producerEpoch=2, coordinatorEpoch=0)",
        "abort", "--topic", "t", "--partition", "0", "--producer-id", "1", "--producer-epoch", "2", "--coordinator-epoch", "-1")]
    public void Transactions_name_what_was_asked(string complaint, params string[] words)
    {
        RefuseAll();
        var run = ToolRun.Against(_cluster, ["kafka-transactions", "--bootstrap-server", _cluster.Bootstrap, .. words]);
        Assert.Equal((1, $"{complaint}: Cluster authorization failed.. Enable debug logging for additional detail.\n"), (run.ExitCode, run.Error));
    }

    private static Client.KafkaException Refused => new(ErrorCode.ClusterAuthorizationFailed);

    private void RefuseAll()
    {
        _cluster.AddTopic("t", 0);
        _cluster.Handle<MetadataRequest, MetadataResponse>((_, _) => throw Refused);
        _cluster.Handle<ApiVersionsRequest, ApiVersionsResponse>((_, _) => throw Refused);
        _cluster.Handle<FindCoordinatorRequest, FindCoordinatorResponse>((_, _) => throw Refused);
    }
}
