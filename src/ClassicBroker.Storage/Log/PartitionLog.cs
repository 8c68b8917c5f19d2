using System.Runtime.ExceptionServices;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// The log of one replica of one partition (Kafka's UnifiedLog): appended at the end, read anywhere, cut at both ends.
/// Threading: safe from any thread. One lock guards what changes the log and is held only across synchronous code; reads go over an
/// immutable list of segments and take no lock that is held during I/O. Lock order: log, then segment index or bounds.
/// Failure: a <see cref="StorageException"/> takes the log directory offline; after that nothing is appended any more.
/// </summary>
public sealed class PartitionLog
{
    private readonly Lock _lock = new();
    private readonly StorageEnvironment _environment;
    private readonly ILogger _logger;
    private readonly PartitionDirectory _files;
    private readonly LogBounds _bounds;
    private readonly LeaderEpochCache _epochs;
    private readonly ProducerState _producers;
    private readonly SegmentRemoval _removal;
    private readonly LogFlush _flush;
    private volatile SegmentList _segments;
    private volatile LogConfig _config;
    private RecordValidationSettings _validation;
    private Uuid _topicId;
    private long _suspectHighWatermark;
    private bool _isClosed;
    private volatile bool _areFilesClosed;

    internal PartitionLog(
        TopicPartition partition, LogDirectory directory, LogConfig config, StorageEnvironment environment, LogContents contents)
    {
        Partition = partition;
        Directory = directory;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger("kafka.log.UnifiedLog");
        _files = contents.Directory;
        _segments = contents.Segments;
        _epochs = contents.Epochs;
        _producers = contents.Producers;
        _config = config;
        _validation = config.ValidationSettings(partition);
        _removal = new SegmentRemoval(_files, directory, environment.Housekeeping);
        _bounds = new LogBounds(contents.LogStartOffset, EndAt(contents.LogEndOffset));
        _flush = new LogFlush(contents.RecoveryPoint, environment.Time.UnixMs());
        _topicId = contents.TopicId;
        RefreshFirstUnstable();
    }

    /// <summary>The partition whose replica this is.</summary>
    public TopicPartition Partition { get; }

    /// <summary>The log directory it lies in.</summary>
    public LogDirectory Directory { get; }

    /// <summary>Full path of its own directory.</summary>
    public string Path => _files.Path;

    /// <summary>Is it being filled to take the place of another (AlterReplicaLogDirs)?</summary>
    public bool IsFuture => PartitionDirectoryName.IsFuture(System.IO.Path.GetFileName(Path));

    /// <summary>The topic's id (KIP-516); zero while it is not known.</summary>
    public Uuid TopicId
    {
        get
        {
            lock (_lock)
            {
                return _topicId;
            }
        }
    }

    public LogConfig Config => _config;

    /// <summary>The offset of the first record that may be read; there may be older ones in the first segment.</summary>
    public long LogStartOffset => _bounds.LogStart;

    /// <summary>The offset the next record gets.</summary>
    public long LogEndOffset => _bounds.LogEnd.Offset;

    /// <summary>The log end with its place in the files.</summary>
    public LogOffset LogEnd => _bounds.LogEnd;

    public long HighWatermark => _bounds.HighWatermark.Offset;

    public long LastStableOffset => _bounds.LastStable.Offset;

    /// <summary>Where the first transaction began that is not decided and replicated; null where there is none.</summary>
    public long? FirstUnstableOffset => _bounds.FirstUnstable?.Offset;

    /// <summary>Everything before it has been synced to disk.</summary>
    public long RecoveryPoint => _flush.RecoveryPoint;

    public long LastFlushMs => _flush.LastFlushMs;

    public long SizeInBytes => _segments.SizeInBytes();

    public int SegmentCount => _segments.Count;

    public LeaderEpoch LatestEpoch => _epochs.LatestEpoch;

