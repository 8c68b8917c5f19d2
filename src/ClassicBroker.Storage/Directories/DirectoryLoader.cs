using System.Collections.Concurrent;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Opens every log of one directory, several at a time. Threading: shared by the loops that load, which take one partition after the other.
/// </summary>
internal sealed class DirectoryLoader(LogDirectory directory, Func<string, LogConfig> configOf, StorageEnvironment environment)
{
    private readonly ILogger _logger = environment.Loggers.CreateLogger("kafka.log.LogManager");
    private readonly ConcurrentQueue<(string Name, TopicPartition Partition)> _waiting = new();
    private readonly ConcurrentBag<PartitionLog> _loaded = [];
    private Dictionary<TopicPartition, long> _recoveryPoints = [];
    private Dictionary<TopicPartition, long> _logStarts = [];
    private Dictionary<TopicPartition, long> _highWatermarks = [];
    private DirectoryProgress? _progress;
    private bool _isClean;

    public LogDirectory Directory => directory;

    /// <summary>Partition directories that were marked for deletion before the start, and how long they may lie.</summary>
    public List<(string Path, long DelayMs)> Deleted { get; } = [];

    public IReadOnlyCollection<PartitionLog> Loaded => _loaded;

    /// <summary>Reads markers and checkpoints, and lists the logs.</summary>
    /// <param name="threads">How many loops will load.</param>
    public void Begin(int threads) => Attempt(directory.Path, () =>
    {
        directory.Acquire();
        _isClean = directory.CleanShutdown.Take();
        if (!_isClean)
        {
            // The names of logs that a killed process made may not be durable; syncs of their records do not ask for those.
            environment.Files.SyncDirectory(directory.Path);
        }

        _recoveryPoints = directory.ReadCheckpoint(directory.RecoveryPoints);
        _logStarts = directory.ReadCheckpoint(directory.LogStarts);
        _highWatermarks = directory.ReadCheckpoint(directory.HighWatermarks);
        foreach (var entry in environment.Files.List(directory.Path).Where(entry => entry.IsDirectory))
        {
            Enlist(entry.Name);
        }

        _progress = environment.Loading.Begin(directory.Path, _waiting.Count, threads);
        _logger.LogInformation(
            _isClean
                ? "Skipping recovery of {Count} logs from {Path} since clean shutdown file was found"
                : "Recovering {Count} logs from {Path} since no clean shutdown file was found",
            _waiting.Count,
            directory.Path);
    });

    /// <summary>Loads until none is left; runs on several loops at once.</summary>
    /// <param name="thread">Which of these loops it is.</param>
    public void LoadAll(int thread)
    {
        while (directory.IsOnline && _waiting.TryDequeue(out var next))
        {
            Attempt(Path.Join(directory.Path, next.Name), () => Load(next.Name, next.Partition, thread));
        }
    }

    /// <summary>Logs each tenth of the way, so that a long recovery is seen to go on.</summary>
    private void ShowLoaded(int thread)
    {
        _progress!.ShowSegments(thread, 0);
        var loaded = _progress.Count();
        if (10L * loaded / _progress.Total > 10L * (loaded - 1) / _progress.Total)
        {
            _logger.LogInformation(
                "{Loaded} of {Total} logs of {Path} loaded ({Percent}%)",
                loaded,
                _progress.Total,
                directory.Path,
                100L * loaded / _progress.Total);
        }
    }

    /// <summary>
    /// Whatever is thrown while what lies on the disk is read says something about the disk: it takes this directory offline, not the
    /// broker.
    /// </summary>
    private void Attempt(string path, Action work) => directory.Attempt(() =>
    {
        try
        {
            work();
        }
        catch (Exception failure) when (failure is not (StorageException or LogDirectoryException or OutOfMemoryException))
        {
            _logger.LogError(failure, "Loading {Path} failed", path);
            throw new StorageException("load", path, 0, failure.Message);
        }
    });

    private void Enlist(string name)
    {
        if (PartitionDirectoryName.IsStray(name) || !PartitionDirectoryName.TryParse(name, out var partition))
        {
            _logger.LogWarning(
                "Found directory {Name} in {Path}, which is not in the form of topic-partition or topic-partition.uniqueId-delete; it is left alone",
                name, directory.Path);
        }
        else if (PartitionDirectoryName.IsDeleted(name))
        {
            Deleted.Add((Path.Join(directory.Path, name), configOf(partition.Topic).FileDeleteDelayMs));
        }
        else
        {
            _waiting.Enqueue((name, partition));
        }
    }

    private void Load(string name, TopicPartition partition, int thread)
    {
        var config = configOf(partition.Topic);
        var files = new PartitionDirectory(environment, Path.Join(directory.Path, name));
        var loader = new LogLoader(partition, directory, files, config, environment)
        {
            ShowRemainingSegments = remaining => _progress!.ShowSegments(thread, remaining),
        };
        var isLoaded = false;
        try
        {
            var contents = loader.Load(_logStarts.GetValueOrDefault(partition), _recoveryPoints.GetValueOrDefault(partition), _isClean);
            var log = new PartitionLog(partition, directory, config, environment, contents);
            if (log.IsFuture)
            {
                // What it lacks is copied; it is no replica that could lead.
                log.UpdateHighWatermark(_highWatermarks.GetValueOrDefault(partition));
            }
            else
            {
                log.RestoreHighWatermark(_highWatermarks.GetValueOrDefault(partition));
            }

            _loaded.Add(log);
            isLoaded = true;
            ShowLoaded(thread);
        }
        finally
        {
            if (!isLoaded)
            {
                loader.CloseOpened();
            }
        }
    }
}
