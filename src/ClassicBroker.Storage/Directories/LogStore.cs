using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// All logs of a broker in all its log directories (Kafka's LogManager): opens them, makes and deletes them, and looks after them.
/// Threading: safe from any thread; logs are found without locking, made and removed under one lock, which is held while files are made
/// but not while they are synced; what is done at intervals is disk work. Lock order: store, then log.
/// </summary>
public sealed class LogStore
{
    private readonly Lock _lock = new();
    private readonly StorageEnvironment _environment;
    private readonly LogStoreSettings _settings;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> _current = new();
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> _future = new();
    private readonly Dictionary<TopicPartition, string> _preferredDirectories = [];
    private readonly LogUpkeep _upkeep;
    private bool _isOpen;

    private LogStore(LogStoreSettings settings, StorageEnvironment environment)
    {
        _settings = settings;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger("kafka.log.LogManager");
        _upkeep = new LogUpkeep(this, settings, environment);
        Cleaner = settings.Cleaner is { } cleaner ? new LogCleaner(cleaner, LogsToClean, environment) : null;
        Directories =
        [
            .. settings.Directories.Select(path => new LogDirectory(
                path, environment, OnDirectoryOffline, CheckpointRecoveryPoints, CheckpointHighWatermarks)),
        ];
    }

    /// <summary>Every directory of <c>log.dirs</c>, offline ones included.</summary>
    public IReadOnlyList<LogDirectory> Directories { get; }

    /// <summary>Compacts the logs; null where that is switched off.</summary>
    public LogCleaner? Cleaner { get; }

    /// <summary>The logs in use, by partition.</summary>
    public IReadOnlyList<PartitionLog> Logs => [.. _current.Values.OrderBy(log => log.Partition)];

    /// <summary>The logs in use and those that are being filled to take the place of others, in no order.</summary>
    public IEnumerable<PartitionLog> EachLog => _current.Values.Concat(_future.Values);

    /// <summary>Logs that are being filled to take the place of others, by partition.</summary>
    public IReadOnlyList<PartitionLog> FutureLogs => [.. _future.Values.OrderBy(log => log.Partition)];

    /// <summary>
    /// Opens the directories and loads their logs, recovering those that were not closed in order. A directory that fails is offline, as
    /// one that fails later.
    /// </summary>
    /// <param name="settings">The broker's settings.</param>
    /// <param name="environment">What the logs stand on.</param>
    /// <param name="recoveryLoops">Where logs are loaded, shared out over the directories; not needed afterwards.</param>
    /// <param name="configOf">The settings of a topic.</param>
    /// <exception cref="LogDirectoryException">
    /// A directory is in use by another process, two hold the same partition, or none can be used.
    /// </exception>
    public static async Task<LogStore> OpenAsync(
        LogStoreSettings settings,
        StorageEnvironment environment,
        IReadOnlyList<IEventLoop> recoveryLoops,
        Func<string, LogConfig> configOf)
    {
        var store = new LogStore(settings, environment);
        var startedMs = environment.Time.MonotonicMs();
        store._logger.LogInformation("Loading logs from log dirs {Directories}", string.Join(',', settings.Directories));
        var loaders = store.Directories.Select(directory => new DirectoryLoader(directory, configOf, environment)).ToList();
        await loaders.Select((loader, index) => store.LoadAsync(loader, index, recoveryLoops)).AwaitAllAsync();
        store.RequireUsable();
        foreach (var loader in loaders)
        {
            store.Adopt(loader);
        }

        store.FinishSwaps([.. loaders.SelectMany(loader => loader.Deleted.Select(deleted => Path.GetFileName(deleted.Path)))]);
        environment.Loading.End();
        store._logger.LogInformation(
            "Loaded {Count} logs in {ElapsedMs}ms", store._current.Count, environment.Time.MonotonicMs() - startedMs);
        return store;
    }

    /// <summary>Begins the periodic work: retention, flushes, checkpoints, forgetting producers, cleaning.</summary>
    public void Start()
    {
        _upkeep.Start();
        Cleaner?.Start();
    }

    /// <summary>
    /// The log in use, or the one that is to take its place; null where there is none, or where its directory is offline.
    /// </summary>
    public PartitionLog? Find(TopicPartition partition, bool isFuture = false) => Map(isFuture).GetValueOrDefault(partition);