    /// <summary>The leader epochs of the log and where each began.</summary>
    public IReadOnlyList<EpochEntry> EpochEntries => _epochs.Entries;

    /// <summary>
    /// Did the crash it was recovered from cost records below the high watermark? Then the replica may follow but must not lead until it
    /// has caught up, lest others be cut back to it.
    /// </summary>
    public bool IsSuspect => SuspectHighWatermark > 0;

    /// <summary>
    /// What the high watermark checkpoint should say: of a suspect log the one it has lost, so that it is still suspect after another restart.
    /// </summary>
    public long HighWatermarkToCheckpoint => Math.Max(HighWatermark, SuspectHighWatermark);

    /// <summary>Are there records before the log start, in the segment that holds it?</summary>
    internal bool StartsWithinSegment => LogStartOffset > _segments.First.BaseOffset;

    private long SuspectHighWatermark => Volatile.Read(ref _suspectHighWatermark);

    /// <summary>Appends records as the partition's leader, which numbers and stamps them in place.</summary>
    /// <param name="records">The set as it came; its bytes change.</param>
    /// <param name="leaderEpoch">The epoch it leads in.</param>
    /// <param name="origin">A client, or a coordinator of this broker.</param>
    /// <exception cref="RecordsException">They are refused; nothing has been appended.</exception>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public LogAppend AppendAsLeader(Memory<byte> records, LeaderEpoch leaderEpoch, AppendOrigin origin = AppendOrigin.Client)
    {
        var analysis = RecordSetAnalysis.Analyze(records.Span, Partition, origin, _config.MaxMessageBytes);
        if (analysis.BatchCount == 0)
        {
            return LogAppend.Empty(LogStartOffset);
        }

        lock (_lock)
        {
            RequireOpen();
            var append = new LeaderAppend(origin, LogEndOffset, leaderEpoch.Value, _environment.Time.UnixMs());
            using var validated = RecordValidator.Validate(records, analysis, _validation, append);
            var plan = new AppendPlan(
                validated.FirstOffset,
                validated.LastOffset,
                validated.MaxTimestamp,
                validated.ShallowOffsetOfMaxTimestamp,
                validated.RecordCount,
                validated.LogAppendTime,
                validated.IsRebuilt,
                origin);
            return Append(validated.Records.Span, plan);
        }
    }

    /// <summary>Appends records as a follower: offsets and epochs stay as the leader chose them.</summary>
    /// <exception cref="RecordsException">They are broken.</exception>
    /// <exception cref="UnexpectedAppendOffsetException">They begin before the log ends.</exception>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public LogAppend AppendAsFollower(ReadOnlyMemory<byte> records)
    {
        var bytes = records.Span;
        var analysis = RecordSetAnalysis.Analyze(bytes, Partition, AppendOrigin.Replication, int.MaxValue);
        if (analysis.BatchCount == 0)
        {
            return LogAppend.Empty(LogStartOffset);
        }

        if (analysis.BatchCount > 1 && analysis.ValidBytes > _config.SegmentBytes)
        {
            return AppendOneByOne(records[..analysis.ValidBytes]);
        }

        lock (_lock)
        {
            RequireOpen();
            RequireContinuation(analysis);
            var plan = new AppendPlan(
                analysis.FirstOffset,
                analysis.LastOffset,
                analysis.MaxTimestamp,
                analysis.ShallowOffsetOfMaxTimestamp,
                RecordCount: -1,
                RecordFormat.NoTimestamp,
                IsConverted: false,
                AppendOrigin.Replication);
            return Append(bytes[..analysis.ValidBytes], plan);
        }
    }

