using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>What became of the deletion of a partition's records.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="LowWatermark">Offset of the oldest record left; -1 where it failed.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public readonly record struct DeletedRecords(TopicPartition Partition, long LowWatermark, KafkaException? Failure)
{
    /// <summary>This result, where the records are gone.</summary>
    /// <exception cref="KafkaException">They are not.</exception>
    public DeletedRecords ThrowIfFailed() => Failure is null ? this : throw Failure;
}
