using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A position lies outside of what the broker has, and <c>auto.offset.reset</c> is <c>none</c>.</summary>
public sealed class OffsetOutOfRangeException(TopicPartition partition, long offset)
    : KafkaException(ErrorCode.OffsetOutOfRange, $"Fetch position {offset} is out of range for partition {partition}")
{
    /// <summary>The partition.</summary>
    public TopicPartition Partition { get; } = partition;

    /// <summary>The position.</summary>
    public long Offset { get; } = offset;
}