    /// <summary>Reads whole batches from the one that holds <paramref name="fetchOffset"/> on. Reads nothing of the records themselves.</summary>
    /// <param name="fetchOffset">The first offset wanted.</param>
    /// <param name="maxBytes">The most bytes to return.</param>
    /// <param name="isolation">How far the reader may see.</param>
    /// <param name="minOneMessage">Return the first batch even where it is larger than <paramref name="maxBytes"/>.</param>
    /// <exception cref="CorruptRecordException">What is stored there is no batch.</exception>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public LogRead Read(long fetchOffset, int maxBytes, FetchIsolation isolation, bool minOneMessage)
    {
        RequireOnline();
        while (true)
        {
            // The view before the segments: every segment it speaks of is in the list then.
            var view = LogView.Of(_bounds);
            var segments = _segments;
            try
            {
                if (LogReader.TryRead(_bounds, view, segments, new(fetchOffset, maxBytes, isolation, minOneMessage)) is { } read)
                {
                    return read;
                }

                RequireFilesOpen();
            }
            catch (Exception failure) when (failure is StorageException or ObjectDisposedException)
            {
                RethrowUnlessDeleted(failure, segments);
            }
        }
    }

    /// <summary>An offset with its place in the files, for counting the bytes behind it.</summary>
    public LogOffset Locate(long offset) => OverSegments(segments => LogReader.Locate(_bounds, segments, offset));

    /// <summary>The high watermark with its place in the files.</summary>
    public LogOffset LocateHighWatermark() => Locate(HighWatermark);

    /// <summary>The last stable offset with its place in the files.</summary>
    public LogOffset LocateLastStable() => Locate(LastStableOffset);

    /// <summary>The first record at or behind the log start whose timestamp is at least <paramref name="timestamp"/>.</summary>
    public TimestampedOffset? FindByTimestamp(long timestamp) =>
        OverSegments(segments => LogReader.FindByTimestamp(segments, timestamp, LogStartOffset));

    /// <summary>The first record that has the largest timestamp of the log (KIP-734).</summary>
    public TimestampedOffset? FindMaxTimestamp() => OverSegments(LogReader.FindMaxTimestamp);

    /// <summary>
    /// Segment base offsets at or before a time, newest first: all that ListOffsets v0 knows. -1 is the latest time, -2 the earliest.
    /// </summary>
    public IReadOnlyList<long> SegmentOffsetsBefore(long timestamp, int maxCount) => OverSegments(segments =>
        LogReader.SegmentOffsetsBefore(segments, timestamp, maxCount, LogStartOffset, LogEndOffset, _environment.Time.UnixMs()));

    /// <summary>Where an epoch ended in this log (KIP-101, KIP-279).</summary>
    public EpochEndOffset EndOffsetForEpoch(LeaderEpoch epoch) => _epochs.EndOffsetFor(epoch, LogEndOffset);

    /// <summary>The epoch in which the record at <paramref name="offset"/> was appended.</summary>
    public LeaderEpoch EpochOf(long offset) => _epochs.EpochOf(offset);

    /// <summary>Notes that this replica leads in <paramref name="epoch"/> from <paramref name="startOffset"/> on, before it appends anything.</summary>
    public void AssignEpochStart(LeaderEpoch epoch, long startOffset) => Change(() => _epochs.Assign(epoch, startOffset));

    /// <summary>Sets the high watermark to <paramref name="offset"/>, kept within log start and log end; returns what it is then.</summary>
    public long UpdateHighWatermark(long offset) => Change(() =>
    {
        var end = _bounds.LogEnd;
        SetHighWatermark(offset >= end.Offset ? end : new LogOffset(Math.Max(offset, LogStartOffset)));
        return HighWatermark;
    });

    /// <summary>Advances the high watermark; true where it moved. It never goes back.</summary>
    public bool AdvanceHighWatermark(LogOffset candidate)
    {
        var current = _bounds.HighWatermark;
        if (candidate.Offset < current.Offset || (candidate.Offset == current.Offset && !current.IsOnOlderSegmentThan(candidate)))
        {
            return false;
        }

        lock (_lock)
        {
            Invariant.Require(candidate.Offset <= LogEndOffset);
            if (candidate.Offset < HighWatermark)
            {
                return false;
            }

            SetHighWatermark(candidate);
            return true;
        }
    }