    /// <summary>
    /// The log, made where it does not exist: in the directory asked for, else in the one with the fewest. A new one outlives a power cut
    /// once <see cref="SyncDirectories"/> has been called, or something of it has been flushed.
    /// </summary>
    /// <exception cref="StorageException">
    /// No directory can take it; or it is not new and a directory is offline, where it may lie.
    /// </exception>
    public PartitionLog GetOrCreate(in LogCreation creation)
    {
        var log = Find(creation.Partition, creation.IsFuture) ?? FindOrCreate(creation);
        if (log.TopicId.IsZero && !creation.TopicId.IsZero)
        {
            log.AssignTopicId(creation.TopicId);
        }

        return log;
    }

    /// <summary>
    /// Makes durable which logs there are: those made, renamed and taken out of use so far. One sync a directory, and none where nothing
    /// has changed.
    /// </summary>
    public void SyncDirectories() => ForEachDirectory(directory => directory.SyncEntries());

    /// <summary>Where the partition's log is to be made when it is made (AlterReplicaLogDirs).</summary>
    public void PreferDirectory(TopicPartition partition, string path)
    {
        lock (_lock)
        {
            if (Find(partition)?.Directory.Path != path)
            {
                _preferredDirectories[partition] = path;
            }
        }
    }

    /// <summary>Hands a changed configuration to the topic's logs.</summary>
    public void UpdateConfig(string topic, LogConfig config)
    {
        foreach (var log in _current.Values.Concat(_future.Values).Where(log => log.Partition.Topic == topic))
        {
            log.UpdateConfig(config);
        }
    }

    /// <summary>
    /// Takes the log out of use. Its directory is renamed at once and deleted after <c>file.delete.delay.ms</c>; that it is renamed is
    /// durable once <see cref="SyncDirectories"/> has been called. False where there is none.
    /// </summary>
    public bool Delete(TopicPartition partition, bool isFuture = false)
    {
        lock (_lock)
        {
            if (!Map(isFuture).TryRemove(partition, out var log))
            {
                return false;
            }

            Retire(log);
            return true;
        }
    }

    /// <summary>
    /// The future log has caught up: it takes the place of the current one, which is deleted. The old one leaves its place for good before
    /// the new one comes into it, under a name by which a start after a crash in between knows that there is a swap to finish.
    /// </summary>
    /// <exception cref="StorageException">A disk failed; the swap has not happened.</exception>
    public void ReplaceCurrentWithFuture(TopicPartition partition)
    {
        lock (_lock)
        {
            if (!_future.TryGetValue(partition, out var future))
            {
                throw new InvalidOperationException($"The future replica for {partition} is not available");
            }

            if (!_current.TryGetValue(partition, out var replaced))
            {
                future.Directory.Guard(() => Promote(future));
                return;
            }

            replaced.Directory.Guard(() =>
            {
                replaced.RenameDirectory(PartitionDirectoryName.ForReplaced(partition, Path.GetFileName(future.Path)));
                replaced.Directory.SyncEntries();
            });
            try
            {
                future.Directory.Guard(() => Promote(future));
            }
            catch (StorageException)
            {
                replaced.Directory.Attempt(() => replaced.RenameDirectory(PartitionDirectoryName.Of(partition)));
                throw;
            }

            Forget(replaced);
            replaced.Directory.Attempt(() => CheckpointIn(replaced.Directory));
            future.Directory.Attempt(() => CheckpointIn(future.Directory));
        }
    }

    /// <summary>Writes the high watermarks down.</summary>
    public void CheckpointHighWatermarks() => ForEachDirectory(CheckpointHighWatermarks);

    /// <summary>Writes down how far logs have been synced.</summary>
    public void CheckpointRecoveryPoints() => ForEachDirectory(CheckpointRecoveryPoints);

    /// <summary>Writes down where logs start that start within a segment.</summary>
    public void CheckpointLogStarts() => ForEachDirectory(CheckpointLogStarts);

    /// <summary>
    /// Writes down all of it. Logs that are no more drop out, so that one of the same name does not inherit after a crash what was said of
    /// them: a log start that costs it its records, a high watermark it never had.
    /// </summary>
    public void CheckpointAll() => ForEachDirectory(CheckpointIn);

    /// <summary>
    /// Closes every log in order, writes the checkpoints, and marks the directories as closed. Blocks; directories that are offline are
    /// left as they are.
    /// </summary>
    public void Close()
    {
        _upkeep.Stop();
        Cleaner?.Stop();
        foreach (var directory in Directories)
        {
            directory.Attempt(() => Close(directory));
            directory.Release();
        }
    }

