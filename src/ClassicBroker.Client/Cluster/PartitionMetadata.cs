using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Cluster;

/// <summary>What metadata tells of one partition. Immutable.</summary>
internal sealed record PartitionMetadata(
    int Partition,
    ErrorCode Error,
    int LeaderId,
    int LeaderEpoch,
    int[] Replicas,
    int[] Isr,
    int[] OfflineReplicas)
{
    public bool HasLeader => LeaderId >= 0;
}
