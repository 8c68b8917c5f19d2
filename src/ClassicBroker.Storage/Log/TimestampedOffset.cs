using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>A record found by its time: what ListOffsets answers.</summary>
public readonly record struct TimestampedOffset(long Timestamp, long Offset, LeaderEpoch LeaderEpoch);
