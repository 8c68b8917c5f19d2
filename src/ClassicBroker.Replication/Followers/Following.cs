using ClassicBroker.Primitives;
using ClassicBroker.Replication.Partitions;

namespace ClassicBroker.Replication.Followers;

/// <summary>A replica that is to be filled from a leader, as a LeaderAndIsr decided.</summary>
/// <param name="Partition">The replica itself: one of a topic of the same name made later is another.</param>
/// <param name="TopicId">Zero where the cluster has no topic ids.</param>
/// <param name="Leader">The broker to fetch from.</param>
/// <param name="LeaderEpoch">The epoch in which it leads.</param>
public readonly record struct Following(Partition Partition, Uuid TopicId, int Leader, LeaderEpoch LeaderEpoch);
