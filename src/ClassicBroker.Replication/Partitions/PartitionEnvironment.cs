using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Partitions;

/// <summary>
/// What every <see cref="Partition"/> of a broker shares. Made once by the <see cref="ReplicaManager"/>; safe from any thread.
/// </summary>
public sealed class PartitionEnvironment
{
    public required BrokerId LocalBrokerId { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary><c>replica.lag.time.max.ms</c> as it is now.</summary>
    public required Func<long> ReplicaLagTimeMaxMs { get; init; }

    /// <summary><c>replica.lag.max.messages</c>; the largest number where it is not set.</summary>
    public long ReplicaLagMaxMessages { get; init; } = long.MaxValue;

    /// <summary>Does a replica count as having records only once they are on its disk (<c>durability=fsync</c>)?</summary>
    public bool SyncsBeforeAcknowledging { get; init; }

    /// <summary>
    /// How long a follower in sync may be silent before another broker may lead, as far as refusals go that producers cannot bear.
    /// </summary>
    public long FollowerSilenceMaxMs { get; init; } = 2_000;

    /// <inheritdoc cref="ReplicationSettings.Stands"/>
    public Func<long, bool> Stands { get; init; } = _ => true;

    /// <summary>Whether a broker is alive as far as this one knows: a dead one must not join the ISR.</summary>
    public required Func<int, bool> IsAlive { get; init; }

    /// <inheritdoc cref="ReplicationSettings.MayJoinIsr"/>
    public Func<FollowerProgress, bool> MayJoinIsr { get; init; } = ReplicationSettings.IsComplete;

    public required IIsrChanges IsrChanges { get; init; }

    public required DelayedOperations Delayed { get; init; }

    /// <summary>Counts changes of ISRs.</summary>
    public IsrMetrics IsrMetrics { get; } = new();
}
