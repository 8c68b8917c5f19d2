using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Cluster;

/// <summary>What metadata tells of one topic; partitions in order of their numbers. Immutable.</summary>
internal sealed record TopicMetadata(string Name, Uuid Id, ErrorCode Error, bool IsInternal, PartitionMetadata[] Partitions)
{
    /// <summary>
    /// True where to ask again is of no use, as Java's clients see it. All other errors may pass: a broker that has just started and knows
    /// no other broker yet even says INVALID_REPLICATION_FACTOR of a topic that exists, for it takes the topic for one to be created.
    /// </summary>
    public bool IsRefused => Error is ErrorCode.InvalidTopicException or ErrorCode.TopicAuthorizationFailed;

    /// <summary>The partition of a number; null where there is none, or metadata does not tell of it.</summary>
    public PartitionMetadata? Find(int partition)
    {
        if ((uint)partition < (uint)Partitions.Length && Partitions[partition].Partition == partition)
        {
            return Partitions[partition];
        }

        return Array.Find(Partitions, candidate => candidate.Partition == partition);
    }
}
