using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Tools.Tests.Topics;

/// <summary>kafka-get-offsets.sh where not every leader tells.</summary>
public sealed class GetOffsetsCommandTests
{
    private readonly FakeCluster _cluster = new(brokers: 2);

    [Fact]
    public void A_partition_whose_leader_refuses_is_skipped_with_the_reason_and_the_others_are_printed()
    {
        _cluster.AddTopic("t", 0, 1, -1);
        _cluster.Handle<ListOffsetsRequest, ListOffsetsResponse>((broker, request) => new()
        {
            Topics = [.. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions.Select(partition => new ListOffsetsResponse.ListOffsetsPartitionResponse
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = broker == 1 ? ErrorCode.TopicAuthorizationFailed : ErrorCode.None,
                    Offset = 9,
                })],
            })],
        });
        var run = ToolRun.Against(_cluster, "kafka-get-offsets", "--bootstrap-server", _cluster.Bootstrap, "--topic", "t");
        Assert.Equal((0, "t:0:9\n"), (run.ExitCode, run.Output));
        Assert.Equal(
            "Skip getting offsets for topic-partition t-2 due to error: it has no leader\n"
            + "Skip getting offsets for topic-partition t-1 due to error: org.apache.kafka.common.errors.TopicAuthorizationException: "
            + "t-1: Topic authorization failed.\n",
            run.Error);
    }
}