    /// <summary>Moves the log start forward (DeleteRecords, or a leader that did). Segments before it go with the next retention pass.</summary>
    /// <returns>OFFSET_OUT_OF_RANGE where it lies behind the high watermark.</returns>
    public ErrorCode AdvanceLogStart(long offset) => Change(() =>
    {
        if (offset > HighWatermark)
        {
            return ErrorCode.OffsetOutOfRange;
        }

        if (offset > LogStartOffset)
        {
            MoveLogStart(offset);
        }

        return ErrorCode.None;
    });

    /// <summary>
    /// Cuts off everything at or behind <paramref name="offset"/>. Batches are cut whole, so that the file may end before the log does.
    /// Returns whether the log was longer.
    /// </summary>
    public bool TruncateTo(long offset) => Change(() =>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= LogEndOffset)
        {
            _epochs.TruncateFromEnd(offset);
            return false;
        }

        _logger.LogInformation("[UnifiedLog partition={Partition}] Truncating to offset {Offset}", Partition, offset);
        if (offset < _segments.First.BaseOffset)
        {
            StartAnewAt(offset);
        }
        else
        {
            Truncate(offset);
        }

        return true;
    });

    /// <summary>Removes everything; the log begins anew at <paramref name="offset"/>.</summary>
    public void TruncateFullyAndStartAt(long offset) => Change(() => StartAnewAt(offset));

    /// <summary>Begins a new segment. Returns its base offset.</summary>
    public long Roll() => Change(() => Roll(LogEndOffset).BaseOffset);

    /// <summary>Lets go what retention by time, size and log start allows; returns how many segments that was.</summary>
    public int DeleteOldSegments() => Change(() =>
    {
        var deleted = DeleteSegments(RetentionPolicy.ByLogStart(LogStartOffset), "log start offset breach");
        var config = _config;
        if (!config.IsDeleted)
        {
            return deleted;
        }

        if (config.RetentionMs >= 0)
        {
            deleted += DeleteSegments(RetentionPolicy.ByTime(config.RetentionMs, _environment.Time.UnixMs()), "log retention time breach");
        }

        if (config.RetentionBytes >= 0 && SizeInBytes > config.RetentionBytes)
        {
            deleted += DeleteSegments(RetentionPolicy.BySize(config.RetentionBytes, SizeInBytes), "log retention size breach");
        }

        return deleted;
    });

    /// <summary>Makes everything appended so far durable.</summary>
    public void Flush() => Directory.Guard(() => FlushUpTo(LogEndOffset));

    /// <summary>Forgets producers that have been silent too long.</summary>
    public void RemoveExpiredProducers() => Change(() => _producers.RemoveExpired(_environment.Time.UnixMs()));

    /// <summary>The producers the log knows (DescribeProducers).</summary>
    public IReadOnlyList<ActiveProducer> DescribeProducers()
    {
        lock (_lock)
        {
            return _producers.Describe();
        }
    }

    /// <summary>Has the producer an open transaction in this partition? Then a batch of it needs no verification (KIP-890).</summary>
    public bool HasOngoingTransaction(long producerId, short producerEpoch)
    {
        lock (_lock)
        {
            return _producers.Find(producerId) is { HasOpenTransaction: true } producer && producer.ProducerEpoch == producerEpoch;
        }
    }

    /// <summary>Hands over a changed configuration.</summary>
    public void UpdateConfig(LogConfig config)
    {
        lock (_lock)
        {
            _config = config;
            _validation = config.ValidationSettings(Partition);
        }
    }

    /// <summary>Writes down which topic the log belongs to.</summary>
    /// <exception cref="InvalidOperationException">It belongs to another.</exception>
    public void AssignTopicId(Uuid topicId) => Change(() =>
    {
        if (_topicId == topicId)
        {
            return;
        }

        if (!_topicId.IsZero)
        {
            throw new InvalidOperationException(
                $"Tried to assign topic ID {topicId} to log for topic partition {Partition}, but log already contained topic ID {_topicId}");
        }

        PartitionMetadataFile.Write(_files, topicId);
        _topicId = topicId;
    });

    /// <summary>The replica has caught up with a leader since: what it lost is there again.</summary>
    public void ClearSuspicion() => Volatile.Write(ref _suspectHighWatermark, 0);

    /// <summary>Takes over the high watermark checkpointed before the start; the log is suspect where it ends before that.</summary>
    internal void RestoreHighWatermark(long checkpointed)
    {
        if (checkpointed > LogEndOffset)
        {
            _logger.LogWarning(
                "[UnifiedLog partition={Partition}] The log ends at {LogEndOffset}, before its checkpointed high watermark {HighWatermark}: "
                + "committed records are missing, the replica will not lead until it has caught up",
                Partition, LogEndOffset, checkpointed);
            Volatile.Write(ref _suspectHighWatermark, checkpointed);
        }

        UpdateHighWatermark(checkpointed);
    }

    /// <summary>Makes everything durable, trims the files, snapshots the producers and closes. Only for a log that is in order.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _segments.Active.OnBecomeInactive();
            _producers.TakeSnapshot(sync: true);
            FlushUpTo(LogEndOffset);
            _segments.Active.Flush();
            CloseFiles();
        }
    }

    /// <summary>Closes the files as they are: the log directory has failed or the log is going away.</summary>
    internal void Abandon()
    {
        lock (_lock)
        {
            _isClosed = true;
            CloseFiles();
        }
    }

    /// <summary>Gives the directory another name; the files stay open.</summary>
    internal void RenameDirectory(string name) => Change(() =>
        _files.Rename(System.IO.Path.Join(_files.Parent, name)));

    /// <summary>No more appends: the log is about to be deleted. Reads that have begun go on.</summary>
    internal void StopAppends()
    {
        lock (_lock)
        {
            _isClosed = true;
        }
    }

    private LogAppend Append(ReadOnlySpan<byte> records, in AppendPlan plan)
    {
        try
        {
            AssignEpochs(records, plan);
            if (records.Length > _config.SegmentBytes)
            {
                throw new RecordsRefusedException(
                    ErrorCode.RecordListTooLarge,
                    $"Message batch size is {records.Length} bytes in append to partition {Partition}, "
                    + $"which exceeds the maximum configured segment size of {_config.SegmentBytes}.");
            }

            var active = MaybeRoll(records.Length, plan);
            if (CheckProducers(records, plan.Origin) is { } duplicate)
            {
                return duplicate;
            }

            var position = active.Size;
            active.Append(records, plan.LastOffset, plan.MaxTimestamp, plan.ShallowOffsetOfMaxTimestamp);
            _bounds.LogEnd = EndAt(plan.LastOffset + 1);
            UpdateProducers(records, active, position);
            _producers.AdvanceTo(plan.LastOffset + 1);
            RefreshFirstUnstable();
            if (LogEndOffset - RecoveryPoint >= _config.FlushMessages)
            {
                FlushUpTo(LogEndOffset);
            }
        }
        catch (StorageException failure)
        {
            Directory.TakeOffline(failure);
            throw;
        }

        return plan.ToAppend(LogStartOffset, records.Length);
    }

    /// <summary>A leader with larger segments may send more than fits into one of ours; each of its batches must.</summary>
    private LogAppend AppendOneByOne(ReadOnlyMemory<byte> records)
    {
        LogAppend? first = null;
        LogAppend last = default;
        foreach (var batch in new BatchIterator(records.Span))
        {
            last = AppendAsFollower(records.Slice((int)batch.Position, batch.SizeInBytes));
            first ??= last;
        }

        return last with { FirstOffset = first!.Value.FirstOffset, SizeInBytes = records.Length };
    }

    private void RequireContinuation(in RecordSetAnalysis analysis)
    {
        if (!analysis.AreOffsetsMonotonic)
        {
            throw new CorruptRecordException($"Out of order offsets found in append to {Partition}, whose log ends at {LogEndOffset}.");
        }

        if (analysis.FirstOrLastOffsetOfFirstBatch < LogEndOffset)
        {
            throw new UnexpectedAppendOffsetException(
                $"Unexpected offset in append to {Partition}. First offset {analysis.FirstOrLastOffsetOfFirstBatch} is less than the next offset "
                + $"{LogEndOffset}. Last offset in append: {analysis.LastOffset}. Log start offset = {LogStartOffset}",
                analysis.FirstOrLastOffsetOfFirstBatch,
                analysis.LastOffset);
        }
    }

    private void AssignEpochs(ReadOnlySpan<byte> records, in AppendPlan plan)
    {
        foreach (var batch in new BatchIterator(records))
        {
            if (batch.Magic >= RecordFormat.MagicV2)
            {
                _epochs.Assign(new LeaderEpoch(batch.PartitionLeaderEpoch), batch.BaseOffset);
            }
            else
            {
                // Records of old formats carry no epochs, so that what is known of epochs says nothing about where this log ends.
                _epochs.Clear();
            }
        }
    }

    private LogSegment MaybeRoll(int appendBytes, in AppendPlan plan)
    {
        var active = _segments.Active;
        if (!active.ShouldRoll(appendBytes, plan.MaxTimestamp, plan.LastOffset, _config, _environment.Time.UnixMs()))
        {
            return active;
        }

        // Where the first offset takes decompression to know, the new segment begins as early as its indexes can reach.
        var expected = plan.FirstOffset >= 0 ? plan.FirstOffset : plan.LastOffset - int.MaxValue;
        return Roll(Math.Max(expected, LogEndOffset));
    }

    private LogSegment Roll(long baseOffset)
    {
        var (segments, active) = (_segments, _segments.Active);
        if (baseOffset == active.BaseOffset && active.Size == 0)
        {
            // An empty segment whose time has come is replaced by a new one under the same name.
            active.Delete();
            segments = segments.Without([active]);
        }
        else
        {
            Invariant.Require(baseOffset > active.BaseOffset);
            active.OnBecomeInactive();
            _producers.AdvanceTo(baseOffset);
            _producers.TakeSnapshot();
        }

        var rolled = CreateSegment(baseOffset);
        _segments = segments.With(rolled);
        _bounds.LogEnd = EndAt(LogEndOffset);
        _flush.NoteNewFiles();
        _logger.LogDebug("[UnifiedLog partition={Partition}] Rolled new log segment at offset {BaseOffset}", Partition, baseOffset);
        _environment.Housekeeping.Execute(() => Directory.Attempt(() => FlushRolled(baseOffset)));
        return rolled;
    }

    /// <summary>Makes durable what a roll has finished, the snapshot of the producers at its end included.</summary>
    private void FlushRolled(long baseOffset)
    {
        FlushUpTo(baseOffset);
        IBlockFile? snapshot;
        lock (_lock)
        {
            snapshot = _producers.Snapshots.TryOpen(baseOffset);
        }

        using (snapshot)
        {
            snapshot?.Sync();
        }
    }

    private LogSegment CreateSegment(long baseOffset) => LogSegment.Create(
        _files, baseOffset, _config, _environment.Time.UnixMs(), SegmentJitter.Draw(_config, _environment.Random));

    private LogAppend? CheckProducers(ReadOnlySpan<byte> records, AppendOrigin origin)
    {
        if (origin == AppendOrigin.Replication)
        {
            return null;
        }

        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (!batch.HasProducerId)
            {
                continue;
            }

            if (origin == AppendOrigin.Client && _producers.FindDuplicate(batch) is { } duplicate)
            {
                return new LogAppend
                {
                    FirstOffset = duplicate.FirstOffset,
                    LastOffset = duplicate.LastOffset,
                    MaxTimestamp = duplicate.Timestamp,
                    LogAppendTime = _config.MessageTimestampType == TimestampType.LogAppendTime ? duplicate.Timestamp : RecordFormat.NoTimestamp,
                    LogStartOffset = LogStartOffset,
                    IsDuplicate = true,
                };
            }

            _producers.Check(batch, TransactionMarkers.Find(batch, batches.CurrentBytes), origin);
        }

        return null;
    }

    private void UpdateProducers(ReadOnlySpan<byte> records, LogSegment segment, int position)
    {
        var batches = new BatchIterator(records);
        while (batches.MoveNext())
        {
            var batch = batches.Current;
            if (!batch.HasProducerId)
            {
                continue;
            }

            var first = new LogOffset(batch.BaseOffset, segment.BaseOffset, position + (int)batch.Position);
            var marker = TransactionMarkers.Find(batch, batches.CurrentBytes);
            if (_producers.Update(batch, marker, first) is { } completed)
            {
                if (completed.IsAborted)
                {
                    segment.AppendAborted(new(
                        completed.ProducerId, completed.FirstOffset, completed.LastOffset, _producers.LastStableOffsetAfter(completed)));
                }

                _producers.Complete(completed);
            }
        }
    }

    private void RefreshFirstUnstable()
    {
        var first = _producers.FirstUnstableOffset;
        _bounds.FirstUnstable = first is { } unstable && unstable.Offset < LogStartOffset ? new LogOffset(LogStartOffset) : first;
    }

    private void SetHighWatermark(LogOffset highWatermark)
    {
        _bounds.HighWatermark = highWatermark;
        _producers.OnHighWatermarkUpdated(highWatermark.Offset);
        RefreshFirstUnstable();
    }

    private void MoveLogStart(long offset)
    {
        _bounds.LogStart = offset;
        _epochs.TruncateFromStart(offset);
        _producers.OnLogStartOffsetIncremented(offset);
        RefreshFirstUnstable();
        _logger.LogInformation("[UnifiedLog partition={Partition}] Incremented log start offset to {Offset}", Partition, offset);
    }

    private int DeleteSegments(Func<LogSegment, long, bool> applies, string reason)
    {
        var deletable = RetentionPolicy.Deletable(_segments, HighWatermark, LogEndOffset, applies);
        if (deletable.Count == 0)
        {
            return 0;
        }

        if (deletable.Count == _segments.Count)
        {
            Roll(LogEndOffset);
        }

        _logger.LogInformation(
            "[UnifiedLog partition={Partition}] Deleting {Count} segments due to {Reason}", Partition, deletable.Count, reason);
        _segments = _segments.Without(deletable);
        _removal.Remove(deletable, _producers.Snapshots, _config.FileDeleteDelayMs);
        if (_segments.First.BaseOffset > LogStartOffset)
        {
            MoveLogStart(_segments.First.BaseOffset);
        }

        return deletable.Count;
    }

    /// <summary>
    /// Takes the recovery point back before a segment is cut, on disk too: a start must not trust bytes that replace what was synced, nor
    /// a cut that was not.
    /// </summary>
    private void LowerRecoveryPoint(long cutOffset, long segmentBaseOffset)
    {
        var wasSynced = cutOffset <= RecoveryPoint && RecoveryPoint > 0;
        _flush.NoteTruncation(wasSynced ? segmentBaseOffset : cutOffset);
        if (wasSynced)
        {
            Directory.RecoveryPointLowered?.Invoke(Directory);
        }
    }

    private void Truncate(long offset)
    {
        LowerRecoveryPoint(offset, _segments[_segments.FloorIndex(offset)].BaseOffset);
        var removed = _segments.All.ToArray().Where(segment => segment.BaseOffset > offset).ToList();
        _segments = _segments.Without(removed);
        _removal.Remove(removed, _producers.Snapshots, _config.FileDeleteDelayMs);
        _segments.Active.TruncateTo(offset, _config);
        _bounds.LogStart = Math.Min(LogStartOffset, offset);
        _bounds.LogEnd = EndAt(offset);
        _epochs.TruncateFromEnd(offset);
        _producers.TruncateAndReload(LogStartOffset, offset, _environment.Time.UnixMs());
        ProducerReplay.Run(_producers, _segments, LogStartOffset, offset);
        _producers.AdvanceTo(offset);
        _producers.TakeSnapshot();
        RefreshFirstUnstable();
    }

    private void StartAnewAt(long offset)
    {
        _logger.LogInformation("[UnifiedLog partition={Partition}] Truncate and start at offset {Offset}", Partition, offset);
        LowerRecoveryPoint(0, 0);
        var removed = _segments.All.ToArray();
        _removal.Remove(removed, _producers.Snapshots, _config.FileDeleteDelayMs);
        _segments = new SegmentList([CreateSegment(offset)]);
        _epochs.Clear();
        _producers.TruncateFullyAndStartAt(offset);
        _flush.NoteNewFiles();
        _bounds.LogStart = offset;
        _bounds.LogEnd = EndAt(offset);
        SetHighWatermark(EndAt(offset));
    }

    /// <summary>Syncs the segments between recovery point and <paramref name="offset"/>. Appends go on meanwhile.</summary>
    private void FlushUpTo(long offset)
    {
        while (!_areFilesClosed)
        {
            // The log may have been cut since this was asked for; what is synced is what it holds now.
            var start = _flush.Begin();
            var end = Math.Min(offset, LogEndOffset);
            var segments = _segments;
            if (end <= start.RecoveryPoint)
            {
                return;
            }

            try
            {
                _flush.Run(start, _files, segments, end, _environment.Time.UnixMs());
                return;
            }
            catch (Exception failure) when (
                failure is StorageException or ObjectDisposedException && (segments != _segments || _areFilesClosed))
            {
                // A segment was deleted or the log closed while it was synced; the next turn sees what is left.
            }
        }
    }

    /// <summary>Reads over a list of segments, again over the new one where a segment is deleted under the reader.</summary>
    private T OverSegments<T>(Func<SegmentList, T> read)
    {
        RequireOnline();
        while (true)
        {
            var segments = _segments;
            try
            {
                return read(segments);
            }
            catch (Exception failure) when (failure is StorageException or ObjectDisposedException)
            {
                RethrowUnlessDeleted(failure, segments);
            }
        }
    }

    private void RethrowUnlessDeleted(Exception failure, SegmentList segments)
    {
        RequireFilesOpen();
        if (segments != _segments)
        {
            return;
        }

        if (failure is StorageException disk)
        {
            Directory.TakeOffline(disk);
        }

        ExceptionDispatchInfo.Throw(failure);
    }

    private void RequireFilesOpen()
    {
        if (_areFilesClosed)
        {
            throw new StorageException("read", Path, 0, $"the log of {Partition} is closed");
        }
    }

    private LogOffset EndAt(long offset) => new(offset, _segments.Active.BaseOffset, _segments.Active.Size);

    private void CloseFiles()
    {
        _areFilesClosed = true;
        foreach (var segment in _segments.All)
        {
            segment.Dispose();
        }
    }

    private void Change(Action change) => Change(() =>
    {
        change();
        return true;
    });

    private T Change<T>(Func<T> change)
    {
        lock (_lock)
        {
            RequireOpen();
            return Directory.Guard(change);
        }
    }

    private void RequireOpen()
    {
        RequireOnline();
        if (_isClosed)
        {
            throw new StorageException("append", Path, 0, $"the log of {Partition} is closed");
        }
    }

    private void RequireOnline()
    {
        if (!Directory.IsOnline)
        {
            throw new StorageException("append", Path, 0, $"the log dir {Directory.Path} is already offline due to a previous IO exception");
        }
    }
}
