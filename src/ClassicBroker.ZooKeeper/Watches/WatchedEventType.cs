namespace ClassicBroker.ZooKeeper;

/// <summary>What happened to a watched znode. Values are the wire's.</summary>
public enum WatchedEventType
{
    NodeCreated = 1,
    NodeDeleted = 2,
    NodeDataChanged = 3,
    NodeChildrenChanged = 4,
}
