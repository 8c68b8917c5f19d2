using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A znode's ACL is replaced; the ACL version is the new one.</summary>
internal sealed record SetAclTxn(string Path, IReadOnlyList<ZnodeAcl> Acl, int Aversion) : Txn(OpCode.SetAcl);
