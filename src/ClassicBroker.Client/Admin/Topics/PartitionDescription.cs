namespace ClassicBroker.Client;

/// <summary>A partition as its cluster tells of it. Immutable.</summary>
public sealed record PartitionDescription
{
    /// <summary>Its number.</summary>
    public required int Partition { get; init; }

    /// <summary>Id of its leader; -1 where it has none.</summary>
    public required int Leader { get; init; }

    /// <summary>Epoch of the leader; -1 where unknown.</summary>
    public int LeaderEpoch { get; init; } = -1;

    /// <summary>Ids of its replicas, the preferred leader first.</summary>
    public required IReadOnlyList<int> Replicas { get; init; }

    /// <summary>Ids of those in sync.</summary>
    public required IReadOnlyList<int> Isr { get; init; }
}