    private async Task LoadAsync(DirectoryLoader loader, int index, IReadOnlyList<IEventLoop> loops)
    {
        var threads = Math.Min(_settings.RecoveryThreadsPerDataDir, loops.Count);
        var mine = Enumerable.Range(0, threads).Select(thread => loops[((index * threads) + thread) % loops.Count]).ToList();
        await mine[0].InvokeAsync(() =>
        {
            loader.Begin(threads);
            return Task.CompletedTask;
        });
        await mine.Select((loop, thread) => loop.InvokeAsync(() =>
        {
            loader.LoadAll(thread);
            return Task.CompletedTask;
        })).AwaitAllAsync();
    }

    /// <summary>
    /// From here on the failure of the last directory is told; before, it fails the start. Under the lock it is one of the two, never both.
    /// </summary>
    private void RequireUsable()
    {
        lock (_lock)
        {
            _isOpen = Directories.Any(directory => directory.IsOnline);
        }

        if (_isOpen)
        {
            return;
        }

        foreach (var directory in Directories)
        {
            directory.Release();
        }

        throw new LogDirectoryException(
            $"Shutdown broker because none of the specified log dirs from {string.Join(", ", _settings.Directories)} can be created or validated");
    }

    private void Adopt(DirectoryLoader loader)
    {
        if (!loader.Directory.IsOnline)
        {
            return;
        }

        foreach (var log in loader.Loaded.OrderBy(log => log.Path, StringComparer.Ordinal))
        {
            if (!Map(log.IsFuture).TryAdd(log.Partition, log))
            {
                throw new LogDirectoryException(
                    $"Duplicate log directories found for {log.Partition}: {Map(log.IsFuture)[log.Partition].Path} and {log.Path}. "
                    + "Move one of them out of log.dirs.");
            }
        }

        foreach (var (path, delayMs) in loader.Deleted)
        {
            DeleteLater(loader.Directory, path, delayMs, log: null);
        }
    }

    /// <summary>
    /// A future log without a current one, whose id the directory of a deleted log of the partition bears: a crash came between the two
    /// renames of a swap.
    /// </summary>
    private void FinishSwaps(IReadOnlyList<string> deletedNames)
    {
        foreach (var future in FutureLogs.Where(log => !_current.ContainsKey(log.Partition)))
        {
            if (deletedNames.Contains(PartitionDirectoryName.ForReplaced(future.Partition, Path.GetFileName(future.Path))))
            {
                _logger.LogInformation("Finishing the move of {Partition} to {Path}", future.Partition, future.Directory.Path);
                future.Directory.Attempt(() =>
                {
                    Promote(future);

                    // From now on it is a replica, which may have lost records in the crash as any other.
                    var highWatermarks = future.Directory.ReadCheckpoint(future.Directory.HighWatermarks);
                    future.RestoreHighWatermark(highWatermarks.GetValueOrDefault(future.Partition));
                });
            }
        }
    }

    private void Promote(PartitionLog future)
    {
        future.RenameDirectory(PartitionDirectoryName.Of(future.Partition));
        future.Directory.SyncEntries();
        _current[future.Partition] = future;
        _future.TryRemove(future.Partition, out _);
    }

    /// <summary>
    /// A log that is being copied is not cleaned meanwhile: the copy would keep what a tombstone has taken away that is copied no more.
    /// </summary>
    private IReadOnlyList<PartitionLog> LogsToClean() => [.. Logs.Where(log => !_future.ContainsKey(log.Partition))];

    private PartitionLog FindOrCreate(in LogCreation creation)
    {
        lock (_lock)
        {
            return Find(creation.Partition, creation.IsFuture) ?? Create(creation);
        }
    }

    private PartitionLog Create(in LogCreation creation)
    {
        if (!creation.IsNew && Directories.FirstOrDefault(directory => !directory.IsOnline) is { } offline)
        {
            throw new StorageException(
                "create log", offline.Path, 0, $"can not create log for {creation.Partition} because log directories are offline and may hold it");
        }

        _preferredDirectories.Remove(creation.Partition, out var preferred);
        StorageException? last = null;
        foreach (var directory in Candidates(preferred))
        {
            try
            {
                return CreateIn(directory, creation);
            }
            catch (StorageException failure)
            {
                last = failure;
            }
        }

        throw last ?? new StorageException("create log", creation.Partition.ToString(), 0, "no log directory is online");
    }

