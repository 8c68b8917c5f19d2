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
    private readonly LogState _log;
    private readonly LogRoller _roller;
    private readonly LogAppender _appender;
    private readonly LogTruncation _truncation;
    private readonly LogRetention _retention;
    private readonly LogCompaction _compaction;
    private readonly GroupCommit _groupCommit;
    private RecordValidationSettings _validation;
    private Uuid _topicId;
    private long _suspectHighWatermark;
    private bool _isClosed;

    internal PartitionLog(
        TopicPartition partition, LogDirectory directory, LogConfig config, StorageEnvironment environment, LogContents contents)
    {
        _log = new LogState(partition, directory, config, environment, contents);
        _roller = new LogRoller(_log);
        _appender = new LogAppender(_log, _roller);
        _truncation = new LogTruncation(_log);
        _retention = new LogRetention(_log, _roller);
        _compaction = new LogCompaction(_log);
        _groupCommit = new GroupCommit(_log);
        _validation = config.ValidationSettings(partition);
        _topicId = contents.TopicId;
    }

    /// <summary>The partition whose replica this is.</summary>
    public TopicPartition Partition => _log.Partition;

    /// <summary>The log directory it lies in.</summary>
    public LogDirectory Directory => _log.Parent;

    /// <summary>Full path of its own directory.</summary>
    public string Path => _log.Files.Path;

    /// <summary>Is it being filled to take the place of another (AlterReplicaLogDirs)?</summary>
    public bool IsFuture => PartitionDirectoryName.IsFuture(System.IO.Path.GetFileName(Path));

    /// <summary>The topic's id (KIP-516); zero while it is not known.</summary>
    public Uuid TopicId
    {
        get
        {
            lock (_log.Lock)
            {
                return _topicId;
            }
        }
    }

    public LogConfig Config => _log.Config;

    /// <summary>The offset of the first record that may be read; there may be older ones in the first segment.</summary>
    public long LogStartOffset => _log.Bounds.LogStart;

    /// <summary>The offset the next record gets.</summary>
    public long LogEndOffset => _log.Bounds.LogEnd.Offset;

    /// <summary>The log end with its place in the files.</summary>
    public LogOffset LogEnd => _log.Bounds.LogEnd;

    public long HighWatermark => _log.Bounds.HighWatermark.Offset;

    public long LastStableOffset => _log.Bounds.LastStable.Offset;

    /// <summary>Where the first transaction began that is not decided and replicated; null where there is none.</summary>
    public long? FirstUnstableOffset => _log.Bounds.FirstUnstable?.Offset;

    /// <summary>Everything before it has been synced to disk, records and indexes: recovery begins there.</summary>
    public long RecoveryPoint => _log.Flush.RecoveryPoint;

    /// <summary>The records before it have been synced to disk.</summary>
    public long SyncedOffset => _log.Flush.SyncedOffset;

    public long LastFlushMs => _log.Flush.LastFlushMs;

    public long SizeInBytes => _log.Segments.SizeInBytes();

    /// <summary>Producers whose last sequences are remembered.</summary>
    public int ProducerCount => _log.Producers.ProducerCount;

    public int SegmentCount => _log.Segments.Count;

    public LeaderEpoch LatestEpoch => _log.Epochs.LatestEpoch;

    /// <summary>The leader epochs of the log and where each began.</summary>
    public IReadOnlyList<EpochEntry> EpochEntries => _log.Epochs.Entries;

    /// <summary>
    /// Did the crash it was recovered from cost records below the high watermark? Then the replica may follow but must not lead until it
    /// has caught up, so that no other is cut back to it.
    /// </summary>
    public bool IsSuspect => SuspectHighWatermark > 0;

    /// <summary>
    /// What the high watermark checkpoint should say: of a suspect log the one it has lost, so that it is still suspect after another
    /// restart.
    /// </summary>
    public long HighWatermarkToCheckpoint => Math.Max(HighWatermark, SuspectHighWatermark);

    /// <summary>What a cleaner may see of the log.</summary>
    internal LogCompaction Compaction => _compaction;

    /// <summary>Are there records before the log start, in the segment that holds it?</summary>
    internal bool StartsWithinSegment => LogStartOffset > _log.Segments.First.BaseOffset;

    private long SuspectHighWatermark => Volatile.Read(ref _suspectHighWatermark);

    /// <summary>Appends records as the partition's leader, which numbers and stamps them in place.</summary>
    /// <param name="records">The set as it came; its bytes change.</param>
    /// <param name="leaderEpoch">The epoch it leads in.</param>
    /// <param name="origin">A client, or a coordinator of this broker.</param>
    /// <exception cref="RecordsException">They are refused; nothing has been appended.</exception>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public LogAppend AppendAsLeader(Memory<byte> records, LeaderEpoch leaderEpoch, AppendOrigin origin = AppendOrigin.Client)
    {
        using var prepared = Prepare(RecordSet.Open(records), origin);
        return AppendAsLeader(prepared, leaderEpoch);
    }

    /// <summary>
    /// Checks, decompresses and where needed rebuilds records, all that a leader does with them before it knows at which offset. Takes no
    /// lock.
    /// </summary>
    /// <exception cref="RecordsException">They are refused.</exception>
    public PreparedAppend Prepare(in RecordSet records, AppendOrigin origin)
    {
        var began = _log.Environment.Time.GetTimestamp();
        var analysis = RecordSetAnalysis.Analyze(records, Partition, origin, _log.Config.MaxMessageBytes);
        return analysis.BatchCount == 0
            ? default
            : new(RecordValidator.Validate(records, analysis, _validation, new LeaderAppend(origin, _log.NowMs)), origin)
            {
                Took = _log.Environment.Time.GetElapsedTime(began),
            };
    }

    /// <inheritdoc cref="AppendAsLeader(Memory{byte}, LeaderEpoch, AppendOrigin)"/>
    /// <param name="prepared">What <see cref="Prepare"/> made of the records.</param>
    /// <param name="leaderEpoch">The epoch it leads in.</param>
    /// <param name="verification">What is demanded of transactional batches.</param>
    public LogAppend AppendAsLeader(in PreparedAppend prepared, LeaderEpoch leaderEpoch, AppendVerification verification = default)
    {
        if (prepared.IsEmpty)
        {
            return LogAppend.Empty(LogStartOffset);
        }

        lock (_log.Lock)
        {
            RequireOpen();
            var placed = prepared.Validated.At(LogEndOffset, leaderEpoch.Value);
            var appended = _appender.Append(
                placed.Records.Span, AppendPlan.Of(placed, prepared.Origin, leaderEpoch) with { Verification = verification });
            return appended.IsConverted ? appended with { ConversionTime = prepared.Took } : appended;
        }
    }

    /// <summary>Appends records as a follower: offsets and epochs stay as the leader chose them.</summary>
    /// <param name="records">What the leader sent.</param>
    /// <param name="leaderEpochMax">
    /// The leader epoch the replica follows. A leader that was replaced may send what it has copied since from its successor (KAFKA-18723):
    /// the first batch of a later epoch, and what is behind it, is left out.
    /// </param>
    /// <exception cref="RecordsException">They are broken.</exception>
    /// <exception cref="UnexpectedAppendOffsetException">They begin before the log ends.</exception>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public LogAppend AppendAsFollower(ReadOnlyMemory<byte> records, int leaderEpochMax = int.MaxValue)
    {
        var analysis = RecordSetAnalysis.Analyze(records, Partition, AppendOrigin.Replication, int.MaxValue, leaderEpochMax);
        var appended = AppendAsFollower(records[..analysis.ValidBytes], analysis);
        return analysis.IsEndedByLaterEpoch ? appended with { IsEndedByLaterEpoch = true } : appended;
    }

    /// <summary>
    /// Reads whole batches from the one that holds <paramref name="fetchOffset"/> on. Reads nothing of the records themselves.
    /// </summary>
    /// <param name="fetchOffset">The first offset wanted.</param>
    /// <param name="maxBytes">The most bytes to return.</param>
    /// <param name="isolation">How far the reader may see.</param>
    /// <param name="minOneMessage">Return the first batch even where it is larger than <paramref name="maxBytes"/>.</param>
    /// <param name="mayBlock">
    /// False where the caller must not wait for an index to be opened and searched; the read is <see cref="LogRead.IsCold"/> then.
    /// </param>
    /// <exception cref="CorruptRecordException">What is stored there is no batch.</exception>
    /// <exception cref="StorageException">The disk failed; the log directory is offline.</exception>
    public LogRead Read(long fetchOffset, int maxBytes, FetchIsolation isolation, bool minOneMessage, bool mayBlock = true)
    {
        RequireOnline();
        while (true)
        {
            // The view before the segments: every segment it speaks of is in the list then.
            var view = LogView.Of(_log.Bounds);
            var segments = _log.Segments;
            try
            {
                var request = new ReadRequest(fetchOffset, maxBytes, isolation, minOneMessage, mayBlock);
                if (LogReader.TryRead(_log.Bounds, view, segments, request) is { } read)
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
    public LogOffset Locate(long offset) => OverSegments(segments => LogReader.Locate(_log.Bounds, segments, offset));

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
        LogReader.SegmentOffsetsBefore(segments, timestamp, maxCount, LogStartOffset, LogEndOffset, _log.NowMs));

    /// <summary>Where an epoch ended in this log (KIP-101, KIP-279).</summary>
    public EpochEndOffset EndOffsetForEpoch(LeaderEpoch epoch) => _log.Epochs.EndOffsetFor(epoch, LogEndOffset);

    /// <summary>The epoch in which the record at <paramref name="offset"/> was appended.</summary>
    public LeaderEpoch EpochOf(long offset) => _log.Epochs.EpochOf(offset);

    /// <summary>Where the leader of <paramref name="epoch"/> began; null where this log has nothing of the epoch.</summary>
    public long? StartOfEpoch(LeaderEpoch epoch) => _log.Epochs.StartOf(epoch);

    /// <summary>
    /// Notes that this replica leads in <paramref name="epoch"/> from <paramref name="startOffset"/> on, before it appends anything.
    /// </summary>
    public void AssignEpochStart(LeaderEpoch epoch, long startOffset) => Change(() =>
    {
        if (_log.Config.KeepsEpochs)
        {
            _log.Epochs.Assign(epoch, startOffset);
        }
    });

    /// <summary>Sets the high watermark to <paramref name="offset"/>, kept within log start and log end; returns what it is then.</summary>
    public long UpdateHighWatermark(long offset) => Change(() =>
    {
        var end = _log.Bounds.LogEnd;
        _log.SetHighWatermark(offset >= end.Offset ? end : new LogOffset(Math.Max(offset, LogStartOffset)));
        return HighWatermark;
    });

    /// <summary>Advances the high watermark; true where it moved. It never goes back.</summary>
    public bool AdvanceHighWatermark(LogOffset candidate)
    {
        var current = _log.Bounds.HighWatermark;
        if (candidate.Offset < current.Offset || (candidate.Offset == current.Offset && !current.IsOnOlderSegmentThan(candidate)))
        {
            return false;
        }

        lock (_log.Lock)
        {
            Invariant.Require(candidate.Offset <= LogEndOffset);
            if (candidate.Offset < HighWatermark)
            {
                return false;
            }

            _log.SetHighWatermark(candidate);
            return true;
        }
    }

    /// <summary>
    /// Moves the log start forward (DeleteRecords, or a leader that did). Segments before it go with the next retention pass.
    /// </summary>
    /// <returns>OFFSET_OUT_OF_RANGE where it lies behind the high watermark.</returns>
    public ErrorCode AdvanceLogStart(long offset) => Change(() =>
    {
        if (offset > HighWatermark)
        {
            return ErrorCode.OffsetOutOfRange;
        }

        if (offset > LogStartOffset)
        {
            _log.MoveLogStart(offset);
        }

        return ErrorCode.None;
    });

    /// <summary>
    /// Cuts off everything at or behind <paramref name="offset"/>. Batches are cut whole, so that the file may end before the log does.
    /// Returns whether the log was longer.
    /// </summary>
    public bool TruncateTo(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return Change(() => _truncation.TruncateTo(offset));
    }

    /// <summary>
    /// The lowest offset at which the log was cut since this was last asked; the largest number where it was not. For one who keeps a copy
    /// of the log: what the copy has from there on is no longer what the log has.
    /// </summary>
    public long TakeLowestCut()
    {
        lock (_log.Lock)
        {
            return _log.TakeLowestCut();
        }
    }

    /// <summary>Removes everything; the log begins again at <paramref name="offset"/>.</summary>
    public void TruncateFullyAndStartAt(long offset) => Change(() => _truncation.StartAnewAt(offset));

    /// <summary>Begins a new segment. Returns its base offset.</summary>
    public long Roll() => Change(() => _roller.Roll(LogEndOffset).BaseOffset);

    /// <summary>Lets go what retention by time, size and log start allows; returns how many segments that was.</summary>
    public int DeleteOldSegments() => Change(_retention.DeleteOldSegments);

    /// <summary>Makes everything appended so far durable.</summary>
    public void Flush() => Directory.Guard(() => _log.Flush.Run(_log, LogEndOffset));

    /// <summary>Makes the records appended so far durable, without their indexes.</summary>
    public void FlushRecords() => Directory.Guard(() => _log.Flush.RunOnRecords(_log, LogEndOffset));

    /// <summary>
    /// Has the records appended so far made durable, as disk work and together with what comes meanwhile. <paramref name="synced"/> is told
    /// after each sync: always the same for one log.
    /// </summary>
    public void SyncSoon(Action synced) => _groupCommit.Request(synced);

    /// <summary>Forgets producers that have been silent too long.</summary>
    public void RemoveExpiredProducers() => Change(() => _log.Producers.RemoveExpired(_log.NowMs));

    /// <summary>The producers the log knows (DescribeProducers).</summary>
    public IReadOnlyList<ActiveProducer> DescribeProducers()
    {
        lock (_log.Lock)
        {
            return _log.Producers.Describe();
        }
    }

    /// <summary>Is a transaction open whose producer was last heard of before then?</summary>
    public bool HasTransactionFromBefore(long timestampMs)
    {
        if (FirstUnstableOffset is null)
        {
            return false;
        }

        lock (_log.Lock)
        {
            return _log.Producers.HasTransactionFromBefore(timestampMs);
        }
    }

    /// <summary>Has the producer an open transaction in this partition? Then a batch of it needs no verification (KIP-890).</summary>
    public bool HasOngoingTransaction(long producerId, short producerEpoch)
    {
        lock (_log.Lock)
        {
            return _log.Producers.HasOngoingTransaction(producerId, producerEpoch);
        }
    }

    /// <summary>
    /// Begins to verify a transactional batch with the coordinator of its transaction; null where the transaction is open in this log
    /// already. The guard goes into the append, which refuses the batch where a marker came first.
    /// </summary>
    public VerificationGuard? BeginVerification(long producerId, short producerEpoch, int baseSequence)
    {
        lock (_log.Lock)
        {
            return _log.Producers.HasOngoingTransaction(producerId, producerEpoch)
                ? null
                : _log.Producers.BeginVerification(producerId, producerEpoch, baseSequence, _log.NowMs);
        }
    }

    /// <summary>Hands over a changed configuration.</summary>
    public void UpdateConfig(LogConfig config)
    {
        lock (_log.Lock)
        {
            _log.Config = config;
            _validation = config.ValidationSettings(Partition);
            if (!config.KeepsEpochs && !_isClosed)
            {
                Directory.Attempt(_log.Epochs.Clear);
            }
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

        _log.Metadata.Write(topicId);
        _topicId = topicId;
    });

    /// <summary>
    /// Ends the suspicion where the log has all that the leader's high watermark promises, and that says all: it has come to where the
    /// leader's epoch began, so that everything the leader had then is committed, or to what was checkpointed here. A new leader's rises
    /// late. What the log lacks then is not in the cluster any more.
    /// </summary>
    /// <param name="leaderHighWatermark">What the leader told last.</param>
    /// <param name="leaderEpochStart">Where its log ended when its epoch began; null where that is not known.</param>
    public void NoteCaughtUp(long leaderHighWatermark, long? leaderEpochStart)
    {
        if (IsSuspect
            && LogEndOffset >= leaderHighWatermark
            && (LogEndOffset >= SuspectHighWatermark || leaderHighWatermark >= leaderEpochStart))
        {
            Volatile.Write(ref _suspectHighWatermark, 0);
        }
    }

    /// <summary>Ends the suspicion: what is missing is nowhere else, or somebody decided to do without it.</summary>
    public void AcceptLoss()
    {
        if (IsSuspect)
        {
            _log.Logger.LogWarning(
                "[UnifiedLog partition={Partition}] The log ends at {LogEndOffset}; what was committed from there to {HighWatermark} is given up",
                Partition, LogEndOffset, SuspectHighWatermark);
            Volatile.Write(ref _suspectHighWatermark, 0);
        }
    }

    /// <summary>A cleaning of this log that is running ends without effect.</summary>
    internal void GiveUpCleaning()
    {
        lock (_log.Lock)
        {
            _log.GiveUpCleaning();
        }
    }

    /// <inheritdoc cref="LogCompaction.Replace"/>
    internal void ReplaceSegments(IReadOnlyList<LogSegment> replaced, LogSegment cleaned, int cutCount) =>
        Change(() => _compaction.Replace(replaced, cleaned, cutCount));

    /// <summary>
    /// Writes down where the dirty section begins, unless the log has been cut since it had been cut <paramref name="cutCount"/> times,
    /// or is going away.
    /// </summary>
    internal void NoteCleaned(long firstDirtyOffset, int cutCount)
    {
        lock (_log.Lock)
        {
            if (!_isClosed && _log.CutCount == cutCount)
            {
                Directory.CleanerOffsets.Set(Partition, firstDirtyOffset);
            }
        }
    }

    /// <summary>Takes over the high watermark checkpointed before the start; the log is suspect where it ends before that.</summary>
    internal void RestoreHighWatermark(long checkpointed)
    {
        if (checkpointed > LogEndOffset)
        {
            _log.Logger.LogWarning(
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
        lock (_log.Lock)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            _log.Segments.Active.OnBecomeInactive();
            _log.Producers.TakeSnapshot(sync: true);
            _log.Flush.Run(_log, LogEndOffset);
            // A segment rolled at the recovery point got its last index entries after it had been synced.
            _log.Flush.Sync(_log.Segments.LastTwo());
            _log.CloseFiles();
        }
    }

    /// <summary>Closes the files as they are: the log directory has failed or the log is going away.</summary>
    internal void Abandon()
    {
        lock (_log.Lock)
        {
            _isClosed = true;
            _log.CloseFiles();
        }
    }

    /// <summary>Gives the directory another name; the files stay open. <see cref="LogStore.SyncDirectories"/> makes that durable.</summary>
    internal void RenameDirectory(string name) => Change(() =>
    {
        _log.Files.Rename(System.IO.Path.Join(_log.Files.Parent, name));
        _log.EntryChange = Directory.NoteEntryChange();
    });

    /// <summary>The log has just been made, and its directory's name is not durable.</summary>
    internal void NoteCreation() => _log.EntryChange = Directory.NoteEntryChange();

    /// <summary>No more appends: the log is about to be deleted. Reads that have begun go on.</summary>
    internal void StopAppends()
    {
        lock (_log.Lock)
        {
            _isClosed = true;
        }
    }

    private LogAppend AppendAsFollower(ReadOnlyMemory<byte> records, in RecordSetAnalysis analysis)
    {
        if (analysis.BatchCount == 0)
        {
            return LogAppend.Empty(LogStartOffset);
        }

        if (analysis.BatchCount > 1 && records.Length > _log.Config.SegmentBytes)
        {
            return AppendOneByOne(records);
        }

        lock (_log.Lock)
        {
            RequireOpen();
            RequireContinuation(analysis);
            return _appender.Append(records.Span, AppendPlan.Of(analysis));
        }
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

    /// <summary>Reads over a list of segments, again over the new one where a segment is deleted under the reader.</summary>
    private T OverSegments<T>(Func<SegmentList, T> read)
    {
        RequireOnline();
        while (true)
        {
            var segments = _log.Segments;
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
        if (segments != _log.Segments)
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
        if (_log.AreFilesClosed)
        {
            throw new StorageException("read", Path, 0, $"the log of {Partition} is closed");
        }
    }

    private void Change(Action change) => Change(() =>
    {
        change();
        return true;
    });

    private T Change<T>(Func<T> change)
    {
        lock (_log.Lock)
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
            throw new StorageException(
                "append", Path, 0, $"the log dir {Directory.Path} is already offline due to a previous IO exception");
        }
    }
}
