using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>Lets go of the oldest segments of a log. Threading: under the log's lock.</summary>
internal sealed class LogRetention(LogState log, LogRoller roller)
{
    /// <summary>Deletes what the rules allow; returns how many segments that was.</summary>
    public int DeleteOldSegments()
    {
        var deleted = Delete(RetentionPolicy.ByLogStart(log.Bounds.LogStart), "log start offset breach");
        var config = log.Config;
        if (!config.IsDeleted)
        {
            return deleted;
        }

        if (config.RetentionMs >= 0)
        {
            deleted += Delete(RetentionPolicy.ByTime(config.RetentionMs, log.NowMs), "log retention time breach");
        }

        var sizeInBytes = log.Segments.SizeInBytes();
        if (config.RetentionBytes >= 0 && sizeInBytes > config.RetentionBytes)
        {
            deleted += Delete(RetentionPolicy.BySize(config.RetentionBytes, sizeInBytes), "log retention size breach");
        }

        return deleted;
    }

    private int Delete(Func<LogSegment, long, bool> applies, string reason)
    {
        var deletable = RetentionPolicy.Deletable(log.Segments, log.Bounds.HighWatermark.Offset, log.LogEndOffset, applies);
        if (deletable.Count == 0)
        {
            return 0;
        }

        if (deletable.Count == log.Segments.Count)
        {
            roller.Roll(log.LogEndOffset);
        }

        log.Logger.LogInformation(
            "[UnifiedLog partition={Partition}] Deleting {Count} segments due to {Reason}", log.Partition, deletable.Count, reason);
        log.Segments = log.Segments.Without(deletable);
        log.Removal.Remove(deletable, log.Producers.Snapshots, log.Config.FileDeleteDelayMs);
        if (log.Segments.First.BaseOffset > log.Bounds.LogStart)
        {
            log.MoveLogStart(log.Segments.First.BaseOffset);
        }

        return deletable.Count;
    }
}
