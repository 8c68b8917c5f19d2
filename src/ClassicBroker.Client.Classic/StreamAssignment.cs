namespace ClassicBroker.Client.Classic;

/// <summary>How a group of 0.8 shares its partitions out, <c>partition.assignment.strategy</c>. All members are to agree.</summary>
public enum StreamAssignment
{
    /// <summary>Topic by topic: neighbouring partitions for each stream.</summary>
    Range,

    /// <summary>All partitions of all topics in turn, in an order that mixes the topics.</summary>
    RoundRobin,
}
