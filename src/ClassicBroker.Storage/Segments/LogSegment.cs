using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// A piece of a log: a file of batches from <see cref="BaseOffset"/> on, and the indexes that find offsets, times and aborted transactions
/// in it. Only the last segment of a log, the active one, is appended to.
/// Threading: any thread reads; everything that changes it comes one at a time under the log's lock, flushing excepted.
/// </summary>
internal sealed class LogSegment : IDisposable
{
    private readonly SegmentFileSizes _sizes;
    private readonly SegmentFile _file;
    private readonly OffsetIndex _offsetIndex;
    private readonly TimeIndex _timeIndex;
    private readonly TransactionIndex _transactionIndex;
    private readonly int _indexIntervalBytes;
    private readonly long _createdMs;
    private readonly long _rollJitterMs;
    private int _bytesSinceLastIndexEntry;
    private long _rollingBasedTimestamp = RecordFormat.NoTimestamp;
    private TimestampOffset? _maxTimestampSoFar;

    /// <param name="suffix">Behind the usual names of its files, while it waits to take its place.</param>
    /// <param name="sizes">Lengths of its files as the directory lists them, <see cref="SegmentFileSizes.New"/> for a segment to
    /// come.</param>
    public LogSegment(
        PartitionDirectory directory,
        long baseOffset,
        LogConfig config,
        SegmentFileSizes sizes,
        long nowMs,
        long rollJitterMs,
        string suffix = "")
    {
        BaseOffset = baseOffset;
        _sizes = sizes;
        _file = new SegmentFile(directory, baseOffset, sizes.Log, sizes.AreSynced, suffix);
        _offsetIndex = new OffsetIndex(
            directory, baseOffset, config.SegmentIndexBytes, Math.Max(sizes.OffsetIndex, 0), sizes.OffsetIndex != SegmentFileSizes.Missing);
        _timeIndex = new TimeIndex(
            directory, baseOffset, config.SegmentIndexBytes, Math.Max(sizes.TimeIndex, 0), sizes.TimeIndex != SegmentFileSizes.Missing);
        _transactionIndex = new TransactionIndex(directory, baseOffset, sizes.TransactionIndex != SegmentFileSizes.Missing);
        _indexIntervalBytes = config.IndexIntervalBytes;
        _createdMs = nowMs;
        _rollJitterMs = rollJitterMs;
        if (suffix.Length > 0)
        {
            RenameIndexes(suffix);
        }
    }

    public long BaseOffset { get; }

    public int Size => _file.Size;

    public string Path => _file.Path;

    /// <summary>Can offsets be looked up without waiting for a disk, but for what the page cache has lost?</summary>
    public bool IsWarm => _offsetIndex.IsWarm;

    /// <summary>The largest timestamp in the segment and the last offset of its batch.</summary>
    public TimestampOffset MaxTimestampSoFar => _maxTimestampSoFar ??= _timeIndex.LastEntry;

    /// <summary>What retention by time counts from: the largest timestamp, else when the file was last written.</summary>
    public long LargestTimestamp => MaxTimestampSoFar.Timestamp >= 0 ? MaxTimestampSoFar.Timestamp : _file.LastWriteTimeMs;

    public long LastWriteTimeMs => _file.LastWriteTimeMs;

    public long OffsetIndexBytes => (long)_offsetIndex.Count * OffsetIndex.EntrySize;

    public long TimeIndexBytes => (long)_timeIndex.Count * TimeIndex.EntrySize;

    /// <summary>Creates the files of a new active segment.</summary>
    public static LogSegment Create(PartitionDirectory directory, long baseOffset, LogConfig config, long nowMs, long rollJitterMs)
    {
        var segment = new LogSegment(directory, baseOffset, config, SegmentFileSizes.New, nowMs, rollJitterMs)
        {
            _maxTimestampSoFar = new(RecordFormat.NoTimestamp, baseOffset),
        };
        segment._file.Create(config.Preallocate ? config.SegmentBytes : 0);
        segment.GrowIndexes(config);
        return segment;
    }

