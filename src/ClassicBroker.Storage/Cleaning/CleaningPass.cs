using ClassicBroker.Platform;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// One cleaning of one log (Kafka's Cleaner): notes the last offset of each key of the dirty section in the map, then copies the segments
/// without what the map makes superfluous. Runs in steps, so that its owner can pause it; disposing what <see cref="Run"/> returned gives
/// it up. Threading: one thread at a time.
/// <para>Failure: until a group of segments is swapped in, the log is as it was; given up, the pass removes what it was writing.</para>
/// </summary>
internal sealed class CleaningPass(
    int cleanerId, LogToClean target, OffsetMap map, int bufferBytes, StorageEnvironment environment, ILogger logger)
{
    private readonly PartitionLog _log = target.Log;
    private readonly long _nowMs = environment.Time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly int _bufferBytes = Math.Max(bufferBytes, BatchScanner.HeaderWindow);
    private BatchScanner _scanner;
    private IReadOnlyList<LogSegment> _reading = [];

    public LogToClean Target => target;

    /// <summary>Where the dirty section begins once the pass is done.</summary>
    public long EndOffset { get; private set; } = target.FirstDirtyOffset;

    public CleanerStatistics Statistics { get; } = new(environment.Time.MonotonicMs());

    /// <summary>Has the log been cut, or a segment the pass reads been deleted, since it began?</summary>
    public bool HasLogChanged => _log.Compaction.HasChanged(_reading, target.CutCount);

    private string Name => _log.Partition.ToString();

    /// <summary>Cleans, a step at a time; each tells the bytes it has read and written.</summary>
    /// <exception cref="LogCleaningAbortedException">The log has changed or is not to be cleaned any more.</exception>
    /// <exception cref="LogCleaningException">What is stored is no batch.</exception>
    /// <exception cref="RecordsException">A batch is damaged.</exception>
    public IEnumerable<int> Run()
    {
        var clean = _log.Compaction.Segments.Covering(0, target.FirstDirtyOffset);
        var legacyHorizonMs = clean.Count == 0 ? 0 : clean[^1].LastWriteTimeMs - _log.Config.DeleteRetentionMs;
        logger.LogInformation("Cleaner {Id}: Beginning cleaning of log {Log}", cleanerId, Name);
        logger.LogInformation("Cleaner {Id}: Building offset map for {Log}...", cleanerId, Name);
        foreach (var moved in BuildMap())
        {
            yield return moved;
        }

        var end = Math.Max(map.LatestOffset + 1, target.FirstDirtyOffset);
        Statistics.EndIndexing(environment.Time.MonotonicMs());
        var segments = _log.Compaction.Segments.Covering(0, end);
        logger.LogInformation(
            "Cleaner {Id}: Cleaning log {Log} (cleaning prior to {Prior}, discarding tombstones prior to upper bound deletion horizon {Horizon})...",
            cleanerId, Name, CleanerText.Date(LastWriteBefore(target.FirstUncleanableOffset)), CleanerText.Date(legacyHorizonMs));
        var transactions = new CleanedTransactions();
        using var filter = new BatchFilter(_log, map, transactions, Statistics, _nowMs, logger);
        foreach (var group in SegmentGroups.Of(segments, _log.Config, target.FirstUncleanableOffset))
        {
            foreach (var moved in CleanGroup(group, filter, transactions, legacyHorizonMs))
            {
                yield return moved;
            }
        }

        EndOffset = end;
        Statistics.BufferUtilization = map.Utilization;
        Statistics.End(environment.Time.MonotonicMs());
    }

    private long LastWriteBefore(long offset) =>
        _log.Compaction.Segments.Covering(0, offset) is { Count: > 0 } all ? all[^1].LastWriteTimeMs : 0;

    private IEnumerable<int> BuildMap()
    {
        var (start, end) = (target.FirstDirtyOffset, target.FirstUncleanableOffset);
        var dirty = _log.Compaction.Segments.Covering(start, end);
        map.Clear(target.CleanableBytes);
        logger.LogInformation(
            "Cleaner {Id}: Building offset map for log {Log} for {Count} segments in offset range [{Start}, {End}).",
            cleanerId, Name, dirty.Count, start, end);
        var transactions = new CleanedTransactions();
        transactions.Add(_log.Compaction.CollectAborted(start, end));
        for (var i = 0; i < dirty.Count; i++)
        {
            var isFull = false;
            _reading = [dirty[i]];
            _scanner = dirty[i].ScanFrom((int)(dirty[i].FindBatch(start)?.Position ?? dirty[i].Size), _bufferBytes);
            try
            {
                for (var more = true; more && !isFull;)
                {
                    RequireCleanable();
                    var from = _scanner.Position;
                    more = MapSome(dirty[i], start, transactions, ref isFull);
                    Statistics.MapBytesRead += _scanner.Position - from;
                    yield return _scanner.Position - from;
                }
            }
            finally
            {
                _scanner.Dispose();
            }

            if (isFull)
            {
                break;
            }

            map.AdvanceLatestOffset((i + 1 < dirty.Count ? dirty[i + 1].BaseOffset : end) - 1);
        }

        logger.LogInformation("Cleaner {Id}: Offset map for log {Log} complete.", cleanerId, Name);
    }

    /// <summary>Takes about a buffer of batches into the map; false at the segment's end.</summary>
    private bool MapSome(LogSegment segment, long start, CleanedTransactions transactions, ref bool isFull)
    {
        var from = _scanner.Position;
        while (_scanner.Position - from < _bufferBytes)
        {
            if (!_scanner.MoveNext())
            {
                RequireAtEnd(segment);
                return false;
            }

            var batch = _scanner.Current;
            if (batch.IsControl)
            {
                transactions.OnControl(batch, _scanner.ReadCurrent());
            }
            else if (!transactions.OnData(batch) && !TryMap(batch, _scanner.ReadCurrent(), start))
            {
                isFull = true;
                return false;
            }

            if (batch.LastOffset >= start)
            {
                map.AdvanceLatestOffset(batch.LastOffset);
            }
        }

        return true;
    }

    /// <summary>Notes the keys of a batch; false where the map cannot hold them all.</summary>
    private bool TryMap(in BatchHeader batch, ReadOnlySpan<byte> bytes, long start)
    {
        if (batch.LastOffset < start)
        {
            return true;
        }

        BatchFilter.RequireIntact(batch, bytes);
        var last = RecordFormat.NoOffset;
        using var records = RecordReader.Open(bytes);
        while (records.MoveNext())
        {
            if (!records.HasKey || records.Offset < start)
            {
                continue;
            }

            if (map.IsFull)
            {
                // Where not even the first batch fits, the pass ends within it: it must get on.
                if (map.LatestOffset < start)
                {
                    map.AdvanceLatestOffset(
                        last >= start ? last : throw new LogCleaningException("The offset map has no room for a single key."));
                }

                return false;
            }

            map.Put(records.Current.Key.Span, records.Offset);
            last = records.Offset;
        }

        return true;
    }

    private IEnumerable<int> CleanGroup(
        List<LogSegment> group, BatchFilter filter, CleanedTransactions transactions, long legacyHorizonMs)
    {
        var compaction = _log.Compaction;
        _reading = group;
        RequireCleanable();
        var cleaned = compaction.CreateCleaned(group[0].BaseOffset);
        using var output = new PooledBuffer(_bufferBytes);
        var isSwapped = false;
        try
        {
            transactions.Retained = cleaned.AppendAborted;
            filter.Producers = compaction.LastRecordsOfActiveProducers();
            for (var i = 0; i < group.Count; i++)
            {
                var segment = group[i];
                var lastWriteMs = segment.LastWriteTimeMs;
                transactions.Add(compaction.CollectAborted(
                    segment.BaseOffset, i + 1 < group.Count ? group[i + 1].BaseOffset : NextBase(segment)));
                filter.RetainsLegacyTombstones = lastWriteMs > legacyHorizonMs;
                logger.LogInformation(
                    "Cleaner {Id}: Cleaning {Segment} in log {Log} into {BaseOffset} with an upper bound deletion horizon {Horizon} computed from the "
                    + "segment last modified time of {LastModified},{What} deletes.",
                    cleanerId, CleanerText.Of(segment), Name, cleaned.BaseOffset, legacyHorizonMs, lastWriteMs,
                    filter.RetainsLegacyTombstones ? "retaining" : "discarding");
                foreach (var moved in CopySegment(segment, cleaned, filter, output))
                {
                    yield return moved;
                }
            }

            cleaned.OnBecomeInactive();
            cleaned.Flush();
            compaction.SetLastWriteTimeMs(cleaned, group[^1].LastWriteTimeMs);
            logger.LogInformation(
                "Cleaner {Id}: Swapping in cleaned segment {Cleaned} for segment(s) {Replaced} in log {Log}",
                cleanerId, CleanerText.Of(cleaned), CleanerText.Of(group), CleanerText.Of(_log));
            _log.ReplaceSegments(group, cleaned, target.CutCount);
            isSwapped = true;
        }
        finally
        {
            if (!isSwapped)
            {
                _log.Directory.Attempt(cleaned.Delete);
            }
        }
    }

    /// <summary>Where the segment behind this one begins: there is always one, the active segment is not cleaned.</summary>
    private long NextBase(LogSegment segment)
    {
        var segments = _log.Compaction.Segments;
        var next = segments.FloorIndex(segment.BaseOffset) + 1;
        return next < segments.Count ? segments[next].BaseOffset : throw new LogCleaningAbortedException($"{Name} was cut meanwhile");
    }

    private IEnumerable<int> CopySegment(LogSegment segment, LogSegment cleaned, BatchFilter filter, PooledBuffer output)
    {
        _scanner = segment.ScanFrom(0, _bufferBytes);
        try
        {
            for (var more = true; more;)
            {
                RequireCleanable();
                var from = _scanner.Position;
                output.Truncate(0);
                more = CopySome(segment, filter, output);
                if (output.Length > int.MaxValue - cleaned.Size)
                {
                    throw new LogCleaningException("The cleaned segment would be larger than a segment can be.");
                }

                if (output.Length > 0)
                {
                    cleaned.AppendBatches(output.Span);
                }

                yield return _scanner.Position - from + output.Length;
            }
        }
        finally
        {
            _scanner.Dispose();
        }
    }

    /// <summary>Filters about a buffer of batches; false at the segment's end.</summary>
    private bool CopySome(LogSegment segment, BatchFilter filter, PooledBuffer output)
    {
        var from = _scanner.Position;
        while (_scanner.Position - from < _bufferBytes)
        {
            if (!_scanner.MoveNext())
            {
                RequireAtEnd(segment);
                return false;
            }

            filter.Copy(_scanner.Current, _scanner.ReadCurrent(), output);
        }

        return true;
    }

    private void RequireAtEnd(LogSegment segment)
    {
        if (_scanner.Position != segment.Size)
        {
            throw new LogCleaningException(
                $"Found {segment.Size - _scanner.Position} bytes at position {_scanner.Position} of {segment.Path} that are no whole batch.");
        }
    }

    private void RequireCleanable()
    {
        if (_log.Compaction.IsGone || !_log.Config.IsCompacted || HasLogChanged)
        {
            throw new LogCleaningAbortedException($"{Name} has changed or is not to be cleaned any more");
        }
    }
}
