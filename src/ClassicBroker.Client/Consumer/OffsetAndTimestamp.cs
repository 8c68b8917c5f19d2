namespace ClassicBroker.Client;

/// <summary>An offset found by a timestamp.</summary>
/// <param name="Offset">The offset; -1 where no record matches.</param>
/// <param name="TimestampMs">The timestamp of the record there, milliseconds since 1970; -1 where the brokers do not tell.</param>
/// <param name="LeaderEpoch">Epoch of the leader that wrote it; -1 where unknown.</param>
public readonly record struct OffsetAndTimestamp(long Offset, long TimestampMs, int LeaderEpoch);
