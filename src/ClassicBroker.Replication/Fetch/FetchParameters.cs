using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Fetch;

/// <summary>What a fetch asks as a whole.</summary>
/// <param name="ReplicaId">The follower that asks; -1 for consumers, -2 for debugging tools.</param>
/// <param name="ReplicaEpoch">The follower's broker epoch, -1 where it does not say.</param>
/// <param name="Connection">The connection it came by, a number no other connection of this broker has.</param>
/// <param name="MaxWaitMs">How long the fetch may wait for <paramref name="MinBytes"/>.</param>
/// <param name="MinBytes">Fewer are worth waiting for more.</param>
/// <param name="MaxBytes">The most the response may hold, one batch at least aside.</param>
/// <param name="Isolation">How far the requester may see.</param>
/// <param name="HardMaxBytes">True for requests before version 3, which take no batch larger than they asked for.</param>
/// <param name="OnlyLeader">False for consumers that may read from a follower (KIP-392).</param>
/// <param name="Client">Where such a consumer is; null for others.</param>
public readonly record struct FetchParameters(
    int ReplicaId,
    long ReplicaEpoch,
    long Connection,
    int MaxWaitMs,
    int MinBytes,
    int MaxBytes,
    FetchIsolation Isolation,
    bool HardMaxBytes,
    bool OnlyLeader,
    FetchClient? Client = null)
{
    public bool IsFollower => ReplicaId >= 0;
}
