using ClassicBroker.Primitives;
using ClassicBroker.Platform;
using ClassicBroker.Records;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Opens the files of one log, whatever state a crash left them in (Kafka's LogLoader): finishes or undoes what the cleaner was at, makes
/// lost indexes anew, and after an unclean shutdown checks every batch from the recovery point on and cuts at the first bad one.
/// Threading: one loop, before the log is open.
/// </summary>
internal sealed class LogLoader(
    TopicPartition partition, LogDirectory parent, PartitionDirectory directory, LogConfig config, StorageEnvironment environment)
{
    private readonly ILogger _logger = environment.Loggers.CreateLogger("kafka.log.LogLoader");
    private readonly long _nowMs = environment.Time.UnixMs();
    private readonly List<LogSegment> _opened = [];

    /// <param name="logStartOffset">What the log start checkpoint says, 0 where nothing.</param>
    /// <param name="recoveryPoint">What the recovery point checkpoint says, 0 where nothing.</param>
    /// <param name="isClean">Was the directory closed in order?</param>
    public LogContents Load(long logStartOffset, long recoveryPoint, bool isClean)
    {
        FinishCleaning();
        try
        {
            return LoadSegments(logStartOffset, recoveryPoint, isClean);
        }
        catch (RecordsException corrupt)
        {
            _logger.LogError(
                "[LogLoader partition={Partition}] A batch that should be in order is not: {Reason} Recovering the whole log", partition, corrupt.Message);
            _opened.ForEach(segment => segment.Dispose());
            return LoadSegments(logStartOffset, recoveryPoint: 0, isClean: false);
        }
    }

    private LogContents LoadSegments(long logStartOffset, long recoveryPoint, bool isClean)
    {
        var names = directory.Files.List(directory.Path);
        var snapshots = new ProducerSnapshots(directory, environment.Loggers.CreateLogger("kafka.log.ProducerStateManager"));
        var producers = new ProducerState(partition, snapshots, environment.ProducerIdExpirationMs);
        var segments = new SegmentList([.. SegmentsOf(names, snapshots, isClean)]);
        var epochs = LoadEpochs(segments);
        var recovery = new LogRecovery(partition, config, segments, producers, epochs, logStartOffset, _nowMs, _logger);
        if (!isClean)
        {
            recovery.RecoverFrom(recoveryPoint);
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
        epochs.TruncateFromEnd(logEndOffset);
        epochs.TruncateFromStart(start);
        snapshots.RemoveStray(segments);
        RebuildProducers(producers, segments, start, logEndOffset, isClean);
        segments.Active.GrowIndexes(config);
        return new LogContents
        {
            Directory = directory,
            TopicId = LoadTopicId(),
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
                    LengthOf(baseOffset, LogFileNames.TransactionIndexSuffix)) { AreSynced = isClean };
                segments.Add(new LogSegment(directory, baseOffset, config, sizes, _nowMs, SegmentJitter.Draw(config, environment.Random)));
            }
            else if (LogFileNames.IsOffsetFile(name, LogFileNames.ProducerSnapshotSuffix, out var offset))
            {
                snapshots.Add(offset);
            }
            else if (IsIndex(name, out var indexed) && !lengths.ContainsKey(LogFileNames.Of(indexed, LogFileNames.LogSuffix)))
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

    private static bool IsIndex(string name, out long baseOffset) =>
        LogFileNames.IsOffsetFile(name, LogFileNames.OffsetIndexSuffix, out baseOffset)
        || LogFileNames.IsOffsetFile(name, LogFileNames.TimeIndexSuffix, out baseOffset)
        || LogFileNames.IsOffsetFile(name, LogFileNames.TransactionIndexSuffix, out baseOffset);

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

    private Uuid LoadTopicId()
    {
        try
        {
            return PartitionMetadataFile.Read(directory);
        }
        catch (MalformedDataException malformed)
        {
            _logger.LogWarning(
                "[LogLoader partition={Partition}] {Reason}; it is written anew once the topic id is known", partition, malformed.Message);
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
        new SegmentRemoval(directory, parent, environment.Housekeeping).Remove(segments, snapshots, config.FileDeleteDelayMs);

    /// <summary>
    /// Removes what was on its way out, undoes cleanings that had not finished writing, and finishes those that had: their output, marked
    /// <c>.swap</c>, replaces every segment it was made of.
    /// </summary>
    private void FinishCleaning()
    {
        var swaps = new List<string>();
        var leastCleaned = long.MaxValue;
        foreach (var entry in directory.Files.List(directory.Path).Where(entry => !entry.IsDirectory))
        {
            if (entry.Name.EndsWith(LogFileNames.DeletedSuffix, StringComparison.Ordinal))
            {
                directory.Files.DeleteFile(directory.File(entry.Name));
            }
            else if (entry.Name.EndsWith(LogFileNames.CleanedSuffix, StringComparison.Ordinal))
            {
                leastCleaned = LogFileNames.TryParseOffset(entry.Name, out var offset) ? Math.Min(leastCleaned, offset) : leastCleaned;
                directory.Files.DeleteFile(directory.File(entry.Name));
            }
            else if (entry.Name.EndsWith(LogFileNames.SwapSuffix, StringComparison.Ordinal))
            {
                swaps.Add(entry.Name);
            }
        }

        foreach (var swap in swaps.Where(swap => LogFileNames.TryParseOffset(swap, out var offset) && offset >= leastCleaned))
        {
            directory.Files.DeleteFile(directory.File(swap));
        }

        swaps.RemoveAll(swap => LogFileNames.TryParseOffset(swap, out var offset) && offset >= leastCleaned);
        if (swaps.Count > 0)
        {
            Swap(swaps);
        }
    }

    private void Swap(List<string> swaps)
    {
        var (least, end) = (long.MaxValue, long.MinValue);
        foreach (var entry in directory.Files.List(directory.Path))
        {
            if (LogFileNames.IsOffsetFile(entry.Name, LogFileNames.LogSuffix + LogFileNames.SwapSuffix, out var baseOffset))
            {
                least = Math.Min(least, baseOffset);
                end = Math.Max(end, EndOfSwap(baseOffset, entry.Length));
            }
        }

        foreach (var entry in directory.Files.List(directory.Path).Where(entry => !swaps.Contains(entry.Name)))
        {
            var isSegment = IsIndex(entry.Name, out var offset)
                || LogFileNames.IsOffsetFile(entry.Name, LogFileNames.LogSuffix, out offset);
            if (isSegment && offset >= least && offset < end)
            {
                _logger.LogInformation(
                    "[LogLoader partition={Partition}] Deleting segment file {Name} that is compacted but has not been deleted yet", partition, entry.Name);
                directory.Files.DeleteFile(directory.File(entry.Name));
            }
        }

        foreach (var swap in swaps)
        {
            directory.Files.Rename(directory.File(swap), directory.File(swap[..^LogFileNames.SwapSuffix.Length]));
        }

        directory.Files.SyncDirectory(directory.Path);
    }

    /// <exception cref="StorageException">
    /// It cannot be read. The segments it was made of may be gone already, so that dropping it could drop records: its directory stays
    /// offline until somebody has looked.
    /// </exception>
    private long EndOfSwap(long baseOffset, long length)
    {
        using var file = new SegmentFile(directory, baseOffset, length, LogFileNames.SwapSuffix);
        using var scanner = new BatchScanner(file, 0, int.MaxValue, BatchScanner.HeaderWindow);
        var end = baseOffset + 1;
        try
        {
            while (scanner.MoveNext())
            {
                end = scanner.Current.NextOffset;
            }
        }
        catch (RecordsException corrupt)
        {
            throw new StorageException("read", file.Path, 0, $"the output of an interrupted cleaning is corrupt: {corrupt.Message}");
        }

        return end;
    }
}