    /// <summary>Creates the files of a segment the cleaner is going to write.</summary>
    public static LogSegment CreateCleaned(PartitionDirectory directory, long baseOffset, LogConfig config, long nowMs)
    {
        var segment = new LogSegment(
            directory, baseOffset, config, SegmentFileSizes.New, nowMs, rollJitterMs: 0, LogFileNames.CleanedSuffix)
        {
            _maxTimestampSoFar = new(RecordFormat.NoTimestamp, baseOffset),
        };
        segment._file.Create(0);
        return segment;
    }

    /// <summary>Gives the indexes the room an active segment's have.</summary>
    public void GrowIndexes(LogConfig config)
    {
        _offsetIndex.Preallocate(config.SegmentIndexBytes);
        _timeIndex.Preallocate(config.SegmentIndexBytes);
    }

    /// <summary>Must a new segment begin before an append of this size, with these times and offsets?</summary>
    public bool ShouldRoll(int appendBytes, long appendMaxTimestamp, long appendLastOffset, LogConfig config, long nowMs)
    {
        var size = Size;
        return size > config.SegmentBytes - appendBytes
            || (size > 0 && TimeWaited(appendMaxTimestamp, nowMs) > config.SegmentMs - _rollJitterMs)
            || _offsetIndex.IsFull
            || _timeIndex.IsFull
            || !CanHold(appendLastOffset);
    }

    /// <summary>Can the offset be written relative to the base?</summary>
    public bool CanHold(long offset) => offset >= BaseOffset && offset - BaseOffset <= int.MaxValue;

    /// <summary>Appends batches that end at <paramref name="lastOffset"/>, and notes them in the indexes where it is time.</summary>
    public void Append(ReadOnlySpan<byte> records, long lastOffset, long maxTimestamp, long shallowOffsetOfMaxTimestamp)
    {
        Invariant.Require(CanHold(lastOffset));
        var position = _file.Size;
        _file.Append(records);
        if (position == 0)
        {
            _rollingBasedTimestamp = maxTimestamp;
        }

        if (maxTimestamp > MaxTimestampSoFar.Timestamp)
        {
            _maxTimestampSoFar = new(maxTimestamp, shallowOffsetOfMaxTimestamp);
        }

        if (_bytesSinceLastIndexEntry > _indexIntervalBytes)
        {
            AppendIndexEntries(lastOffset, position);
        }

        _bytesSinceLastIndexEntry += records.Length;
    }

    /// <summary>Appends batches in one write, and notes each in the indexes where it is time.</summary>
    public void AppendBatches(ReadOnlySpan<byte> records)
    {
        var position = _file.Size;
        _file.Append(records);
        foreach (var batch in new BatchIterator(records))
        {
            Invariant.Require(CanHold(batch.LastOffset));
            if (batch.MaxTimestamp > MaxTimestampSoFar.Timestamp)
            {
                _maxTimestampSoFar = new(batch.MaxTimestamp, batch.LastOffset);
            }

            if (_bytesSinceLastIndexEntry > _indexIntervalBytes)
            {
                AppendIndexEntries(batch.LastOffset, position + (int)batch.Position);
            }

            _bytesSinceLastIndexEntry += batch.SizeInBytes;
        }
    }

    public void AppendAborted(AbortedTransaction aborted) => _transactionIndex.Append(aborted);

    /// <inheritdoc cref="TransactionIndex.Collect"/>
    public bool CollectAborted(long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found) =>
        _transactionIndex.Collect(fetchOffset, upperBoundOffset, found);

    /// <summary>The first batch that ends at or behind <paramref name="offset"/>; null where there is none.</summary>
    public BatchHeader? FindBatch(long offset)
    {
        var start = _offsetIndex.Lookup(offset).Position;
        return start == 0 || IsBatchAtOrBefore(offset, start) ? ScanFor(offset, start) : ScanFor(offset, 0);
    }

