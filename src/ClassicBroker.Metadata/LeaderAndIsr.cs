using System.Globalization;

namespace ClassicBroker.Metadata;

/// <summary>
/// Who leads a partition and which replicas are in sync. <see cref="PartitionEpoch"/> is the version of the state znode (KIP-497) and
/// says which write of it this value was read from.
/// </summary>
public sealed record LeaderAndIsr
{
    /// <summary>The leader of a partition none of whose replicas can lead.</summary>
    public const int NoLeader = -1;

    /// <summary>In UpdateMetadata only: the topic is being deleted.</summary>
    public const int LeaderDuringDelete = -2;

    /// <summary>Leader epoch in StopReplica that tells a broker the topic is being deleted.</summary>
    public const int EpochDuringDelete = -2;

    /// <summary>Leader epoch in StopReplica where the controller knows none.</summary>
    public const int NoEpoch = -1;

    public const int InitialLeaderEpoch = 0;

    public const int InitialPartitionEpoch = 0;

    /// <summary>The broker's id, or <see cref="NoLeader"/>.</summary>
    public required int Leader { get; init; }

    public required int LeaderEpoch { get; init; }

    /// <summary>Ids of the replicas in sync.</summary>
    public required IReadOnlyList<int> Isr { get; init; }

    public LeaderRecoveryState RecoveryState { get; init; } = LeaderRecoveryState.Recovered;

    public required int PartitionEpoch { get; init; }

    public bool HasLeader => Leader != NoLeader;

    public LeaderAndIsr WithPartitionEpoch(int partitionEpoch) => this with { PartitionEpoch = partitionEpoch };

    /// <summary>The same ISR under another or the same leader; every such write counts the epoch up.</summary>
    public LeaderAndIsr WithLeader(int leader) => this with { Leader = leader, LeaderEpoch = LeaderEpoch + 1 };

    /// <summary>Another leader and ISR; the epoch counts up.</summary>
    public LeaderAndIsr WithLeaderAndIsr(int leader, IReadOnlyList<int> isr) =>
        this with { Leader = leader, Isr = isr, LeaderEpoch = LeaderEpoch + 1 };

    /// <summary>The same leader in a new epoch, so that brokers take the request that carries it.</summary>
    public LeaderAndIsr WithNextEpoch() => this with { LeaderEpoch = LeaderEpoch + 1 };

    /// <summary>Equal in all but the partition epoch. ISR order does not count.</summary>
    public bool SameContent(LeaderAndIsr other) =>
        Leader == other.Leader && LeaderEpoch == other.LeaderEpoch && RecoveryState == other.RecoveryState
        && Isr.Count == other.Isr.Count && !Isr.Except(other.Isr).Any();

    public bool Equals(LeaderAndIsr? other) =>
        other is not null && Leader == other.Leader && LeaderEpoch == other.LeaderEpoch && RecoveryState == other.RecoveryState
        && PartitionEpoch == other.PartitionEpoch && Isr.SequenceEqual(other.Isr);

    public override int GetHashCode() => unchecked((((Leader * 31) + LeaderEpoch) * 31) + PartitionEpoch);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"(leader:{Leader},isr:{string.Join(',', Isr)},leaderEpoch:{LeaderEpoch},"
            + $"partitionEpoch:{PartitionEpoch},recovery:{RecoveryState})");
}
