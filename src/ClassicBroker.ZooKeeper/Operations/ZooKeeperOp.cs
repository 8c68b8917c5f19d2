namespace ClassicBroker.ZooKeeper;

/// <summary>One operation of a multi: all of them happen, as one transaction, or none.</summary>
public abstract record ZooKeeperOp(string Path);
