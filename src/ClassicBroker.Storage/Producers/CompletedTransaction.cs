namespace ClassicBroker.Storage;

/// <summary>A transaction whose marker has been appended.</summary>
internal readonly record struct CompletedTransaction(long ProducerId, long FirstOffset, long LastOffset, bool IsAborted);
