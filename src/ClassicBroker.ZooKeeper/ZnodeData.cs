namespace ClassicBroker.ZooKeeper;

/// <summary>A znode's data; the array belongs to the receiver. Data stored as null reads as empty.</summary>
public readonly record struct ZnodeData(byte[] Data, ZnodeStat Stat);
