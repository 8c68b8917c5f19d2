using ClassicBroker.Platform;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Quotas;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Followers;

/// <summary>What all fetchers of a broker share. Immutable; safe from any thread.</summary>
public sealed record FollowerEnvironment
{
    public required FollowerSettings Settings { get; init; }

    /// <summary>Where fetchers and their connections live, in turn, given how many there are for each leader; one suffices.</summary>
    public required Func<int, IReadOnlyList<IEventLoop>> Loops { get; init; }

    /// <summary>Opens the way of a fetcher to a leader: its id, the fetcher's number, the fetcher's loop. Does not connect yet.</summary>
    public required Func<int, int, IEventLoop, ILeaderEndpoint> Open { get; init; }

    /// <summary>
    /// The epoch of this broker's registration, -1 before it is known: a leader lets no earlier life into the ISR (KIP-903).
    /// </summary>
    public required Func<long> BrokerEpoch { get; init; }

    /// <summary>Woken when a follower's high watermark moves: consumers may read from followers (KIP-392).</summary>
    public required DelayedOperations Delayed { get; init; }

    /// <summary>
    /// Where logs are synced before the leader is told that they have more (<c>durability=fsync</c>); null where it is told at once.
    /// </summary>
    public IExecutor? Syncs { get; init; }

    /// <summary>The limit on what followers fetch of throttled replicas; null for none.</summary>
    public ReplicationQuota? Quota { get; init; }

    /// <summary>Told of each append of a follower, for the broker's metrics.</summary>
    public Action<Partition, int>? Replicated { get; init; }

    public required ILogger Logger { get; init; }
}
