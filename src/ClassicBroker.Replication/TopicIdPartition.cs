using ClassicBroker.Primitives;

namespace ClassicBroker.Replication;

/// <summary>A partition with its topic's id, which is zero where the requester or the cluster has none (KIP-516).</summary>
public readonly record struct TopicIdPartition(Uuid TopicId, TopicPartition TopicPartition)
{
    public override string ToString() => $"{TopicId}:{TopicPartition}";
}
