namespace ClassicBroker.ZooKeeper;

/// <summary>Deletes a childless znode of a version, or of any with <see cref="ZnodeVersion.Any"/>.</summary>
public sealed record DeleteOp(string Path, int Version) : ZooKeeperOp(Path);
