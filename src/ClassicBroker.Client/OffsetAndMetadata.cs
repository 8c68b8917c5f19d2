namespace ClassicBroker.Client;

/// <summary>A position to commit, or one that was. Immutable.</summary>
/// <param name="Offset">The next offset to consume.</param>
/// <param name="LeaderEpoch">The epoch of the last record consumed; -1 where it is not known.</param>
/// <param name="Metadata">What the application adds.</param>
public readonly record struct OffsetAndMetadata(long Offset, int LeaderEpoch = -1, string Metadata = "");
