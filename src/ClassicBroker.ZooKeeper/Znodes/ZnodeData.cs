namespace ClassicBroker.ZooKeeper;

/// <summary>
/// A znode's data, which ZooKeeper tells from no data at all: <see cref="Stored"/> is null where a znode was written with null, as Kafka
/// writes those that only hold children. The array belongs to the receiver.
/// </summary>
public readonly record struct ZnodeData(byte[]? Stored, ZnodeStat Stat)
{
    /// <summary>What is stored, for readers to which null is as good as empty.</summary>
    public byte[] Data => Stored ?? [];
}
