using ClassicBroker.Metadata;

namespace ClassicBroker.Replication.Partitions;

/// <summary>What LeaderAndIsr says of one partition, free of wire versions.</summary>
public sealed record PartitionAssignment
{
    public required int ControllerEpoch { get; init; }

    public required int Leader { get; init; }

    public required int LeaderEpoch { get; init; }

    public required int PartitionEpoch { get; init; }

    public required IReadOnlyList<int> Isr { get; init; }

    public required IReadOnlyList<int> Replicas { get; init; }

    public IReadOnlyList<int> AddingReplicas { get; init; } = [];

    public IReadOnlyList<int> RemovingReplicas { get; init; } = [];

    public LeaderRecoveryState RecoveryState { get; init; }

    /// <summary>True where the partition has just been created, so that a missing log is no sign of a lost one.</summary>
    public bool IsNew { get; init; }

    internal Leadership ToLeadership(bool isLocal, long epochStartOffset) =>
        new()
        {
            Leader = Leader,
            LeaderEpoch = LeaderEpoch,
            PartitionEpoch = PartitionEpoch,
            ControllerEpoch = ControllerEpoch,
            IsLocal = isLocal,
            EpochStartOffset = epochStartOffset,
            Replicas = Replicas,
            AddingReplicas = AddingReplicas,
            RemovingReplicas = RemovingReplicas,
        };
}
