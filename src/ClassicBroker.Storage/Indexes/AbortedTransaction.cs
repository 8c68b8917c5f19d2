namespace ClassicBroker.Storage;

/// <summary>An entry of the transaction index: a transaction that was given up, and where its records and its marker lie.</summary>
/// <param name="ProducerId">Whose transaction it was.</param>
/// <param name="FirstOffset">Its first record in this partition.</param>
/// <param name="LastOffset">Its ABORT marker.</param>
/// <param name="LastStableOffset">The last stable offset once it was aborted.</param>
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);
