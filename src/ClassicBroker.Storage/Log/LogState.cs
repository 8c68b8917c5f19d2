using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// The parts of one log, shared by those who append to it, cut it and look after it. Threading: changed under <see cref="Lock"/>; segments,
/// configuration and bounds are read by any thread.
/// </summary>
internal sealed class LogState
{
    private volatile SegmentList _segments;
    private volatile LogConfig _config;
    private volatile bool _areFilesClosed;
    private int _entryChange;
    private int _cutCount;
    private long _lowestCut = long.MaxValue;

    public LogState(TopicPartition partition, LogDirectory parent, LogConfig config, StorageEnvironment environment, LogContents contents)
    {
        Partition = partition;
        Parent = parent;
        Environment = environment;
        Logger = environment.Loggers.CreateLogger("kafka.log.UnifiedLog");
        Files = contents.Directory;
        Metadata = contents.Metadata;
        Epochs = contents.Epochs;
        Producers = contents.Producers;
        _segments = contents.Segments;
        _config = config;
        Bounds = new LogBounds(contents.LogStartOffset, EndAt(contents.LogEndOffset));
        Flush = new LogFlush(contents.RecoveryPoint, NowMs);
        Removal = new SegmentRemoval(Files, parent, environment);
        RefreshFirstUnstable();
    }

    /// <summary>Guards whatever changes the log; held only across synchronous code.</summary>
    public Lock Lock { get; } = new();

    public TopicPartition Partition { get; }

    public LogDirectory Parent { get; }

    public StorageEnvironment Environment { get; }

    public ILogger Logger { get; }

    public PartitionDirectory Files { get; }

    public PartitionMetadataFile Metadata { get; }

    public LogBounds Bounds { get; }

    public LeaderEpochCache Epochs { get; }

    public ProducerState Producers { get; }

    public LogFlush Flush { get; }

    public SegmentRemoval Removal { get; }

    public SegmentList Segments
    {
        get => _segments;
        set => _segments = value;
    }

    public LogConfig Config
    {
        get => _config;
        set => _config = value;
    }

    /// <summary>
    /// What <see cref="LogDirectory.NoteEntryChange"/> returned when the log was made or last renamed; 0 where its name is durable.
    /// </summary>
    public int EntryChange
    {
        get => Volatile.Read(ref _entryChange);
        set => Volatile.Write(ref _entryChange, value);
    }

    /// <summary>How often the log has been cut at its end, or had a cleaning given up, since it was opened.</summary>
    public int CutCount => Volatile.Read(ref _cutCount);

    /// <summary>Nothing can be read any more.</summary>
    public bool AreFilesClosed => _areFilesClosed;

    public long NowMs => Environment.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public long LogEndOffset => Bounds.LogEnd.Offset;

    /// <summary>The log end where the active segment ends at <paramref name="offset"/>.</summary>
    public LogOffset EndAt(long offset)
    {
        var active = Segments.Active;
        return new(offset, active.BaseOffset, active.Size);
    }

    public LogSegment CreateSegment(long baseOffset) =>
        LogSegment.Create(Files, baseOffset, Config, NowMs, SegmentJitter.Draw(Config, Environment.Random));

    public void RefreshFirstUnstable()
    {
        var (first, start) = (Producers.FirstUnstableOffset, Bounds.LogStart);
        Bounds.FirstUnstable = first is { } unstable && unstable.Offset < start ? new LogOffset(start) : first;
    }

    /// <summary>
    /// The log is about to be cut at <paramref name="offset"/>: a cleaning that is running must not end as if it had not been, and what
    /// takes the place of the cut part is dirty.
    /// </summary>
    public void NoteCut(long offset)
    {
        Volatile.Write(ref _cutCount, _cutCount + 1);
        _lowestCut = Math.Min(_lowestCut, offset);
        Parent.CleanerOffsets.Lower(Partition, offset);
    }

    /// <summary>The lowest offset at which the log was cut since this was last asked; the largest number where it was not.</summary>
    public long TakeLowestCut()
    {
        var lowest = _lowestCut;
        _lowestCut = long.MaxValue;
        return lowest;
    }

    /// <summary>A cleaning that is running must not end.</summary>
    public void GiveUpCleaning() => Volatile.Write(ref _cutCount, _cutCount + 1);

    public void SetHighWatermark(LogOffset highWatermark)
    {
        Bounds.HighWatermark = highWatermark;
        Producers.OnHighWatermarkUpdated(highWatermark.Offset);
        RefreshFirstUnstable();
    }

    public void MoveLogStart(long offset)
    {
        Bounds.LogStart = offset;
        Epochs.TruncateFromStart(offset);
        Producers.OnLogStartOffsetIncremented(offset);
        RefreshFirstUnstable();
        Logger.LogInformation("[UnifiedLog partition={Partition}] Incremented log start offset to {Offset}", Partition, offset);
    }

    public void CloseFiles()
    {
        _areFilesClosed = true;
        foreach (var segment in Segments.All)
        {
            segment.Dispose();
        }
    }
}
