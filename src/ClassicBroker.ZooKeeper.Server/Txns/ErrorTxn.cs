using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A request that was refused; Apache ZooKeeper logs these, we only read them.</summary>
internal sealed record ErrorTxn(ZooKeeperError Error) : Txn(OpCode.Error);
