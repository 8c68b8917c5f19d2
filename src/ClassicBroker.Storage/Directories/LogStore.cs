using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// All logs of a broker in all its log directories (Kafka's LogManager): opens them, makes and deletes them, and looks after them.
/// Threading: safe from any thread; logs are found without locking, made and removed under one lock; periodic work runs on the
/// housekeeping loop. Lock order: store, then log.
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
    private readonly List<PeriodicWork> _tasks = [];

    private LogStore(LogStoreSettings settings, StorageEnvironment environment)
    {
        _settings = settings;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger("kafka.log.LogManager");
        Directories = [.. settings.Directories.Select(path => new LogDirectory(path, environment))];
        foreach (var directory in Directories)
        {
            directory.WentOffline = OnDirectoryOffline;
            directory.RecoveryPointLowered = CheckpointRecoveryPoints;
        }
    }

    /// <summary>Every directory of <c>log.dirs</c>, offline ones included.</summary>
    public IReadOnlyList<LogDirectory> Directories { get; }

    /// <summary>The logs in use, by partition.</summary>
    public IReadOnlyList<PartitionLog> Logs => [.. _current.Values.OrderBy(log => log.Partition)];

    /// <summary>Logs that are being filled to take the place of others, by partition.</summary>
    public IReadOnlyList<PartitionLog> FutureLogs => [.. _future.Values.OrderBy(log => log.Partition)];

    /// <summary>Told on the housekeeping loop when a directory has gone offline, with the partitions whose logs are gone.</summary>
    public Action<LogDirectory, IReadOnlyList<TopicPartition>>? DirectoryFailed { get; set; }

    /// <summary>Told on the housekeeping loop when the last directory has gone offline: the broker has nothing left to serve.</summary>
    public Action? AllDirectoriesFailed { get; set; }

    /// <summary>Opens the directories and loads their logs, recovering those that were not closed in order.</summary>
    /// <param name="settings">The broker's settings.</param>
    /// <param name="environment">What the logs stand on.</param>
    /// <param name="recoveryLoops">Where logs are loaded, shared out over the directories; not needed afterwards.</param>
    /// <param name="configOf">The settings of a topic.</param>
    /// <exception cref="LogDirectoryException">A directory is in use by another process, or two hold the same partition.</exception>
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
        foreach (var loader in loaders)
        {
            store.Adopt(loader);
        }

        store._logger.LogInformation(
            "Loaded {Count} logs in {ElapsedMs}ms", store._current.Count, environment.Time.MonotonicMs() - startedMs);
        return store;
    }

    /// <summary>Begins the periodic work: retention, flushes, checkpoints, forgetting producers.</summary>
    public void Start()
    {
        StartTask(DeleteOldSegments, _settings.RetentionCheckIntervalMs);
        StartTask(FlushDue, _settings.FlushSchedulerIntervalMs);
        StartTask(CheckpointRecoveryPoints, _settings.RecoveryPointCheckpointIntervalMs);
        StartTask(CheckpointLogStarts, _settings.LogStartCheckpointIntervalMs);
        StartTask(CheckpointHighWatermarks, _settings.HighWatermarkCheckpointIntervalMs, _settings.HighWatermarkCheckpointIntervalMs);
        StartTask(RemoveExpiredProducers, _settings.ProducerIdExpirationCheckIntervalMs);
    }

    /// <summary>
    /// The log in use, or the one that is to take its place; null where there is none, or where its directory is offline.
    /// </summary>
    public PartitionLog? Find(TopicPartition partition, bool isFuture = false) => Map(isFuture).GetValueOrDefault(partition);

    /// <summary>The log, made where it does not exist: in the directory asked for, else in the one with the fewest.</summary>
    /// <exception cref="StorageException">
    /// No directory can take it; or it is not new and a directory is offline, where it may lie.
    /// </exception>
    public PartitionLog GetOrCreate(in LogCreation creation)
    {
        if (Find(creation.Partition, creation.IsFuture) is { } existing)
        {
            return existing;
        }

        lock (_lock)
        {
            return Find(creation.Partition, creation.IsFuture) ?? Create(creation);
        }
    }

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
    /// Takes the log out of use. Its directory is renamed at once and deleted after <c>file.delete.delay.ms</c>. False where there is none.
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

    /// <summary>The future log has caught up: it takes the place of the current one, which is deleted.</summary>
    public void ReplaceCurrentWithFuture(TopicPartition partition)
    {
        lock (_lock)
        {
            if (!_future.TryRemove(partition, out var future))
            {
                throw new InvalidOperationException($"The future replica for {partition} is not available");
            }

            future.RenameDirectory(PartitionDirectoryName.Of(partition));
            _current.TryRemove(partition, out var replaced);
            _current[partition] = future;
            if (replaced is not null)
            {
                Retire(replaced);
                replaced.Directory.Attempt(() => CheckpointIn(replaced.Directory));
            }
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
    /// Closes every log in order, writes the checkpoints, and marks the directories as closed. Runs on the calling loop; directories that
    /// are offline are left as they are.
    /// </summary>
    public void Close()
    {
        foreach (var task in _tasks)
        {
            task.Stop();
        }

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
            loader.Begin();
            return Task.CompletedTask;
        });
        await mine.Select(loop => loop.InvokeAsync(() =>
        {
            loader.LoadAll();
            return Task.CompletedTask;
        })).AwaitAllAsync();
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
        var files = new PartitionDirectory(_environment.Files, Path.Join(directory.Path, name));
        _environment.Files.CreateDirectory(files.Path);
        _environment.Files.SyncDirectory(directory.Path);
        var contents = new LogLoader(partition, directory, files, creation.Config, _environment)
            .Load(logStartOffset: 0, recoveryPoint: 0, isClean: true);
        var log = new PartitionLog(partition, directory, creation.Config, _environment, contents);
        if (!creation.TopicId.IsZero)
        {
            log.AssignTopicId(creation.TopicId);
        }

        Map(creation.IsFuture)[partition] = log;
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

    private IEnumerable<PartitionLog> LogsIn(LogDirectory directory) =>
        _current.Values.Concat(_future.Values).Where(log => log.Directory == directory);

    private ConcurrentDictionary<TopicPartition, PartitionLog> Map(bool isFuture) => isFuture ? _future : _current;

    private void Retire(PartitionLog log)
    {
        log.RenameDirectory(PartitionDirectoryName.ForDeletion(log.Partition, _environment.Random.NextUuid()));
        log.StopAppends();
        _logger.LogInformation("Log for partition {Partition} is renamed to {Path} and is scheduled for deletion", log.Partition, log.Path);
        DeleteLater(log.Directory, log.Path, log.Config.FileDeleteDelayMs, log);
    }

    private void DeleteLater(LogDirectory directory, string path, long delayMs, PartitionLog? log) => _environment.Housekeeping.Schedule(
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
        lock (_lock)
        {
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

        DirectoryFailed?.Invoke(directory, lost);
        if (Directories.All(other => !other.IsOnline))
        {
            _logger.LogCritical(
                "Shutdown broker because all log dirs in {Directories} have failed", string.Join(", ", _settings.Directories));
            AllDirectoriesFailed?.Invoke();
        }
    }

    private void DeleteOldSegments() => ForEachLog(log => log.DeleteOldSegments());

    private void RemoveExpiredProducers() => ForEachLog(log => log.RemoveExpiredProducers());

    private void FlushDue()
    {
        var nowMs = _environment.Time.UnixMs();
        ForEachLog(log =>
        {
            if (nowMs - log.LastFlushMs >= log.Config.FlushMs)
            {
                log.Flush();
            }
        });
    }

    /// <summary>Each log in turn; one whose directory fails meanwhile does not keep the others waiting.</summary>
    private void ForEachLog(Action<PartitionLog> work)
    {
        foreach (var log in Logs)
        {
            try
            {
                work(log);
            }
            catch (StorageException refused)
            {
                // The log has taken its directory offline if its disk failed; else it was deleted meanwhile.
                _logger.LogDebug("Skipping {Partition}: {Reason}", log.Partition, refused.Message);
            }
        }
    }

    private void ForEachDirectory(Action<LogDirectory> work)
    {
        foreach (var directory in Directories)
        {
            directory.Attempt(() => work(directory));
        }
    }

    private void CheckpointHighWatermarks(LogDirectory directory) => directory.HighWatermarks.Write(
        LogsIn(directory).Select(log => KeyValuePair.Create(log.Partition, log.HighWatermarkToCheckpoint)));

    private void CheckpointRecoveryPoints(LogDirectory directory) => directory.RecoveryPoints.Write(
        LogsIn(directory).Select(log => KeyValuePair.Create(log.Partition, log.RecoveryPoint)));

    private void CheckpointLogStarts(LogDirectory directory) => directory.LogStarts.Write(
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
        directory.CleanShutdown.Write();
    }

    private void StartTask(Action work, long intervalMs, long? firstMs = null)
    {
        if (intervalMs < long.MaxValue)
        {
            var task = new PeriodicWork(_environment.Housekeeping, work, intervalMs);
            _tasks.Add(task);
            task.Start(firstMs ?? Math.Min(_settings.InitialTaskDelayMs, intervalMs));
        }
    }
}
