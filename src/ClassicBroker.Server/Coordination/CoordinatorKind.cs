namespace ClassicBroker.Server.Coordination;

/// <summary>What a coordinator coordinates, by its number in FindCoordinator.</summary>
public enum CoordinatorKind : sbyte
{
    Group = 0,
    Transaction = 1,

    /// <summary>Share groups (KIP-932), which a ZooKeeper-mode broker does not have.</summary>
    Share = 2,
}
