using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Topics;

/// <summary>What the command line of <c>kafka-topics.sh</c> asks for. Immutable.</summary>
internal sealed record TopicRequest
{
    /// <summary>The word behind <c>--topic</c>: a name to create, a pattern otherwise.</summary>
    public string? Topic { get; init; }

    /// <summary>The id behind <c>--topic-id</c>; it beats a name.</summary>
    public Uuid? TopicId { get; init; }

    public int? Partitions { get; init; }

    public int? ReplicationFactor { get; init; }

    /// <summary>Brokers of each partition, from partition 0 on; null where <c>--replica-assignment</c> is absent.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Assignment { get; init; }

    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> DeletedConfigs { get; init; } = [];

    public bool IfExists { get; init; }

    public bool IfNotExists { get; init; }

    public bool ExcludeInternal { get; init; }

    public bool IsRackAware { get; init; } = true;
}
