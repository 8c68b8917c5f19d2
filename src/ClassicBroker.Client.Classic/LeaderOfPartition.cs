using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Classic;

/// <summary>Who leads a partition, and who could (<c>kafka.javaapi.PartitionMetadata</c>). Immutable.</summary>
/// <param name="Error">Why there is no leader; <see cref="ErrorCode.None"/> where there is one.</param>
/// <param name="LeaderId">The leader's broker id; -1 for none.</param>
/// <param name="LeaderHost">Where the leader listens; empty for none.</param>
/// <param name="LeaderPort">Where the leader listens.</param>
/// <param name="Replicas">Host and port of the live brokers that hold a replica: seeds for finding the next leader.</param>
public sealed record LeaderOfPartition(
    ErrorCode Error, int LeaderId, string LeaderHost, int LeaderPort, IReadOnlyList<(string Host, int Port)> Replicas);
