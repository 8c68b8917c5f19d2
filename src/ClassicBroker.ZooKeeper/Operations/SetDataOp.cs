namespace ClassicBroker.ZooKeeper;

/// <summary>
/// Sets a znode's data where it has the version, or any with <see cref="ZnodeVersion.Any"/>; succeeds with the new stat. Null data is
/// stored as null, not as empty.
/// </summary>
public sealed record SetDataOp(string Path, ReadOnlyMemory<byte>? Data, int Version) : ZooKeeperOp(Path);
