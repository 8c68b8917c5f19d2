using ClassicBroker.Primitives;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Quotas;

namespace ClassicBroker.Replication;

/// <summary>The broker keys replication lives by. Immutable.</summary>
public sealed record ReplicationSettings
{
    public required BrokerId BrokerId { get; init; }

    /// <summary><c>replica.lag.time.max.ms</c>.</summary>
    public long ReplicaLagTimeMaxMs { get; init; } = 30_000;

    /// <summary>
    /// The classic <c>replica.lag.max.messages</c>: a follower that lacks more records leaves the ISR. The largest number where it is not
    /// set.
    /// </summary>
    public long ReplicaLagMaxMessages { get; init; } = long.MaxValue;

    /// <summary>
    /// <c>durability=fsync</c>: records are acknowledged, and shown to consumers, once they are on the disks of the replicas that count.
    /// </summary>
    public bool SyncsBeforeAcknowledging { get; init; }

    /// <summary>
    /// How long a follower in sync that fetches as <c>replica.fetch.wait.max.ms</c> says may seem silent; beyond that, another broker may
    /// lead.
    /// </summary>
    public long FollowerSilenceMaxMs { get; init; } = 2_000;

    /// <summary>
    /// Does what a controller decided for that registration of this broker, -1 for one unknown, stand for certain? Not once the broker's
    /// session with the cluster may have ended: another broker may lead. Any thread.
    /// </summary>
    public Func<long, bool> Stands { get; init; } = _ => true;

    /// <summary>May a follower join the ISR that has come so far? Any thread.</summary>
    public Func<FollowerProgress, bool> MayJoinIsr { get; init; } = IsComplete;

    /// <summary>Do consumers that tell their rack read from a replica there (<c>replica.selector.class</c>, KIP-392)?</summary>
    public bool SelectsReplicasByRack { get; init; }

    /// <summary>The limit on what leaders send to throttled replicas; null for none.</summary>
    public ReplicationQuota? LeaderQuota { get; init; }

    /// <summary><c>producer.purgatory.purge.interval.requests</c>.</summary>
    public int ProducerPurgatoryPurgeIntervalRequests { get; init; } = 1000;

    /// <summary><c>fetch.purgatory.purge.interval.requests</c>.</summary>
    public int FetchPurgatoryPurgeIntervalRequests { get; init; } = 1000;

    /// <summary><c>delete.records.purgatory.purge.interval.requests</c>.</summary>
    public int DeleteRecordsPurgatoryPurgeIntervalRequests { get; init; } = 1;

    /// <summary>It may once it has all that may be committed.</summary>
    public static bool IsComplete(FollowerProgress follower) => follower.IsComplete;
}