    /// <summary>What a reader may have from <paramref name="offset"/> on; null where the segment has nothing at or behind it.</summary>
    /// <param name="maxPosition">Where the reader's view ends.</param>
    /// <param name="minOneMessage">Give the first batch even if it is larger than <paramref name="maxBytes"/>.</param>
    public SegmentRead? Read(long offset, int maxBytes, int maxPosition, bool minOneMessage)
    {
        if (FindBatch(offset) is not { } first)
        {
            return null;
        }

        var position = (int)first.Position;
        var start = new LogOffset(offset, BaseOffset, position);
        var allowed = minOneMessage ? Math.Max(maxBytes, first.SizeInBytes) : maxBytes;
        // The view may be of the segment that this one took the place of, which was larger.
        var length = Math.Clamp(Math.Min(maxPosition, Size) - position, 0, Math.Max(allowed, 0));
        return new(start, first, length, length == 0 ? null : _file.TryRegion(position, length));
    }

    /// <summary>
    /// An offset behind everything in [<paramref name="position"/>, + <paramref name="length"/>); null where only the segment's end is.
    /// </summary>
    public long? UpperBoundOf(int position, int length) => _offsetIndex.FirstAtOrAfter((long)position + length)?.Offset;

    /// <summary>
    /// The first record at or behind <paramref name="startOffset"/> whose timestamp is at least <paramref name="timestamp"/>.
    /// </summary>
    public TimestampedOffset? FindByTimestamp(long timestamp, long startOffset)
    {
        var fromTime = _timeIndex.Lookup(timestamp);
        var from = Math.Max(fromTime.Offset, startOffset);
        using var scanner = ScanFrom(_offsetIndex.Lookup(from).Position, BatchScanner.FileWindow);
        while (scanner.MoveNext())
        {
            if (scanner.Current.MaxTimestamp < timestamp || scanner.Current.LastOffset < from)
            {
                continue;
            }

            using var records = RecordReader.Open(scanner.ReadCurrent());
            while (records.MoveNext())
            {
                if (records.Timestamp >= timestamp && records.Offset >= startOffset)
                {
                    return new(records.Timestamp, records.Offset, new LeaderEpoch(scanner.Current.PartitionLeaderEpoch));
                }
            }
        }

        return null;
    }

    /// <summary>
    /// The offset behind the last batch, found from the last index entry on; null where what lies behind that entry is not whole batches
    /// up to the end of the file, or the indexes know of offsets behind it.
    /// </summary>
    public long? TryReadNextOffset()
    {
        var (next, last) = (BaseOffset, _offsetIndex.LastEntry);
        using var scanner = ScanFrom(last.Position, BatchScanner.HeaderWindow);
        try
        {
            while (scanner.MoveNext())
            {
                if (scanner.Current.NextOffset <= next)
                {
                    return null;
                }

                next = scanner.Current.NextOffset;
            }
        }
        catch (CorruptRecordException)
        {
            return null;
        }

        var areIndexesBehind = _offsetIndex.Count == 0 || (last.Offset < next && _timeIndex.LastEntry.Offset < next);
        return scanner.Position == Size && areIndexesBehind ? next : null;
    }

    /// <summary>Walks the batches from <paramref name="position"/> on; the caller disposes.</summary>
    public BatchScanner ScanFrom(int position, int window, int end = int.MaxValue) => new(_file, position, end, window);

    /// <summary>
    /// Cuts off every batch that ends at or behind <paramref name="offset"/>, whole batches always, and the indexes with them. The indexes
    /// grow again to what an active segment has.
    /// </summary>
    public int TruncateTo(long offset, LogConfig config)
    {
        var from = FindBatch(offset);
        _offsetIndex.TruncateTo(offset);
        _timeIndex.TruncateTo(offset);
        _transactionIndex.TruncateTo(offset);
        GrowIndexes(config);
        var cut = from is { } batch ? _file.TruncateTo((int)batch.Position) : 0;
        _bytesSinceLastIndexEntry = 0;
        _maxTimestampSoFar = LoadMaxTimestamp();
        if (_file.Size == 0)
        {
            _rollingBasedTimestamp = RecordFormat.NoTimestamp;
        }

        return cut;
    }

