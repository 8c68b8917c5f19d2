namespace ClassicBroker.Coordinator.Offsets;

/// <summary>A committed offset and where its batch lies in the log, which tells the newer of two. Immutable.</summary>
internal readonly record struct StoredOffset(CommittedOffset Value, long BatchOffset);
