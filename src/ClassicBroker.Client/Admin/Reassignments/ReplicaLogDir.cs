using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>A replica and the log directory it is to lie in.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="BrokerId">The broker that holds the replica.</param>
/// <param name="Path">The directory.</param>
public readonly record struct ReplicaLogDir(TopicPartition Partition, int BrokerId, string Path)
{
    /// <summary><c>topic-partition-broker</c>, as Kafka's tools name a replica.</summary>
    public override string ToString() => $"{Partition}-{BrokerId}";
}
