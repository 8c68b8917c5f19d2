namespace ClassicBroker.Storage;

/// <summary>A transaction that holds the last stable offset back: not ended, or ended by a marker not all replicas have.</summary>
/// <param name="ProducerId">Whose it is.</param>
/// <param name="First">Where it began.</param>
/// <param name="LastOffset">Its marker; -1 where there is none yet.</param>
internal readonly record struct OngoingTransaction(long ProducerId, LogOffset First, long LastOffset);
