namespace ClassicBroker.Replication.Sessions;

/// <summary>
/// The session's side of what one partition answers: what decides whether an incremental response mentions it (KIP-227).
/// </summary>
/// <param name="RecordsBytes">Bytes of records returned.</param>
/// <param name="HighWatermark">As returned; -1 with an error.</param>
/// <param name="LogStartOffset">As returned; -1 with an error.</param>
/// <param name="MustMention">True with an error or a diverging epoch: the partition is mentioned again once it is over.</param>
public readonly record struct FetchSessionStep(
    int RecordsBytes,
    long HighWatermark,
    long LogStartOffset,
    bool MustMention);
