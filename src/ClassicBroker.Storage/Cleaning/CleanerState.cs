using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Which logs are being cleaned, which cannot be, and which is next (Kafka's LogCleanerManager). Owned by the <see cref="LogCleaner"/>.
/// Threading: safe from any thread; its lock comes before those of the logs.
/// </summary>
internal sealed class CleanerState(Func<IReadOnlyList<PartitionLog>> logs, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<PartitionLog> _inProgress = [];
    private readonly HashSet<PartitionLog> _uncleanable = [];
    private long _lastRunMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private double _dirtiestRatio;
    private long _maxCompactionDelayMs;

    /// <summary>The largest cleanable ratio when logs were last looked at.</summary>
    public double DirtiestRatio => Volatile.Read(ref _dirtiestRatio);

    /// <summary>How long the log that had waited longest was overdue when logs were last looked at.</summary>
    public long MaxCompactionDelayMs => Volatile.Read(ref _maxCompactionDelayMs);

    public long SinceLastRunMs => NowMs - Volatile.Read(ref _lastRunMs);

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The log that needs cleaning most, reserved for the caller; null where none does.</summary>
    public LogToClean? Grab()
    {
        lock (_lock)
        {
            var nowMs = NowMs;
            Volatile.Write(ref _lastRunMs, nowMs);
            var current = logs();
            _uncleanable.IntersectWith(current);
            var dirty = current
                .Where(log => log.Config.IsCompacted && !_inProgress.Contains(log) && !_uncleanable.Contains(log))
                .Select(log => Look(log, nowMs))
                .Where(target => target is { TotalBytes: > 0 })
                .Select(target => target!)
                .ToList();
            Volatile.Write(ref _dirtiestRatio, dirty.Select(target => target.CleanableRatio).DefaultIfEmpty().Max());
            Volatile.Write(ref _maxCompactionDelayMs, dirty.Select(target => target.CompactionDelayMs).DefaultIfEmpty().Max());
            if (dirty.Where(target => target.IsDue).MaxBy(target => target.CleanableRatio) is not { } filthiest)
            {
                return null;
            }

            _inProgress.Add(filthiest.Log);
            return filthiest;
        }
    }

    /// <summary>A cleaning has ended, done or given up; the log is dirty from <paramref name="firstDirtyOffset"/> on.</summary>
    public void Done(LogToClean target, long firstDirtyOffset)
    {
        Note(target.Log, firstDirtyOffset, target.CutCount);
        lock (_lock)
        {
            _inProgress.Remove(target.Log);
        }
    }

    public void MarkUncleanable(PartitionLog log, Exception reason)
    {
        lock (_lock)
        {
            if (!_uncleanable.Add(log))
            {
                return;
            }
        }

        logger.LogWarning(
            reason,
            "Unexpected exception thrown when cleaning log {Log}. Marking its partition ({Partition}) as uncleanable",
            CleanerText.Of(log), log.Partition);
    }

    /// <summary>Logs that are compacted and whose old segments go, too.</summary>
    public List<PartitionLog> Deletable()
    {
        lock (_lock)
        {
            return [.. logs().Where(log => log.Config is { IsCompacted: true, IsDeleted: true } && !_inProgress.Contains(log))];
        }
    }

    /// <summary>How many logs of the directory cannot be cleaned.</summary>
    public int UncleanableCount(LogDirectory directory) => Uncleanable(directory).Count;

    /// <summary>How many bytes of the directory would be cleaned if they could be.</summary>
    public long UncleanableBytes(LogDirectory directory)
    {
        var bytes = 0L;
        foreach (var log in Uncleanable(directory))
        {
            try
            {
                var cutCount = log.Compaction.CutCount;
                bytes += LogToClean.Of(log, LogToClean.FirstDirty(log, Checkpointed(log)).Offset, cutCount, NowMs).CleanableBytes;
            }
            catch (Exception failure) when (failure is StorageException or Records.RecordsException)
            {
                // What makes the log uncleanable keeps it from being measured.
                logger.LogDebug("{Partition} cannot be measured: {Reason}", log.Partition, failure.Message);
            }
        }

        return bytes;
    }

    private List<PartitionLog> Uncleanable(LogDirectory directory)
    {
        lock (_lock)
        {
            _uncleanable.IntersectWith(logs());
            return [.. _uncleanable.Where(log => log.Directory == directory)];
        }
    }

    private static long? Checkpointed(PartitionLog log) => log.Directory.CleanerOffsets.Find(log.Partition);

    /// <summary>Null where the log cannot be looked at.</summary>
    private LogToClean? Look(PartitionLog log, long nowMs)
    {
        try
        {
            var cutCount = log.Compaction.CutCount;
            var checkpointed = Checkpointed(log);
            var (firstDirty, isReset) = LogToClean.FirstDirty(log, checkpointed);
            if (isReset)
            {
                Reset(log, checkpointed, firstDirty, cutCount);
            }

            return LogToClean.Of(log, firstDirty, cutCount, nowMs);
        }
        catch (Records.RecordsException damaged)
        {
            MarkUncleanable(log, damaged);
        }
        catch (Exception failure) when (failure is StorageException or ObjectDisposedException)
        {
            // It is going away, or its directory is; a disk that fails is met again by those who use the log.
            logger.LogDebug("{Partition} cannot be looked at: {Reason}", log.Partition, failure.Message);
        }

        return null;
    }

    private static void Note(PartitionLog log, long firstDirtyOffset, int cutCount) =>
        log.Directory.Attempt(() => log.NoteCleaned(firstDirtyOffset, cutCount));

    private void Reset(PartitionLog log, long? checkpointed, long firstDirty, int cutCount)
    {
        if (checkpointed > log.LogEndOffset)
        {
            logger.LogWarning(
                "The last checkpoint dirty offset for partition {Partition} is {Offset}, which is larger than the log end offset {LogEndOffset}. "
                + "Resetting to the log start offset {LogStartOffset}.",
                log.Partition, checkpointed, log.LogEndOffset, firstDirty);
        }
        else if (!log.Config.IsDeleted)
        {
            logger.LogWarning(
                "Resetting first dirty offset of {Partition} to log start offset {LogStartOffset} since the checkpointed offset {Offset} is invalid.",
                log.Partition, firstDirty, checkpointed);
        }

        Note(log, firstDirty, cutCount);
    }
}
