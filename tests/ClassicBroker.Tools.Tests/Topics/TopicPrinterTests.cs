using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Topics;

namespace ClassicBroker.Tools.Tests.Topics;

public sealed class TopicPrinterTests
{
    private static readonly TopicRow Second = new(
        "second",
        Uuid.Zero,
        [
            Partition(0, 1, [1, 0], [1, 0]),
            Partition(1, 0, [0, 2], [0, 2]),
            Partition(2, 2, [2, 1], [2, 1]),
        ])
    {
        Configs = [KeyValuePair.Create("retention.ms", "60000")],
    };

    private static string Print(TopicRow row, DescribeFilter filter = DescribeFilter.None, bool isZooKeeperForm = false)
    {
        using var output = new StringWriter { NewLine = "\n" };
        new TopicPrinter(output, null, filter, isZooKeeperForm).Print(row);
        return output.ToString();
    }

    private static PartitionDescription Partition(int index, int leader, IReadOnlyList<int> replicas, IReadOnlyList<int> isr) =>
        new() { Partition = index, Leader = leader, LeaderEpoch = 0, Replicas = replicas, Isr = isr };

    [Fact]
    public void What_ZooKeeper_tells_is_printed_as_Kafka_2_printed_it() =>
        Assert.Contains(Print(Second, isZooKeeperForm: true), ToolRun.RecordedOutput("10-kafka-topics.txt"));

    [Fact]
    public void What_brokers_tell_is_printed_as_Kafka_3_prints_it()
    {
        var printed = Print(Second with { Id = new Uuid(1, 2), Partitions = [Partition(0, -1, [1, 2], [1])] });
        Assert.Equal(
            "Topic: second\tTopicId: AAAAAAAAAAEAAAAAAAAAAg\tPartitionCount: 1\tReplicationFactor: 2\tConfigs: retention.ms=60000\n"
            + "\tTopic: second\tPartition: 0\tLeader: none\tReplicas: 1,2\tIsr: 1\tElr: N/A\tLastKnownElr: N/A\n",
            printed);
    }

    [Fact]
    public void Reports_print_only_the_partitions_they_are_about()
    {
        var row = Second with
        {
            Partitions = [Partition(0, 1, [1, 2], [1, 2]), Partition(1, 9, [1, 2], [1])],
            LiveBrokers = new HashSet<int> { 1, 2 },
            MinInsyncReplicas = 1,
        };
        Assert.StartsWith("\tTopic: second\tPartition: 1", Print(row, DescribeFilter.UnderReplicated));
        Assert.StartsWith("\tTopic: second\tPartition: 1", Print(row, DescribeFilter.Unavailable));
        Assert.StartsWith("\tTopic: second\tPartition: 1", Print(row, DescribeFilter.AtMinIsr));
        Assert.Equal("", Print(row, DescribeFilter.UnderMinIsr));
        Assert.Single(Print(row, DescribeFilter.TopicsWithOverrides).TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_partition_on_its_way_shows_who_comes_and_who_goes()
    {
        var row = Second with
        {
            Partitions = [Partition(0, 1, [3, 1, 2], [1, 2])],
            Reassignments = new Dictionary<int, PartitionReassignment> { [0] = new([3, 1, 2], [3], [1]) },
            Configs = [],
        };
        Assert.Equal(
            "Topic: second\tPartitionCount: 1\tReplicationFactor: 2\tConfigs: \n"
            + "\tTopic: second\tPartition: 0\tLeader: 1\tReplicas: 3,1,2\tIsr: 1,2\tAdding Replicas: 3\tRemoving Replicas: 1"
            + "\tElr: N/A\tLastKnownElr: N/A\n",
            Print(row));
        Assert.Equal("", Print(row, DescribeFilter.UnderReplicated));
    }

    [Fact]
    public void A_partition_without_a_leader_is_under_its_minimum()
    {
        var row = Second with { Partitions = [Partition(0, -1, [1, 2], [1, 2])], MinInsyncReplicas = 1 };
        Assert.StartsWith("\tTopic: second\tPartition: 0\tLeader: none", Print(row, DescribeFilter.UnderMinIsr));
    }

    [Theory]
    [InlineData("(?!__).*", "__consumer_offsets", false)]
    [InlineData("(?!__).*", "t", true)]
    [InlineData("t.*", "t1", true)]
    [InlineData("t", "t1", false)]
    [InlineData("a,b", "b", true)]
    [InlineData("a|b", "c", false)]
    public void Patterns_match_whole_names(string pattern, string name, bool matches) =>
        Assert.Equal(matches, TopicRules.Pattern(pattern).IsMatch(name));

    [Fact]
    public void Assignments_are_read_by_partition()
    {
        Assert.Equal([[1, 2], [2, 3]], TopicRules.Assignment("1:2,2:3"));
        Assert.Throws<JavaFailure>(() => TopicRules.Assignment("1:1"));
        Assert.Throws<JavaFailure>(() => TopicRules.Assignment("1:2,3"));
        Assert.Throws<ToolException>(() => TopicRules.Assignment("a"));
    }
}
