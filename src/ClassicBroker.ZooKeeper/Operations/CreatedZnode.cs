namespace ClassicBroker.ZooKeeper;

/// <summary>A znode just created; the path includes the number of a sequential one.</summary>
public readonly record struct CreatedZnode(string Path, ZnodeStat Stat);
