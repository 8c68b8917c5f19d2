using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Admin;

/// <summary>A topic as it was made, or would be.</summary>
public sealed record TopicCreation(string Name, Uuid TopicId, IReadOnlyDictionary<int, ReplicaAssignment> Partitions)
{
    public int ReplicationFactor => Partitions[0].Replicas.Count;
}
