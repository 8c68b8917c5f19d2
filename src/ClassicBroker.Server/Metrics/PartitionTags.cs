using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Metrics;

/// <summary>The tags that name a partition in Kafka's beans. Stateless.</summary>
internal static class PartitionTags
{
    public static KeyValuePair<string, object?>[] Of(TopicPartition partition) =>
        [new("topic", partition.Topic), new("partition", partition.Partition)];
}
