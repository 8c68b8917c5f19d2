namespace ClassicBroker.Metadata;

/// <summary>
/// What the state znode of a partition holds: leadership, and the epoch of the controller that last decided it. Equal to another by that
/// alone.
/// </summary>
public sealed record PartitionState(LeaderAndIsr LeaderAndIsr, int ControllerEpoch)
{
    /// <summary>Where in ZooKeeper's history it was written; the largest number for one that was not read from there.</summary>
    public long Mzxid { get; init; } = long.MaxValue;

    public bool Equals(PartitionState? other) =>
        other is not null && ControllerEpoch == other.ControllerEpoch && LeaderAndIsr == other.LeaderAndIsr;

    public override int GetHashCode() => LeaderAndIsr.GetHashCode() ^ ControllerEpoch;
}
