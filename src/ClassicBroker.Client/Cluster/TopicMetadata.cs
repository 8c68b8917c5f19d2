using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Cluster;

/// <summary>What metadata tells of one topic; partitions in order of their numbers. Immutable.</summary>
internal sealed record TopicMetadata(string Name, Uuid Id, ErrorCode Error, bool IsInternal, PartitionMetadata[] Partitions)
{
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
