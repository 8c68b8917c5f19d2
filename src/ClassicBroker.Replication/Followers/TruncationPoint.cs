using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// Where a follower cuts its log after the leader told where an epoch ended there (KIP-101, KIP-279).
/// </summary>
/// <param name="Offset">Everything at or behind it goes.</param>
/// <param name="IsFinal">False where the epoch before has to be asked for next.</param>
internal readonly record struct TruncationPoint(long Offset, bool IsFinal)
{
    /// <summary>Decides by the leader's answer about the follower's latest epoch.</summary>
    /// <param name="leader">Where that epoch, or the largest below it, ended in the leader's log.</param>
    /// <param name="log">The follower's log.</param>
    /// <param name="initialOffset">The high watermark: where to cut when the leader knows of no such epoch.</param>
    public static TruncationPoint Of(EpochEndOffset leader, PartitionLog log, long initialOffset)
    {
        var logEnd = log.LogEndOffset;
        if (!leader.IsDefined)
        {
            return new(initialOffset, IsFinal: true);
        }

        if (!leader.Epoch.IsKnown)
        {
            // A leader of an old release tells no epoch.
            return new(Math.Min(leader.EndOffset, logEnd), IsFinal: true);
        }

        var own = log.EndOffsetForEpoch(leader.Epoch);
        if (!own.IsDefined)
        {
            return new(Math.Min(leader.EndOffset, logEnd), IsFinal: true);
        }

        return own.Epoch != leader.Epoch
            ? new(Math.Min(own.EndOffset, logEnd), IsFinal: false)
            : new(Math.Min(Math.Min(own.EndOffset, leader.EndOffset), logEnd), IsFinal: true);
    }
}
