using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Topics;

/// <summary>A topic as <c>--describe</c> prints it, wherever that was learnt. Immutable.</summary>
internal sealed record TopicRow(string Name, Uuid Id, IReadOnlyList<PartitionDescription> Partitions)
{
    /// <summary>Configs that are not defaults, in the order to print them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Configs { get; init; } = [];

    public bool IsMarkedForDeletion { get; init; }

    /// <summary>Partitions on their way to other brokers, by number; none where that is unknown.</summary>
    public IReadOnlyDictionary<int, PartitionReassignment> Reassignments { get; init; } = new Dictionary<int, PartitionReassignment>();

    /// <summary>Ids of live brokers where they are known; a partition led by another has no leader to speak of.</summary>
    public IReadOnlySet<int>? LiveBrokers { get; init; }

    /// <summary><c>min.insync.replicas</c> where known.</summary>
    public int? MinInsyncReplicas { get; init; }

    /// <summary>How many replicas a partition has when nothing is being moved: those on their way in do not count yet.</summary>
    public int ReplicationFactor(PartitionDescription partition) =>
        Reassignments.TryGetValue(partition.Partition, out var move) ? move.Replicas.Count - move.Adding.Count : partition.Replicas.Count;
}
