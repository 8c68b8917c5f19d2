using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A position lies outside of what the broker has, and <c>auto.offset.reset</c> is <c>none</c>.</summary>
public sealed class OffsetOutOfRangeException : KafkaException
{
    internal OffsetOutOfRangeException(TopicPartition partition, long offset)
        : base(ErrorCode.OffsetOutOfRange, $"Fetch position {offset} is out of range for partition {partition}")
    {
        (TopicPartition, Partition, Offset) = (partition, partition, offset);
    }

    /// <summary>The partition.</summary>
    public TopicPartition Partition { get; }

    /// <summary>The position.</summary>
    public long Offset { get; }
}
