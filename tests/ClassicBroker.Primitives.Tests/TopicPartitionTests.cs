using ClassicBroker.Primitives;

namespace ClassicBroker.Primitives.Tests;

public sealed class TopicPartitionTests
{
    [Theory]
    [InlineData("topic-0", "topic", 0)]
    [InlineData("a-b-12", "a-b", 12)]
    [InlineData("__consumer_offsets-49", "__consumer_offsets", 49)]
    public void Directory_names_split_at_the_last_dash(string text, string topic, int partition)
    {
        Assert.True(TopicPartition.TryParse(text, out var parsed));
        Assert.Equal(new TopicPartition(topic, partition), parsed);
        Assert.Equal(text, parsed.ToString());
    }

    [Theory]
    [InlineData("topic")]
    [InlineData("-1")]
    [InlineData("topic-")]
    [InlineData("topic-x")]
    [InlineData("topic--")]
    [InlineData("topic-99999999999")]
    [InlineData("topic-0.4fd1-delete")]
    public void Names_without_a_partition_are_refused(string text) => Assert.False(TopicPartition.TryParse(text, out _));

    [Fact]
    public void Order_is_ordinal_by_topic_then_numeric_by_partition()
    {
        TopicPartition[] sorted = [new("B", 0), new("a", 2), new("a", 10), new("b", 1)];
        Assert.Equal(sorted, sorted.Reverse().Order());
    }
}
