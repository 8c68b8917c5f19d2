namespace ClassicBroker.Cluster.Tests;

/// <summary>Whose ZooKeeper a test runs against.</summary>
public enum ZooKeeperKind
{
    Ours,
    Apache,
}
