namespace ClassicBroker.Replication.Selection;

/// <summary>A replica a consumer may be sent to (KIP-392), as the leader sees it.</summary>
/// <param name="BrokerId">Whose replica it is.</param>
/// <param name="LogEndOffset">How far it has come.</param>
/// <param name="SinceCaughtUpMs">How long ago it had all the leader had.</param>
public readonly record struct ReplicaView(int BrokerId, long LogEndOffset, long SinceCaughtUpMs);
