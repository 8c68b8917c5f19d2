using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A version was looked at, inside a multi; changes nothing.</summary>
internal sealed record CheckTxn(string Path, int Version) : Txn(OpCode.Check);
