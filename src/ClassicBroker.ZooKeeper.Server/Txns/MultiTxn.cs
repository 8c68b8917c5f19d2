using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>Changes that happen together.</summary>
internal sealed record MultiTxn(IReadOnlyList<Txn> Txns) : Txn(OpCode.Multi);
