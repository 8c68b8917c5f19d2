using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A znode comes into being; sequential names are final here, and the parent's count of creations is the one after it.</summary>
internal sealed record CreateTxn(OpCode Type, string Path, byte[]? Data, IReadOnlyList<ZnodeAcl> Acl, long Owner, int ParentCreateCount)
    : Txn(Type);
