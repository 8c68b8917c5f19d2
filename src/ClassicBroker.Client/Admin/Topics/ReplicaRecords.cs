namespace ClassicBroker.Client;

/// <summary>What one replica of a partition answered to a read. Immutable.</summary>
/// <param name="HighWatermark">The high watermark as the replica knows it.</param>
/// <param name="Batches">Whole batches as they are stored, the last one perhaps cut short.</param>
/// <param name="Failure">Why there is nothing; null where it could be read.</param>
public sealed record ReplicaRecords(long HighWatermark, ReadOnlyMemory<byte> Batches, KafkaException? Failure)
{
    /// <summary>This answer, where the replica could be read.</summary>
    /// <exception cref="KafkaException">It could not.</exception>
    public ReplicaRecords ThrowIfFailed() => Failure is null ? this : throw Failure;
}
