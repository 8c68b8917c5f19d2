namespace ClassicBroker.Coordinator.Groups;

/// <summary>How many groups and offsets a broker coordinates, under the names of Kafka's gauges. Immutable.</summary>
public sealed record GroupCounts
{
    public int NumGroups { get; init; }

    public int NumOffsets { get; init; }

    public int NumGroupsPreparingRebalance { get; init; }

    public int NumGroupsCompletingRebalance { get; init; }

    public int NumGroupsStable { get; init; }

    public int NumGroupsDead { get; init; }

    public int NumGroupsEmpty { get; init; }
}
