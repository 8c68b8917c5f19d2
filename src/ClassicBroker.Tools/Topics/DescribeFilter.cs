namespace ClassicBroker.Tools.Topics;

/// <summary>Which partitions <c>--describe</c> reports.</summary>
internal enum DescribeFilter
{
    None,

    /// <summary>Fewer in-sync replicas than replicas.</summary>
    UnderReplicated,

    /// <summary>No leader.</summary>
    Unavailable,

    /// <summary>Fewer in-sync replicas than <c>min.insync.replicas</c>.</summary>
    UnderMinIsr,

    /// <summary>Exactly as many.</summary>
    AtMinIsr,

    /// <summary>Topics with configs of their own, without their partitions.</summary>
    TopicsWithOverrides,
}
