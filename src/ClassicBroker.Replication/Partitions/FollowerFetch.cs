namespace ClassicBroker.Replication.Partitions;

/// <summary>What a follower's fetch tells of the follower.</summary>
/// <param name="BrokerId">Which follower.</param>
/// <param name="Offset">The offset it asks for: it has all before that.</param>
/// <param name="LogStartOffset">Where its log starts; -1 where it does not say.</param>
/// <param name="BrokerEpoch">Its incarnation (KIP-903); -1 where it does not say.</param>
/// <param name="Connection">The connection the fetch came by, a number no other connection of this broker has.</param>
public readonly record struct FollowerFetch(int BrokerId, long Offset, long LogStartOffset, long BrokerEpoch, long Connection);
