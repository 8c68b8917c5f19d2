using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A replica in a log directory.</summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Size">Bytes of its log.</param>
/// <param name="OffsetLag">How far it is behind the high watermark, or behind the replica it is to replace.</param>
/// <param name="IsFuture">Whether it is on its way here from another directory.</param>
public readonly record struct LogDirReplica(TopicPartition Partition, long Size, long OffsetLag, bool IsFuture);
