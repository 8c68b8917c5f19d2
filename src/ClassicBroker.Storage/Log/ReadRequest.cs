namespace ClassicBroker.Storage;

/// <summary>What one reader asks of a log.</summary>
internal readonly record struct ReadRequest(long FetchOffset, int MaxBytes, FetchIsolation Isolation, bool MinOneMessage, bool MayBlock);
