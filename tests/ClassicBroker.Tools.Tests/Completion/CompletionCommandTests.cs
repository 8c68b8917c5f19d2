using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Tests.Completion;

/// <summary>What the shells are offered for a command line.</summary>
public sealed class CompletionCommandTests
{
    private readonly FakeCluster _cluster = new();

    public CompletionCommandTests()
    {
        _cluster.AddTopic("orders", 0, 0);
        _cluster.AddTopic("orders-late", 0);
        _cluster.AddTopic("users", 0);
        _cluster.Handle<ListGroupsRequest, ListGroupsResponse>((_, _) => new()
        {
            Groups = [new() { GroupId = "billing", ProtocolType = "consumer" }, new() { GroupId = "mail:eu", ProtocolType = "consumer" }],
        });
        _cluster.Handle<DescribeConfigsRequest, DescribeConfigsResponse>((_, request) => new()
        {
            Results =
            [
                .. request.Resources.Select(resource => new DescribeConfigsResponse.DescribeConfigsResult
                {
                    ResourceType = resource.ResourceType,
                    ResourceName = resource.ResourceName,
                    Configs =
                    [
                        new() { Name = "retention.ms", Value = "1", ConfigSource = 1 },
                        new() { Name = "segment.bytes", Value = "1", ConfigSource = 5 },
                        new() { Name = "fixed", Value = "1", ConfigSource = 4, ReadOnly = true },
                    ],
                }),
            ],
        });
    }

    private string Complete(string line)
    {
        var words = line.Replace("BROKER", _cluster.Bootstrap, StringComparison.Ordinal).Split(' ');
        var run = ToolRun.Against(_cluster, ["complete", "fish", .. words]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return string.Join(' ', run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("kafka-topics.sh --under", "--under-min-isr-partitions --under-replicated-partitions")]
    [InlineData("/opt/kafka/bin/kafka-topics.sh --ou", "--output")]
    [InlineData("kafka-features.sh d", "describe disable downgrade")]
    [InlineData("kafka-features.sh upgrade --f", "--feature")]
    [InlineData("kafka-doctor.sh --z", "--zookeeper")]
    [InlineData("kafka-topics.sh --zoo", "")]
    [InlineData("no-such-tool.sh --", "")]
    public void Options_and_commands_are_those_of_the_tool(string line, string candidates) => Assert.Equal(candidates, Complete(line));

    [Theory]
    [InlineData("kafka-topics.sh --bootstrap-server BROKER --describe --topic ord", "orders orders-late")]
    [InlineData("kafka-topics.sh --bootstrap-server BROKER --topic=ord", "--topic=orders --topic=orders-late")]
    [InlineData("kafka-log-dirs.sh --bootstrap-server BROKER --topic-list users,orders-", "users,orders-late")]
    [InlineData("kafka-consumer-groups.sh --bootstrap-server BROKER --group ", "billing mail:eu")]
    [InlineData("kafka-leader-election.sh --bootstrap-server BROKER --topic orders --partition ", "0 1")]
    [InlineData("kafka-topics.sh --describe --topic ord", "")]
    public void Names_are_those_the_cluster_has(string line, string candidates) => Assert.Equal(candidates, Complete(line));

    [Theory]
    [InlineData("--topic orders --add-config re", "retention.ms=")]
    [InlineData("--entity-type topics --entity-name orders --delete-config ", "retention.ms")]
    [InlineData("--entity-type ips --add-config ", "connection_creation_rate=")]
    [InlineData("--topic orders --add-config retention.ms=5,seg", "retention.ms=5,segment.bytes=")]
    public void Configs_are_those_of_the_entity(string words, string candidates) =>
        Assert.Equal(candidates, Complete($"kafka-configs.sh --bootstrap-server BROKER --alter {words}"));

    [Fact]
    public void What_is_fixed_needs_no_cluster()
    {
        Assert.Equal("json table yaml", Complete("kafka-topics.sh --output "));
        Assert.Equal("preferred unclean", Complete("kafka-leader-election.sh --election-type "));
    }

    [Fact]
    public void A_cluster_that_refuses_has_no_names()
    {
        _cluster.Handle<ListGroupsRequest, ListGroupsResponse>((_, _) => new() { ErrorCode = ErrorCode.ClusterAuthorizationFailed });
        Assert.Equal("", Complete("kafka-consumer-groups.sh --bootstrap-server BROKER --group "));
    }

    [Fact]
    public void Bash_gets_what_is_behind_the_last_break_of_the_word()
    {
        var run = ToolRun.Against(
            _cluster,
            ["complete", "bash", "kafka-consumer-groups.sh", "--bootstrap-server", .. _cluster.Bootstrap.Replace(":", "|:|", StringComparison.Ordinal).Split('|'), "--group", "mail", ":", "e"]);
        Assert.Equal((0, "eu\n"), (run.ExitCode, run.Output));
    }
}
