using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.State;

/// <summary>One replica a StopReplica request names.</summary>
/// <param name="Partition">Which.</param>
/// <param name="LeaderEpoch">The epoch it was decided in, or one of the marks of old requests and of deletions.</param>
/// <param name="Delete">Whether its log goes too.</param>
internal readonly record struct ReplicaStop(TopicPartition Partition, int LeaderEpoch, bool Delete);
