using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// One entry of <c>log.dirs</c>: the logs in it share a lock file, checkpoints and a fate. The first failure of its disk takes it offline
/// for good, and nothing is written there any more.
/// Threading: safe from any thread; checkpoints are written as disk work, by those that open and close the directory, and under
/// a log's lock where a cut or a deletion must not be forgotten.
/// </summary>
public sealed class LogDirectory
{
    private const string LockFile = ".lock";

    private readonly StorageEnvironment _environment;
    private readonly ILogger _logger;
    private readonly Action<LogDirectory> _wentOffline;
    private readonly Action<LogDirectory> _recoveryPointLowered;
    private readonly Action<LogDirectory> _highWatermarkLowered;
    private readonly Lock _syncingEntries = new();
    private IDisposable? _lockFile;
    private StorageException? _failure;
    private int _entryChanges;
    private int _entryChangesSynced;

    /// <param name="path">Absolute.</param>
    /// <param name="environment">What it stands on.</param>
    /// <param name="wentOffline">Told once, as disk work, when the directory has gone offline.</param>
    /// <param name="recoveryPointLowered">
    /// Told, under a log's lock, that a log's recovery point has gone back and must not stand higher on disk.
    /// </param>
    /// <param name="highWatermarkLowered">The same of its high watermark.</param>
    internal LogDirectory(
        string path,
        StorageEnvironment environment,
        Action<LogDirectory> wentOffline,
        Action<LogDirectory> recoveryPointLowered,
        Action<LogDirectory> highWatermarkLowered)
    {
        (_wentOffline, _recoveryPointLowered) = (wentOffline, recoveryPointLowered);
        _highWatermarkLowered = highWatermarkLowered;
        Path = path;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger("kafka.log.LogManager");
        RecoveryPoints = Checkpoint(OffsetCheckpointFile.RecoveryPoint);
        HighWatermarks = Checkpoint(OffsetCheckpointFile.HighWatermark);
        LogStarts = Checkpoint(OffsetCheckpointFile.LogStart);
        var cleanerOffsets = Checkpoint(OffsetCheckpointFile.Cleaner);
        CleanerOffsets = new CleanerCheckpoint(cleanerOffsets, () => ReadCheckpoint(cleanerOffsets));
        CleanShutdown = new CleanShutdownMarker(environment.Files, path);
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    public bool IsOnline => Failure is null;

    /// <summary>What took the directory offline; null while it is online.</summary>
    public StorageException? Failure => Volatile.Read(ref _failure);

    /// <summary>Space of the volume it lies on.</summary>
    public VolumeSpace Space => Guard(() => _environment.Files.Space(Path));

    internal OffsetCheckpointFile RecoveryPoints { get; }

    internal OffsetCheckpointFile HighWatermarks { get; }

    internal OffsetCheckpointFile LogStarts { get; }

    internal CleanerCheckpoint CleanerOffsets { get; }

    internal CleanShutdownMarker CleanShutdown { get; }

    /// <summary>Creates the directory where it is missing and takes its lock.</summary>
    /// <exception cref="LogDirectoryException">Another process uses it.</exception>
    /// <exception cref="StorageException">The disk refuses.</exception>
    internal void Acquire()
    {
        var files = _environment.Files;
        if (!files.DirectoryExists(Path))
        {
            _logger.LogInformation("Log directory {Path} not found, creating it.", Path);
            files.CreateDurableDirectory(Path);
        }

        _lockFile = files.TryLock(System.IO.Path.Join(Path, LockFile))
            ?? throw new LogDirectoryException(
                $"Failed to acquire lock on file {LockFile} in {Path}. A Kafka instance in another process or thread is using this directory.");
    }

    internal void Release()
    {
        _lockFile?.Dispose();
        _lockFile = null;
    }

    /// <summary>The disk has failed: from now on nothing in the directory is written, and its logs are gone until a restart.</summary>
    internal void TakeOffline(StorageException failure)
    {
        if (Interlocked.CompareExchange(ref _failure, failure, null) is null)
        {
            _logger.LogError("Stopping serving logs in dir {Path}: {Reason}", Path, failure.Message);
            _environment.DiskWork.Execute(() => _wentOffline(this));
        }
    }

    /// <summary>A log's recovery point has gone back and must not stand higher on disk. Under the log's lock.</summary>
    internal void LowerRecoveryPoint() => _recoveryPointLowered(this);

    /// <summary>A log's high watermark has gone back and must not stand higher on disk. Under the log's lock.</summary>
    internal void LowerHighWatermark() => _highWatermarkLowered(this);

    /// <summary>
    /// Notes that a log was made, renamed or removed here. Returns what <see cref="SyncEntries(int)"/> takes to make that durable.
    /// </summary>
    internal int NoteEntryChange() => Interlocked.Increment(ref _entryChanges);

    /// <summary>
    /// Makes the entries of the directory durable as they are; does nothing where no change has come since the last time.
    /// </summary>
    internal void SyncEntries() => SyncEntries(Volatile.Read(ref _entryChanges));

    /// <summary>
    /// Makes durable what <see cref="NoteEntryChange"/> has noted up to <paramref name="change"/>, and whatever came after.
    /// </summary>
    internal void SyncEntries(int change)
    {
        if (Volatile.Read(ref _entryChangesSynced) >= change)
        {
            return;
        }

        lock (_syncingEntries)
        {
            var changes = Volatile.Read(ref _entryChanges);
            if (_entryChangesSynced < change)
            {
                _environment.Files.SyncDirectory(Path);
                Volatile.Write(ref _entryChangesSynced, changes);
            }
        }
    }

    /// <summary>Does <paramref name="work"/>; a failing disk takes the directory offline before the failure goes on.</summary>
    internal T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (StorageException failure)
        {
            TakeOffline(failure);
            throw;
        }
    }

    /// <inheritdoc cref="Guard{T}"/>
    internal void Guard(Action work) => Guard(() =>
    {
        work();
        return true;
    });

    /// <summary>
    /// Does work in the background, unless the directory is offline; a failing disk takes it offline, and that is the end of it.
    /// </summary>
    internal void Attempt(Action work)
    {
        if (!IsOnline)
        {
            return;
        }

        try
        {
            work();
        }
        catch (StorageException failure)
        {
            TakeOffline(failure);
        }
    }

    /// <summary>
    /// Reads a checkpoint; one that is unreadable counts as empty, because each can only make a start slower or more careful.
    /// </summary>
    internal Dictionary<TopicPartition, long> ReadCheckpoint(OffsetCheckpointFile checkpoint)
    {
        try
        {
            return checkpoint.Read();
        }
        catch (MalformedDataException malformed)
        {
            _logger.LogWarning("{Reason}; its offsets count as unknown", malformed.Message);
            return [];
        }
    }

    private OffsetCheckpointFile Checkpoint(string name) => new(_environment.Files, System.IO.Path.Join(Path, name));
}
