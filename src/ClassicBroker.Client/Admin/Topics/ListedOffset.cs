using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>The offset that was looked up in a partition, or why it could not be.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Found">What was found, with offset -1 where nothing matches; null where it could not be looked up.</param>
/// <param name="Failure">Why not; null where it was.</param>
public readonly record struct ListedOffset(TopicPartition Partition, OffsetAndTimestamp? Found, KafkaException? Failure)
{
    /// <summary>What was found, with offset -1 where nothing matches.</summary>
    /// <exception cref="KafkaException">It could not be looked up.</exception>
    public OffsetAndTimestamp ThrowIfFailed() => Found ?? throw Failure!;
}
