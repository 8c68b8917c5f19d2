using ClassicBroker.Primitives;
using ClassicBroker.Platform;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Opens the files of one log, whatever state a crash left them in (Kafka's LogLoader): has <see cref="InterruptedCleaning"/> finish or
/// undo what the cleaner was at, rebuilds lost indexes, and after an unclean shutdown checks every batch from the recovery point on and
/// cuts at the first bad one. Threading: one loop, before the log is open.
/// </summary>
internal sealed class LogLoader(
    TopicPartition partition, LogDirectory parent, PartitionDirectory directory, LogConfig config, StorageEnvironment environment)
{
    private readonly ILogger _logger = environment.Loggers.CreateLogger("kafka.log.LogLoader");
    private readonly long _nowMs = environment.Time.UnixMs();
    private readonly List<LogSegment> _opened = [];
    private readonly HashSet<long> _unsplit = [];
    private bool _wasSplit;
    private long _durableEnd;

    /// <param name="logStartOffset">What the log start checkpoint says, 0 where nothing.</param>
    /// <param name="recoveryPoint">What the recovery point checkpoint says, 0 where nothing.</param>
    /// <param name="isClean">Was the directory closed in order?</param>
    public LogContents Load(long logStartOffset, long recoveryPoint, bool isClean)
    {
        _durableEnd = isClean ? long.MaxValue : recoveryPoint;
        var names = directory.Files.List(directory.Path);
        if (names.Any(IsLeftover))
        {
            new InterruptedCleaning(partition, directory, _logger).Finish();
            names = directory.Files.List(directory.Path);
        }

        try
        {
            return LoadSplitting(names, logStartOffset, recoveryPoint, isClean);
        }
        catch (RecordsException corrupt)
        {
            _logger.LogError(
                "[LogLoader partition={Partition}] A batch that should be in order is not: {Reason} Recovering the whole log", partition, corrupt.Message);
            CloseOpened();
            return LoadSplitting(directory.Files.List(directory.Path), logStartOffset, recoveryPoint: 0, isClean: false);
        }
    }

    /// <summary>Told how many segments are still to be checked after a crash.</summary>
    public Action<int>? ShowRemainingSegments { get; init; }

    /// <summary>Closes what a loading that failed has opened.</summary>
    public void CloseOpened() => _opened.ForEach(segment => segment.Dispose());

    /// <summary>Begins again each time that a segment had to be split.</summary>
    private LogContents LoadSplitting(IReadOnlyList<DirectoryEntry> names, long logStartOffset, long recoveryPoint, bool isClean)
    {
        while (true)
        {
            try
            {
                return LoadSegments(names, logStartOffset, recoveryPoint, isClean);
            }
            catch (SegmentOverflowException overflow)
            {
                CloseOpened();
                var isSplit = new SegmentSplit(partition, directory, _logger).TrySplit(overflow.BaseOffset);
                _wasSplit |= isSplit;
                if (!isSplit)
                {
                    _unsplit.Add(overflow.BaseOffset);
                }

                names = directory.Files.List(directory.Path);
            }
        }
    }

    private LogContents LoadSegments(IReadOnlyList<DirectoryEntry> names, long logStartOffset, long recoveryPoint, bool isClean)
    {
        var snapshots = new ProducerSnapshots(directory, environment.Loggers.CreateLogger("kafka.log.ProducerStateManager"));
        var producers = new ProducerState(partition, snapshots, environment.ProducerIdExpirationMs);
        var segments = new SegmentList([.. SegmentsOf(names, snapshots, isClean)]);
        var epochs = LoadEpochs(segments);
        var cleanedUpTo = parent.CleanerOffsets.Find(partition) ?? 0;
        var recovery = new LogRecovery(partition, config, segments, producers, epochs, logStartOffset, cleanedUpTo, _nowMs, _logger)
        {
            WasSplit = _wasSplit,
            Unsplit = _unsplit,
        };
        if (!isClean)
        {
            recovery.RecoverFrom(recoveryPoint, ShowRemainingSegments);
        }

        segments = recovery.RecoverIndexes();

        var logEndOffset = segments.Count == 0 ? logStartOffset : recovery.NextOffset();
        Remove(recovery.Removed, snapshots);
        if (segments.Count > 0 && logEndOffset < logStartOffset)
        {
            _logger.LogWarning(
                "[LogLoader partition={Partition}] Deleting all segments because logEndOffset ({LogEndOffset}) is smaller than logStartOffset ({LogStartOffset})",
                partition, logEndOffset, logStartOffset);
            Remove(segments.All.ToArray(), snapshots);
            epochs.Clear();
            producers.TruncateFullyAndStartAt(logStartOffset);
            (segments, logEndOffset) = (new SegmentList([]), logStartOffset);
        }

        if (segments.Count == 0)
        {
            segments = new SegmentList([LogSegment.Create(
                directory, logStartOffset, config, _nowMs, SegmentJitter.Draw(config, environment.Random))]);
        }

        var start = Math.Max(logStartOffset, segments.First.BaseOffset);
        if (!config.KeepsEpochs)
        {
            epochs.Clear();
        }

        epochs.TruncateFromEnd(logEndOffset);
        epochs.TruncateFromStart(start);
        snapshots.RemoveStray(segments);
        RebuildProducers(producers, segments, start, logEndOffset, isClean);
        segments.Active.GrowIndexes(config);
        var metadata = new PartitionMetadataFile(directory);
        if (!isClean)
        {
            WriteAgain(segments, metadata);
        }

        return new LogContents
        {
            Directory = directory,
            Metadata = metadata,
            TopicId = LoadTopicId(metadata),
            Segments = segments,
            Epochs = epochs,
            Producers = producers,
            LogStartOffset = start,
            LogEndOffset = logEndOffset,
            RecoveryPoint = isClean ? logEndOffset : Math.Min(recoveryPoint, logEndOffset),
        };
    }

    private List<LogSegment> SegmentsOf(IReadOnlyList<DirectoryEntry> names, ProducerSnapshots snapshots, bool isClean)
    {
        var lengths =
            names.Where(entry => !entry.IsDirectory).ToDictionary(entry => entry.Name, entry => entry.Length, StringComparer.Ordinal);
        var segments = new List<LogSegment>();
        foreach (var name in lengths.Keys.Order(StringComparer.Ordinal))
        {
            if (LogFileNames.IsOffsetFile(name, LogFileNames.LogSuffix, out var baseOffset))
            {
                var sizes = new SegmentFileSizes(
                    lengths[name],
                    LengthOf(baseOffset, LogFileNames.OffsetIndexSuffix),
                    LengthOf(baseOffset, LogFileNames.TimeIndexSuffix),
                    LengthOf(baseOffset, LogFileNames.TransactionIndexSuffix))
                { AreSynced = isClean };
                segments.Add(new LogSegment(directory, baseOffset, config, sizes, _nowMs, SegmentJitter.Draw(config, environment.Random)));
            }
            else if (LogFileNames.IsOffsetFile(name, LogFileNames.ProducerSnapshotSuffix, out var offset))
            {
                snapshots.Add(offset);
            }
            else if (name == LogFileNames.LeaderEpochCheckpoint + AtomicFile.TemporarySuffix)
            {
                directory.Files.DeleteFile(directory.File(name));
            }
            else if (LogFileNames.IsIndex(name, out var indexed) && !lengths.ContainsKey(LogFileNames.Of(indexed, LogFileNames.LogSuffix)))
            {
                _logger.LogWarning("[LogLoader partition={Partition}] Found an orphaned index file {Name}, with no corresponding log file", partition, name);
                directory.Files.DeleteFile(directory.File(name));
            }
        }

        _opened.AddRange(segments);
        return segments;

        long LengthOf(long baseOffset, string suffix) =>
            lengths.GetValueOrDefault(LogFileNames.Of(baseOffset, suffix), SegmentFileSizes.Missing);
    }

    private static bool IsLeftover(DirectoryEntry entry) =>
        entry.Name.EndsWith(LogFileNames.DeletedSuffix, StringComparison.Ordinal)
        || entry.Name.EndsWith(LogFileNames.CleanedSuffix, StringComparison.Ordinal)
        || entry.Name.EndsWith(LogFileNames.SwapSuffix, StringComparison.Ordinal);

    private LeaderEpochCache LoadEpochs(SegmentList segments)
    {
        try
        {
            return LeaderEpochCache.Load(directory);
        }
        catch (MalformedDataException malformed)
        {
            _logger.LogWarning(
                "[LogLoader partition={Partition}] {Reason}; reading the epochs off the batches instead", partition, malformed.Message);
            var epochs = LeaderEpochCache.Empty(directory);
            foreach (var segment in segments.All)
            {
                segment.CollectEpochs(epochs);
            }

            return epochs;
        }
    }

    /// <summary>
    /// What an earlier process wrote and did not sync, or not with success, might never come to the disk. A broken epoch checkpoint is made
    /// again from the batches.
    /// </summary>
    private void WriteAgain(SegmentList segments, PartitionMetadataFile metadata)
    {
        metadata.WriteAgain();
        if (environment.WritesAgainAfterCrash)
        {
            foreach (var segment in segments.Covering(_durableEnd, long.MaxValue))
            {
                segment.WriteAgain(_durableEnd);
            }
        }
    }

    private Uuid LoadTopicId(PartitionMetadataFile metadata)
    {
        try
        {
            return metadata.Read();
        }
        catch (MalformedDataException malformed)
        {
            _logger.LogWarning(
                "[LogLoader partition={Partition}] {Reason}; it is written again once the topic id is known", partition, malformed.Message);
            return Uuid.Zero;
        }
    }

    private void RebuildProducers(ProducerState producers, SegmentList segments, long logStartOffset, long logEndOffset, bool isClean)
    {
        if (config.RecordMagic < RecordFormat.MagicV2 || (isClean && producers.Snapshots.Latest is null))
        {
            // No producer has ever been seen; empty snapshots keep the next start from looking for them in the log.
            foreach (var offset in segments.LastTwoBaseOffsets().Append(logEndOffset).Where(offset => offset >= producers.MapEndOffset))
            {
                producers.AdvanceTo(offset);
                producers.TakeSnapshot();
            }

            return;
        }

        producers.TruncateAndReload(logStartOffset, logEndOffset, _nowMs);
        ProducerReplay.Run(producers, segments, logStartOffset, logEndOffset);
        producers.AdvanceTo(logEndOffset);
        producers.TakeSnapshot();
    }

    private void Remove(IReadOnlyCollection<LogSegment> segments, ProducerSnapshots snapshots) =>
        new SegmentRemoval(directory, parent, environment).Remove(segments, snapshots, config.FileDeleteDelayMs);
}
