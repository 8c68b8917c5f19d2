namespace ClassicBroker.Client;

/// <summary>An offset found by a timestamp, the timestamp of the record there, and its leader's epoch (-1 where unknown).</summary>
public readonly record struct OffsetAndTimestamp(long Offset, long TimestampMs, int LeaderEpoch);
