using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Tests.Topics;

/// <summary><c>kafka-topics.sh --output</c>.</summary>
public sealed class TopicFactsTests
{
    private readonly FakeCluster _cluster = new();

    public TopicFactsTests()
    {
        _cluster.AddTopic("a", 0).Id = new Uuid(1, 2);
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((_, request) => new()
        {
            Results = [.. request.Resources.Select(resource => new DescribeConfigsResponse.DescribeConfigsResult
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                Configs = [new() { Name = "retention.ms", Value = "5", ConfigSource = 1 }],
            })],
        });
        _cluster.Handle<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>((_, _) =>
            new() { ErrorCode = ErrorCode.ClusterAuthorizationFailed });
    }

    private ToolRun Run(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-topics", "--bootstrap-server", _cluster.Bootstrap, .. words]);

    [Fact]
    public void Topics_are_listed_with_their_ids()
    {
        var run = Run("--list", "--output", "json");
        Assert.Equal($$"""{"topics":[{"name":"a","topicId":"{{new Uuid(1, 2)}}","isInternal":false}],"error":null}""" + "\n", run.Output);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Fact]
    public void A_topic_is_described_with_its_partitions() => Assert.Equal(
        $$"""{"topics":[{"name":"a","topicId":"{{new Uuid(1, 2)}}","partitionCount":1,"replicationFactor":1,"configs":{"retention.ms":"5"},"markedForDeletion":false"""
        + ""","partitions":[{"partition":0,"leader":0,"replicas":[0],"isr":[0],"addingReplicas":[],"removingReplicas":[]}]}],"error":null}""" + "\n",
        Run("--describe", "--topic", "a", "--output", "json").Output);

    [Fact]
    public void Partitions_that_are_not_asked_for_are_left_out() =>
        Assert.Equal("topics: []\nerror: null\n", Run("--describe", "--under-replicated-partitions", "--output", "yaml").Output);

    [Fact]
    public void A_failure_stands_in_the_document_and_the_tools_own_words_beside_it()
    {
        var run = Run("--describe", "--topic", "none", "--output", "json");
        Assert.Equal(
            """{"topics":[],"error":{"code":null,"message":"Topic 'Optional[none]' does not exist as expected"}}""" + "\n", run.Output);
        Assert.StartsWith("Error while executing topic command : Topic 'Optional[none]' does not exist as expected\n", run.Error);
        Assert.Equal(1, run.ExitCode);
    }
}
