using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Tests.Topics;

/// <summary>kafka-topics.sh by way of the brokers.</summary>
public sealed class TopicCommandTests
{
    private readonly FakeCluster _cluster = new();
    private ErrorCode _configFailure;

    public TopicCommandTests()
    {
        _cluster.AddTopic("a", 0).Id = new Uuid(1, 2);
        _cluster.AddTopic("b", 0).Id = new Uuid(3, 4);
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((_, request) => new()
        {
            Results = [.. request.Resources.Select(resource => new DescribeConfigsResponse.DescribeConfigsResult
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                ErrorCode = _configFailure,
            })],
        });
        _cluster.Handle<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>((_, _) =>
            new() { ErrorCode = ErrorCode.ClusterAuthorizationFailed });
    }

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-topics", "--bootstrap-server", _cluster.Bootstrap, .. words]);

    [Fact]
    public void A_topic_is_described_by_its_id()
    {
        var run = Run("--describe", "--topic-id", new Uuid(3, 4).ToString());
        Assert.StartsWith("Topic: b\t", run.Output);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void An_id_nobody_has_is_an_error_unless_it_need_not_exist()
    {
        var id = new Uuid(9, 9).ToString();
        var run = Run("--describe", "--topic-id", id);
        Assert.Equal((1, $"Error while executing topic command : TopicId '{id}' does not exist as expected\n"), (run.ExitCode, run.Output));
        Assert.Equal((0, ""), (Run("--describe", "--topic-id", id, "--if-exists").ExitCode, Run("--describe", "--topic-id", id, "--if-exists").Output));
    }

    [Fact]
    public void Reassignments_one_may_not_see_do_not_hide_the_topic() => Assert.StartsWith("Topic: a\t", Run("--describe", "--topic", "a").Output);

    [Fact]
    public void Configs_one_may_not_see_do_not_hide_the_topic()
    {
        _configFailure = ErrorCode.TopicAuthorizationFailed;
        Assert.StartsWith("Topic: a\t", Run("--describe", "--topic", "a").Output);
    }

    [Fact]
    public void Configs_that_cannot_be_read_fail_the_description()
    {
        _configFailure = ErrorCode.UnknownServerError;
        var run = Run("--describe", "--topic", "a");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            "Error while executing topic command : The server experienced an unexpected error when processing the request.", run.Output);
    }

    [Theory]
    [InlineData("Option \"[topic-id]\" can't be used with option \"[list]\"", "--list", "--topic-id", "x")]
    [InlineData("Option \"[delete-config]\" can't be used with option \"[bootstrap-server]\"", "--alter", "--topic", "a", "--partitions", "2", "--delete-config", "x")]
    [InlineData("Option \"[under-replicated-partitions]\" can't be used with option \"[topics-with-overrides]\"",
        "--describe", "--under-replicated-partitions", "--topics-with-overrides")]
    public void Options_that_do_not_go_together_are_refused(string message, params string[] words)
    {
        var run = Run(words);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(message, run.Error);
    }

    [Fact]
    public void Patterns_choose_what_is_listed() => Assert.Equal("b\n", Run("--list", "--topic", "(?!a).*").Output);
}
