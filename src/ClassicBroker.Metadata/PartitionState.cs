namespace ClassicBroker.Metadata;

/// <summary>What the state znode of a partition holds: leadership, and the epoch of the controller that last decided it.</summary>
public sealed record PartitionState(LeaderAndIsr LeaderAndIsr, int ControllerEpoch);
