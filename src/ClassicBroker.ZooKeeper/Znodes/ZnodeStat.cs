namespace ClassicBroker.ZooKeeper;

/// <summary>What ZooKeeper keeps about a znode beside its data.</summary>
/// <param name="Czxid">Transaction that created the znode; Kafka's broker epoch.</param>
/// <param name="Mzxid">Transaction that last set its data.</param>
/// <param name="CtimeMs">When it was created, by the leader's clock.</param>
/// <param name="MtimeMs">When its data was last set.</param>
/// <param name="Version">Times its data was set; what Kafka calls zkVersion.</param>
/// <param name="Cversion">Times a child came or went.</param>
/// <param name="Aversion">Times its ACL was set.</param>
/// <param name="EphemeralOwner">Session that owns it, 0 for persistent znodes.</param>
/// <param name="DataLength">Bytes of data.</param>
/// <param name="ChildCount">Children it has.</param>
/// <param name="Pzxid">Transaction that last created or deleted a child.</param>
public readonly record struct ZnodeStat(
    long Czxid,
    long Mzxid,
    long CtimeMs,
    long MtimeMs,
    int Version,
    int Cversion,
    int Aversion,
    long EphemeralOwner,
    int DataLength,
    int ChildCount,
    long Pzxid);
