using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>Nothing says where to begin in a partition, and <c>auto.offset.reset</c> is <c>none</c>.</summary>
public sealed class NoOffsetForPartitionException : KafkaException
{
    internal NoOffsetForPartitionException(TopicPartition partition)
        : base($"Undefined offset with no reset policy for partitions: [{partition}]") =>
        (TopicPartition, Partition) = (partition, partition);

    /// <summary>The partition.</summary>
    public TopicPartition Partition { get; }
}
