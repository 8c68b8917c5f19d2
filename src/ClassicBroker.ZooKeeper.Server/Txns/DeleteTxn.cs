using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A znode goes, by request or as an empty container.</summary>
internal sealed record DeleteTxn(OpCode Type, string Path) : Txn(Type);
