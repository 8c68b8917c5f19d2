using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A session begins.</summary>
internal sealed record CreateSessionTxn(int TimeoutMs) : Txn(OpCode.CreateSession);
