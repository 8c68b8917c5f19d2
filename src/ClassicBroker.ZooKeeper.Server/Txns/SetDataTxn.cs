using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Server.Txns;

/// <summary>A znode's data is replaced; the version is the new one.</summary>
internal sealed record SetDataTxn(string Path, byte[]? Data, int Version) : Txn(OpCode.SetData);
