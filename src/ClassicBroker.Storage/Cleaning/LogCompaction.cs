using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// What a cleaner may see and change of one log. Threading: any thread looks; <see cref="Replace"/> comes under the log's lock.
/// <para>Failure: the new segment and the names of its files are durable before the old ones are renamed, those names before the new one
/// takes its place; a start finds either the old segments or the new one (<see cref="InterruptedCleaning"/>).</para>
/// </summary>
internal sealed class LogCompaction(LogState log)
{
    private static readonly string[] Suffixes =
    [
        LogFileNames.LogSuffix, LogFileNames.OffsetIndexSuffix, LogFileNames.TimeIndexSuffix, LogFileNames.TransactionIndexSuffix,
    ];

    public SegmentList Segments => log.Segments;

    /// <summary>Rises whenever the log is cut at its end.</summary>
    public int CutCount => log.CutCount;

    /// <summary>Can nothing of the log be read any more?</summary>
    public bool IsGone => log.AreFilesClosed || !log.Parent.IsOnline;

    /// <summary>Makes the files of a segment that is to take the place of others.</summary>
    public LogSegment CreateCleaned(long baseOffset)
    {
        foreach (var suffix in Suffixes)
        {
            log.Files.Files.DeleteFile(log.Files.File(LogFileNames.Of(baseOffset, suffix) + LogFileNames.CleanedSuffix));
        }

        return LogSegment.CreateCleaned(log.Files, baseOffset, log.Config, log.NowMs);
    }

    /// <summary>
    /// Makes the log of a cleaned segment and what finds offsets and times in it look last written then, as retention by time and later
    /// cleanings go by that.
    /// </summary>
    public void SetLastWriteTimeMs(LogSegment cleaned, long unixMs)
    {
        foreach (var suffix in Suffixes.Where(suffix => suffix != LogFileNames.TransactionIndexSuffix))
        {
            var name = LogFileNames.Of(cleaned.BaseOffset, suffix) + LogFileNames.CleanedSuffix;
            log.Files.Files.SetLastWriteTimeMs(log.Files.File(name), unixMs);
        }
    }

    /// <summary>The transactions that were aborted and touch [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public List<AbortedTransaction> CollectAborted(long from, long to)
    {
        var found = new List<AbortedTransaction>();
        var segments = log.Segments;
        for (var i = Math.Max(segments.FloorIndex(from), 0); i < segments.Count; i++)
        {
            if (segments[i].CollectAborted(from, to, found))
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The last record of every active producer.</summary>
    public Dictionary<long, LastProducerRecord> LastRecordsOfActiveProducers()
    {
        lock (log.Lock)
        {
            return log.Producers.LastRecords();
        }
    }

    /// <summary>Were the segments cut, deleted or replaced since the log had been cut <paramref name="cutCount"/> times?</summary>
    public bool HasChanged(IReadOnlyList<LogSegment> segments, int cutCount) =>
        log.CutCount != cutCount || !log.Segments.Contains(segments);

    /// <summary>Puts <paramref name="cleaned"/> in the place of the segments it was made of. Under the log's lock.</summary>
    /// <exception cref="LogCleaningAbortedException">They have changed meanwhile; nothing is replaced.</exception>
    /// <exception cref="StorageException">The disk failed.</exception>
    public void Replace(IReadOnlyList<LogSegment> replaced, LogSegment cleaned, int cutCount)
    {
        if (HasChanged(replaced, cutCount))
        {
            throw new LogCleaningAbortedException($"the segments of {log.Partition} from {cleaned.BaseOffset} on have changed");
        }

        cleaned.ChangeSuffix(LogFileNames.SwapSuffix);
        log.Files.SyncEntries();
        var snapshots = new List<string>();
        foreach (var segment in replaced)
        {
            segment.MarkDeleted();
            if (segment.BaseOffset != cleaned.BaseOffset && log.Producers.Snapshots.MarkDeleted(segment.BaseOffset) is { } snapshot)
            {
                snapshots.Add(snapshot);
            }
        }

        log.Files.SyncEntries();
        cleaned.ChangeSuffix(string.Empty);
        log.Segments = log.Segments.Replacing(replaced, cleaned);
        log.Files.SyncEntries();
        log.Removal.DeleteLater(replaced, snapshots, log.Config.FileDeleteDelayMs);
    }
}
