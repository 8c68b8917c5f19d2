namespace ClassicBroker.ZooKeeper;

/// <summary>Fails the multi unless the znode exists in this version; with <see cref="ZnodeVersion.Any"/> existence will do.</summary>
public sealed record CheckOp(string Path, int Version) : ZooKeeperOp(Path);
