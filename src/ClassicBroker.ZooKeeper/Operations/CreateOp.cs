namespace ClassicBroker.ZooKeeper;

/// <summary>Creates a znode; succeeds with its path. Null data is stored as null, not as empty.</summary>
public sealed record CreateOp(string Path, ReadOnlyMemory<byte>? Data, IReadOnlyList<ZnodeAcl> Acl, CreateMode Mode) : ZooKeeperOp(Path);
