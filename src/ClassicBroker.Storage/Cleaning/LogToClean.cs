using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>A log with the sections a cleaning of it would go by, as they were when it was looked at (Kafka's LogToClean).</summary>
/// <param name="Log">The log.</param>
/// <param name="FirstDirtyOffset">Where the section begins that has not been cleaned.</param>
/// <param name="FirstUncleanableOffset">Where the section begins that may not be cleaned yet: always a segment's base.</param>
/// <param name="CleanBytes">Bytes of the segments that begin before the dirty section.</param>
/// <param name="CleanableBytes">Bytes of the segments that may be cleaned.</param>
/// <param name="CompactionDelayMs">How long <c>max.compaction.lag.ms</c> has passed.</param>
/// <param name="CutCount">How often the log had been cut: with another cut none of this holds any more.</param>
internal sealed record LogToClean(
    PartitionLog Log,
    long FirstDirtyOffset,
    long FirstUncleanableOffset,
    long CleanBytes,
    long CleanableBytes,
    long CompactionDelayMs,
    int CutCount)
{
    public long TotalBytes => CleanBytes + CleanableBytes;

    public double CleanableRatio => TotalBytes == 0 ? 0 : (double)CleanableBytes / TotalBytes;

    /// <summary>Is it dirty enough, or has its oldest dirty record waited too long?</summary>
    public bool IsDue => (CompactionDelayMs > 0 && CleanableBytes > 0) || CleanableRatio > Log.Config.MinCleanableDirtyRatio;

    /// <summary>Where the log's dirty section begins, and whether the checkpoint says something that cannot be.</summary>
    public static (long Offset, bool IsReset) FirstDirty(PartitionLog log, long? checkpointed)
    {
        var offset = checkpointed ?? log.LogStartOffset;
        return offset < log.LogStartOffset || offset > log.LogEndOffset ? (log.LogStartOffset, true) : (offset, false);
    }

    /// <param name="cutCount">As it was before the first dirty offset was found out.</param>
    public static LogToClean Of(PartitionLog log, long firstDirtyOffset, int cutCount, long nowMs)
    {
        var (segments, config) = (log.Compaction.Segments, log.Config);
        var active = segments.Active.BaseOffset;
        var uncleanable = Math.Min(log.LastStableOffset, active);
        var dirty = segments.Covering(firstDirtyOffset, active);
        if (config.MinCompactionLagMs > 0)
        {
            foreach (var segment in dirty)
            {
                if (segment.LargestTimestamp > nowMs - config.MinCompactionLagMs)
                {
                    uncleanable = Math.Min(uncleanable, segment.BaseOffset);
                    break;
                }
            }
        }

        uncleanable = Math.Max(firstDirtyOffset, uncleanable);
        var firstUncleanable = segments.Covering(uncleanable, active) is { Count: > 0 } rest ? rest[0].BaseOffset : active;
        return new(
            log,
            firstDirtyOffset,
            firstUncleanable,
            SizeOf(segments.Covering(0, firstDirtyOffset)),
            SizeOf(segments.Covering(Math.Min(firstDirtyOffset, firstUncleanable), firstUncleanable)),
            CompactionDelay(dirty, config, nowMs),
            cutCount);
    }

    private static long CompactionDelay(ArraySegment<LogSegment> dirty, LogConfig config, long nowMs)
    {
        if (config.MaxCompactionLagMs >= nowMs)
        {
            return 0;
        }

        var earliest = long.MaxValue;
        foreach (var segment in dirty)
        {
            earliest = FirstBatchTimestamp(segment) is > 0 and var timestamp ? Math.Min(earliest, timestamp) : earliest;
        }

        return Math.Max(nowMs - config.MaxCompactionLagMs - earliest, 0);
    }

    private static long FirstBatchTimestamp(LogSegment segment)
    {
        using var scanner = segment.ScanFrom(0, BatchScanner.HeaderWindow);
        return scanner.MoveNext() ? scanner.Current.MaxTimestamp : RecordFormat.NoTimestamp;
    }

    private static long SizeOf(ArraySegment<LogSegment> segments)
    {
        var size = 0L;
        foreach (var segment in segments)
        {
            size += segment.Size;
        }

        return size;
    }
}
