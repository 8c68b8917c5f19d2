namespace ClassicBroker.ZooKeeper;

/// <summary>A znode's ACL and stat.</summary>
public readonly record struct ZnodeAccess(IReadOnlyList<ZnodeAcl> Acl, ZnodeStat Stat);
