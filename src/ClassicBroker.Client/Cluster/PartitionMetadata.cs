using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Cluster;

/// <summary>What metadata tells of one partition. Immutable.</summary>
internal sealed record PartitionMetadata
{
    public required int Partition { get; init; }

    public ErrorCode Error { get; init; }

    public required int LeaderId { get; init; }

    public required int LeaderEpoch { get; init; }

    public required int[] Replicas { get; init; }

    public required int[] Isr { get; init; }

    public required int[] OfflineReplicas { get; init; }

    public bool HasLeader => LeaderId >= 0;
}
