namespace ClassicBroker.ZooKeeper.Server.Tree;

/// <summary>Whether a watch goes with its first event (ZOOKEEPER-1416 brought the other two).</summary>
internal enum WatchKind
{
    Standard,
    Persistent,

    /// <summary>Hears of the znode and all below it, but not of children as such.</summary>
    PersistentRecursive,
}