    /// <summary>
    /// Checks every batch and rebuilds the indexes, as after a crash; cuts the file where the first bad or partial batch begins. Returns
    /// the bytes cut off. <see cref="SegmentRecovery"/> tells what <paramref name="maySplit"/> is.
    /// </summary>
    /// <param name="endOffset">Where the next segment begins: what lies behind it here was cut off before that one was made.</param>
    public int Recover(ProducerState producers, LeaderEpochCache epochs, LogConfig config, long endOffset, bool maySplit)
    {
        _offsetIndex.Reset();
        _timeIndex.Reset();
        _transactionIndex.Reset();
        GrowIndexes(config);
        _maxTimestampSoFar = new(RecordFormat.NoTimestamp, BaseOffset);
        var cut = _file.TruncateTo(new SegmentRecovery(this, endOffset, maySplit, producers, epochs).Run());
        _timeIndex.TryAppend(MaxTimestampSoFar.Timestamp, MaxTimestampSoFar.Offset, isFinal: true);
        _offsetIndex.Trim();
        _timeIndex.Trim();
        return cut;
    }

    /// <summary>Takes a batch that recovery found good into the indexes.</summary>
    public void IndexRecovered(in BatchHeader batch, ref int lastIndexEntry)
    {
        if (batch.MaxTimestamp > MaxTimestampSoFar.Timestamp)
        {
            _maxTimestampSoFar = new(batch.MaxTimestamp, batch.LastOffset);
        }

        if (batch.Position - lastIndexEntry > _indexIntervalBytes && !_offsetIndex.IsFull)
        {
            _offsetIndex.Append(batch.LastOffset, (int)batch.Position);
            _timeIndex.TryAppend(MaxTimestampSoFar.Timestamp, MaxTimestampSoFar.Offset);
            lastIndexEntry = (int)batch.Position;
        }
    }

    /// <summary>
    /// Can the indexes be used as they lie on disk? Looks inside only where that costs little or where a crash may have left room that was
    /// never filled.
    /// </summary>
    public bool AreIndexesTrusted(bool isActive, LogConfig config)
    {
        if (_sizes.OffsetIndex == SegmentFileSizes.Missing
            || _sizes.TimeIndex == SegmentFileSizes.Missing
            || _sizes.OffsetIndex % OffsetIndex.EntrySize != 0
            || _sizes.TimeIndex % TimeIndex.EntrySize != 0
            || !_transactionIndex.IsSane())
        {
            return false;
        }

        var mayBeUntrimmed = isActive
            || _sizes.OffsetIndex >= config.SegmentIndexBytes - OffsetIndex.EntrySize
            || _sizes.TimeIndex >= config.SegmentIndexBytes - TimeIndex.EntrySize;
        return !mayBeUntrimmed || (_offsetIndex.IsSane(Size) && _timeIndex.IsSane(Size));
    }

    /// <summary>Reads the leader epochs off the batches, up to the first that is none: where the log ends is not decided here.</summary>
    public void CollectEpochs(LeaderEpochCache epochs)
    {
        using var scanner = ScanFrom(0, BatchScanner.FileWindow);
        try
        {
            while (scanner.MoveNext())
            {
                var epoch = new LeaderEpoch(scanner.Current.PartitionLeaderEpoch);
                if (epoch.IsKnown && epoch > epochs.LatestEpoch)
                {
                    epochs.Assign(epoch, scanner.Current.BaseOffset);
                }
            }
        }
        catch (CorruptRecordException)
        {
            // Loading meets the same batch when it looks for the end of the log, and recovers it.
        }
    }

    /// <summary>The segment will not be appended to any more: last time index entry, and files cut to their content.</summary>
    public void OnBecomeInactive()
    {
        _timeIndex.TryAppend(MaxTimestampSoFar.Timestamp, MaxTimestampSoFar.Offset, isFinal: true);
        _offsetIndex.Trim();
        _timeIndex.Trim();
        _file.Trim();
    }

