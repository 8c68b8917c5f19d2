namespace ClassicBroker.Replication.Partitions;

/// <summary>How far a follower has come that is not in the ISR. A value.</summary>
/// <param name="LogEndOffset">The offset it asked for last.</param>
/// <param name="HighWatermark">The leader's.</param>
/// <param name="EpochStartOffset">Where the leader's log ended when it began to lead.</param>
public readonly record struct FollowerProgress(long LogEndOffset, long HighWatermark, long EpochStartOffset)
{
    /// <summary>
    /// Has it all that may be committed? Below the leader's epoch start it may lack records of the previous leader though the high
    /// watermark does not say so yet (KAFKA-7128).
    /// </summary>
    public bool IsComplete => LogEndOffset >= HighWatermark && LogEndOffset >= EpochStartOffset;
}