    private PartitionLog CreateIn(LogDirectory directory, LogCreation creation) => directory.Guard(() =>
    {
        var partition = creation.Partition;
        var name = creation.IsFuture
            ? PartitionDirectoryName.ForFuture(partition, _environment.Random.NextUuid())
            : PartitionDirectoryName.Of(partition);
        var files = new PartitionDirectory(_environment, Path.Join(directory.Path, name));
        _environment.Files.CreateDirectory(files.Path);
        var contents = new LogLoader(partition, directory, files, creation.Config, _environment)
            .Load(logStartOffset: 0, recoveryPoint: 0, isClean: true);
        var log = new PartitionLog(partition, directory, creation.Config, _environment, contents);
        log.NoteCreation();
        Map(creation.IsFuture)[partition] = log;
        if (creation.IsFuture)
        {
            Find(partition)?.GiveUpCleaning();
        }

        _logger.LogInformation("Created log for partition {Partition} in {Path}", partition, log.Path);
        return log;
    });

    /// <summary>Directories to try: the preferred one, else all that are online, those with the fewest logs first.</summary>
    private IEnumerable<LogDirectory> Candidates(string? preferred)
    {
        var online = Directories.Where(directory => directory.IsOnline).ToList();
        return online.Find(directory => directory.Path == preferred) is { } wanted
            ? [wanted]
            : online.OrderBy(directory => LogsIn(directory).Count()).ToList();
    }

    internal IEnumerable<PartitionLog> LogsIn(LogDirectory directory) =>
        _current.Values.Concat(_future.Values).Where(log => log.Directory == directory);

    private ConcurrentDictionary<TopicPartition, PartitionLog> Map(bool isFuture) => isFuture ? _future : _current;

    private void Retire(PartitionLog log)
    {
        log.RenameDirectory(PartitionDirectoryName.ForDeletion(log.Partition, _environment.Random.NextUuid()));
        Forget(log);
    }

    private void Forget(PartitionLog log)
    {
        log.StopAppends();
        log.Directory.Attempt(() => log.Directory.CleanerOffsets.Remove(log.Partition));
        _logger.LogInformation("Log for partition {Partition} is renamed to {Path} and is scheduled for deletion", log.Partition, log.Path);
        DeleteLater(log.Directory, log.Path, log.Config.FileDeleteDelayMs, log);
    }

    private void DeleteLater(LogDirectory directory, string path, long delayMs, PartitionLog? log) => _environment.ScheduleDiskWork(
        () => directory.Attempt(() =>
        {
            log?.Abandon();
            _environment.Files.DeleteDirectory(path);
            _logger.LogInformation("Deleted log directory {Path}", path);
        }),
        DeletionDelay.Of(delayMs));

    private void OnDirectoryOffline(LogDirectory directory)
    {
        var lost = new List<TopicPartition>();
        bool noneIsLeft;
        lock (_lock)
        {
            noneIsLeft = _isOpen && Directories.All(other => !other.IsOnline);
            foreach (var map in new[] { _current, _future })
            {
                foreach (var log in map.Values.Where(log => log.Directory == directory).OrderBy(log => log.Partition).ToList())
                {
                    map.TryRemove(log.Partition, out _);
                    log.Abandon();
                    lost.Add(log.Partition);
                }
            }
        }

        _environment.DirectoryFailed?.Invoke(directory, lost);
        if (noneIsLeft)
        {
            _logger.LogCritical(
                "Shutdown broker because all log dirs in {Directories} have failed", string.Join(", ", _settings.Directories));
            _environment.AllDirectoriesFailed?.Invoke();
        }
    }

    private void ForEachDirectory(Action<LogDirectory> work)
    {
        foreach (var directory in Directories)
        {
            directory.Attempt(() => work(directory));
        }
    }

    internal void CheckpointHighWatermarks(LogDirectory directory) => directory.HighWatermarks.Write(
        LogsIn(directory).Select(log => KeyValuePair.Create(log.Partition, log.HighWatermarkToCheckpoint)));

    internal void CheckpointRecoveryPoints(LogDirectory directory) => directory.RecoveryPoints.Write(
        LogsIn(directory).Select(log => KeyValuePair.Create(log.Partition, log.RecoveryPoint)));

    internal void CheckpointLogStarts(LogDirectory directory) => directory.LogStarts.Write(
        LogsIn(directory).Where(log => log.StartsWithinSegment).Select(log => KeyValuePair.Create(log.Partition, log.LogStartOffset)));

    private void CheckpointIn(LogDirectory directory)
    {
        CheckpointRecoveryPoints(directory);
        CheckpointLogStarts(directory);
        CheckpointHighWatermarks(directory);
    }

    private void Close(LogDirectory directory)
    {
        foreach (var log in LogsIn(directory).OrderBy(log => log.Partition).ToList())
        {
            log.Close();
        }

        CheckpointIn(directory);
        directory.SyncEntries();
        if (directory.IsOnline)
        {
            directory.CleanShutdown.Write();
        }
    }
}
