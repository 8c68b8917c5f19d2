namespace ClassicBroker.Client;

/// <summary>A topic to create: by count, or by the brokers of each partition. Immutable.</summary>
/// <param name="Name">Its name: letters, digits, dot, underscore and dash, 249 at most.</param>
public sealed record NewTopic(string Name)
{
    /// <summary>How many partitions; null for the brokers' <c>num.partitions</c>.</summary>
    public int? Partitions { get; init; }

    /// <summary>Replicas of each; null for the brokers' <c>default.replication.factor</c>.</summary>
    public short? ReplicationFactor { get; init; }

    /// <summary>Brokers of each partition, the preferred leader first; in place of the two counts.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Assignments { get; init; }

    /// <summary>Configs that differ from the brokers'.</summary>
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>();
}
