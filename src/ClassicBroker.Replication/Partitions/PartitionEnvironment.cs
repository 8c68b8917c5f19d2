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

    /// <summary>Whether a broker is alive as far as this one knows: a dead one must not join the ISR.</summary>
    public required Func<int, bool> IsAlive { get; init; }

    public required IIsrChanges IsrChanges { get; init; }

    public required DelayedOperations Delayed { get; init; }

    /// <summary>Counts changes of ISRs.</summary>
    public IsrMetrics IsrMetrics { get; } = new();
}
