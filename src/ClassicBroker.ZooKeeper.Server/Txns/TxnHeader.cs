namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>Who made a transaction, and its place in the order of all.</summary>
internal readonly record struct TxnHeader(long SessionId, int Xid, long Zxid, long TimeMs);
