using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata;

/// <summary>
/// What the znode of a topic holds: its id (KIP-516; <see cref="Uuid.Zero"/> where it has none) and the replicas of its partitions.
/// </summary>
public sealed record TopicAssignment(Uuid TopicId, IReadOnlyDictionary<int, ReplicaAssignment> Partitions);
