using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Images;

/// <summary>
/// A topic and its partitions, ascending. <see cref="Id"/> is <see cref="Uuid.Zero"/> where the cluster has no topic ids.
/// </summary>
public sealed class TopicImage
{
    private readonly PartitionImage[] _partitions;

    internal TopicImage(string name, Uuid id, PartitionImage[] partitionsAscending)
    {
        Name = name;
        Id = id;
        _partitions = partitionsAscending;
    }

    public string Name { get; }

    public Uuid Id { get; }

    public ReadOnlySpan<PartitionImage> Partitions => _partitions;

    /// <summary>Null where the partition is unknown.</summary>
    public PartitionImage? Partition(int partition)
    {
        // Partitions are numbered from 0 without gaps but for the moments in which only some of a new topic's are known.
        if ((uint)partition < (uint)_partitions.Length && _partitions[partition].Partition == partition)
        {
            return _partitions[partition];
        }

        foreach (var candidate in _partitions)
        {
            if (candidate.Partition == partition)
            {
                return candidate;
            }
        }

        return null;
    }
}
