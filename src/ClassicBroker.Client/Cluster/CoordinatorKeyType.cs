namespace ClassicBroker.Client.Cluster;

/// <summary>What a coordinator is asked for by: the key types of FindCoordinator.</summary>
internal enum CoordinatorKeyType : sbyte
{
    Group = 0,
    Transaction = 1,
}
