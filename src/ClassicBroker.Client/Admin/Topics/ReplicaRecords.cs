using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>What one replica of a partition answered to a read. Immutable.</summary>
/// <param name="Error">Why there is nothing; <see cref="ErrorCode.None"/> where it could be read.</param>
/// <param name="HighWatermark">The high watermark as the replica knows it.</param>
/// <param name="Batches">Whole batches as they are stored, the last one perhaps cut short.</param>
public sealed record ReplicaRecords(ErrorCode Error, long HighWatermark, ReadOnlyMemory<byte> Batches);
