namespace ClassicBroker.Metadata;

/// <summary>What the state znode of a partition holds: leadership, and the epoch of the controller that last decided it.</summary>
public sealed record PartitionState(LeaderAndIsr LeaderAndIsr, int ControllerEpoch)
{
    /// <summary>Where in ZooKeeper's history it was written; the largest number for one that was not read from there.</summary>
    public long Mzxid { get; init; } = long.MaxValue;
}
