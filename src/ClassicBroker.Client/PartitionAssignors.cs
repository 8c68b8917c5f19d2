using ClassicBroker.Client.Consumer.Groups;

namespace ClassicBroker.Client;

/// <summary>The assignors of the Java consumer, by the names they have in a group.</summary>
public static class PartitionAssignors
{
    /// <summary>Topic by topic, neighbouring partitions to neighbouring members.</summary>
    public static IPartitionAssignor Range { get; } = new RangeAssignor();

    /// <summary>All partitions in turn.</summary>
    public static IPartitionAssignor RoundRobin { get; } = new RoundRobinAssignor();

    /// <summary>As even as can be, moving as little as can be (KIP-54).</summary>
    public static IPartitionAssignor Sticky { get; } = new StickyAssignor();

    /// <summary>As <see cref="Sticky"/>, without giving up what stays (KIP-429).</summary>
    public static IPartitionAssignor CooperativeSticky { get; } = new CooperativeStickyAssignor();

    /// <summary>Finds one by its name in a group or by its Java class, with or without the package; null where there is none.</summary>
    public static IPartitionAssignor? Find(string name) =>
        name[(name.LastIndexOf('.') + 1)..] switch
        {
            "RangeAssignor" or "range" => Range,
            "RoundRobinAssignor" or "roundrobin" => RoundRobin,
            "StickyAssignor" or "sticky" => Sticky,
            "CooperativeStickyAssignor" or "cooperative-sticky" => CooperativeSticky,
            _ => null,
        };
}