    /// <summary>Makes everything in it durable.</summary>
    public void Flush()
    {
        FlushRecords();
        _offsetIndex.Sync();
        _timeIndex.Sync();
        _transactionIndex.Sync();
    }

    /// <summary>Makes its records durable; indexes are built again from them.</summary>
    public void FlushRecords() => _file.Sync();

    /// <summary>Brings all records from <paramref name="offset"/> on to the disk, whatever became of earlier syncs.</summary>
    public void WriteAgain(long offset)
    {
        if (FindBatch(offset) is { } first)
        {
            _file.WriteAgain((int)first.Position);
            _file.Sync();
        }
    }

    /// <summary>Renames every file out of the way; readers go on undisturbed.</summary>
    public void MarkDeleted() => ChangeSuffix(LogFileNames.DeletedSuffix);

    /// <summary>Gives every file another suffix behind its usual name.</summary>
    public void ChangeSuffix(string suffix)
    {
        _file.Rename(LogFileNames.Of(BaseOffset, LogFileNames.LogSuffix) + suffix);
        RenameIndexes(suffix);
    }

    public void Delete()
    {
        _file.Delete();
        _offsetIndex.Delete();
        _timeIndex.Delete();
        _transactionIndex.Delete();
    }

    public void Dispose()
    {
        _file.Dispose();
        _offsetIndex.Dispose();
        _timeIndex.Dispose();
        _transactionIndex.Dispose();
    }

    private void RenameIndexes(string suffix)
    {
        _offsetIndex.Rename(suffix);
        _timeIndex.Rename(suffix);
        _transactionIndex.Rename(suffix);
    }

    private void AppendIndexEntries(long lastOffset, int position)
    {
        _offsetIndex.Append(lastOffset, position);
        _timeIndex.TryAppend(MaxTimestampSoFar.Timestamp, MaxTimestampSoFar.Offset);
        _bytesSinceLastIndexEntry = 0;
    }

    /// <summary>
    /// How long the segment has been waiting to be full: in the time of its records where they have times, as the difference from its first
    /// append to the one that comes; else since it was created.
    /// </summary>
    private long TimeWaited(long appendMaxTimestamp, long nowMs)
    {
        if (_rollingBasedTimestamp < 0 && Size > 0)
        {
            using var scanner = ScanFrom(0, BatchScanner.HeaderWindow);
            _rollingBasedTimestamp = scanner.MoveNext() ? scanner.Current.MaxTimestamp : RecordFormat.NoTimestamp;
        }

        return _rollingBasedTimestamp >= 0 ? appendMaxTimestamp - _rollingBasedTimestamp : nowMs - _createdMs;
    }

    private TimestampOffset LoadMaxTimestamp()
    {
        var max = _timeIndex.LastEntry;
        using var scanner = ScanFrom(_offsetIndex.Lookup(max.Offset).Position, BatchScanner.HeaderWindow);
        while (scanner.MoveNext())
        {
            if (scanner.Current.MaxTimestamp > max.Timestamp)
            {
                max = new(scanner.Current.MaxTimestamp, scanner.Current.LastOffset);
            }
        }

        return max;
    }

    /// <summary>
    /// Does a batch of this segment begin where the index says? The index of another file points anywhere; the log itself is right then.
    /// </summary>
    private bool IsBatchAtOrBefore(long offset, int position)
    {
        Span<byte> header = stackalloc byte[RecordFormat.MaxHeaderSize];
        var read = _file.Read(header, position);
        try
        {
            return BatchHeader.TryRead(header[..read], position, out var batch)
                && batch.BaseOffset >= BaseOffset
                && batch.BaseOffset <= offset;
        }
        catch (CorruptRecordException)
        {
            return false;
        }
    }

    private BatchHeader? ScanFor(long offset, int start)
    {
        using var scanner = ScanFrom(start, BatchScanner.HeaderWindow);
        while (scanner.MoveNext())
        {
            if (scanner.Current.LastOffset >= offset)
            {
                return scanner.Current;
            }
        }

        return null;
    }
}
