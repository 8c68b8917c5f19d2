using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Fetch;

/// <summary>What a fetch asks of one partition. The topic's name is null where the request gave an id this broker does not know.</summary>
/// <param name="Id">The partition.</param>
/// <param name="FetchOffset">Where to read from; a follower has all before it.</param>
/// <param name="MaxBytes">The most this partition may return, one batch at least aside.</param>
/// <param name="LogStartOffset">The follower's own, -1 for consumers.</param>
/// <param name="CurrentLeaderEpoch">The leader epoch the requester believes in (KIP-320); unknown skips the check.</param>
/// <param name="LastFetchedEpoch">The epoch of the requester's last record, for the divergence check (KIP-595).</param>
public readonly record struct FetchPartition(
    TopicIdPartition Id,
    long FetchOffset,
    int MaxBytes,
    long LogStartOffset,
    LeaderEpoch CurrentLeaderEpoch,
    LeaderEpoch LastFetchedEpoch)
{
    public TopicPartition TopicPartition => Id.TopicPartition;
}
