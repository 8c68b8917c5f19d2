namespace ClassicBroker.Coordinator.Offsets;

/// <summary>A position a group committed for one partition. Immutable; small, because there are millions.</summary>
/// <param name="Offset">The next offset to consume.</param>
/// <param name="LeaderEpoch">The epoch of the last record consumed; <see cref="NoEpoch"/> where the client did not tell.</param>
/// <param name="Metadata">What the client added; never null.</param>
/// <param name="CommitTimestampMs">When it was committed.</param>
/// <param name="ExpireTimestampMs">When it ends, where an old client asked for that; <see cref="NoExpiration"/> otherwise.</param>
public readonly record struct CommittedOffset(
    long Offset, int LeaderEpoch, string Metadata, long CommitTimestampMs, long ExpireTimestampMs)
{
    public const int NoEpoch = -1;
    public const long NoExpiration = -1;
}
