using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Topics;

/// <summary>A topic as <c>--describe</c> prints it, wherever that was learnt. Immutable.</summary>
internal sealed record TopicRow(string Name, Uuid Id, IReadOnlyList<PartitionDescription> Partitions)
{
    /// <summary>Configs that are not defaults, in the order to print them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Configs { get; init; } = [];

    public bool IsMarkedForDeletion { get; init; }

    /// <summary>Ids of live brokers where they are known; a partition led by another has no leader to speak of.</summary>
    public IReadOnlySet<int>? LiveBrokers { get; init; }

    /// <summary><c>min.insync.replicas</c> where known.</summary>
    public int? MinInsyncReplicas { get; init; }
}
