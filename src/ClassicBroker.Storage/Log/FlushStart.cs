namespace ClassicBroker.Storage;

/// <summary>What a <see cref="LogFlush"/> knew when a sync began; a truncation since makes its outcome worthless.</summary>
internal readonly record struct FlushStart(long From, int Truncations, int NewFiles);
