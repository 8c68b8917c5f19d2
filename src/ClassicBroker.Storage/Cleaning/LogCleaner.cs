using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// Compacts the logs whose <c>cleanup.policy</c> says so (Kafka's LogCleaner): removes records that newer ones of the same key have
/// superseded. No offset changes. Owned by the <see cref="LogStore"/>. Threading: safe from any thread.
/// </summary>
public sealed class LogCleaner
{
    private readonly Lock _lock = new();
    private readonly StorageEnvironment _environment;
    private readonly ILogger _logger;
    private readonly CleanerState _state;
    private CleanerSettings _settings;
    private volatile CleanerWorker[] _workers = [];
    private bool _isStarted;

    internal LogCleaner(CleanerSettings settings, Func<IReadOnlyList<PartitionLog>> logs, StorageEnvironment environment)
    {
        (_settings, _environment) = (settings, environment);
        _logger = environment.Loggers.CreateLogger("kafka.log.LogCleaner");
        _state = new CleanerState(logs, environment.Time, _logger);
    }

    /// <summary>How full the fullest offset map was in the last cleaning of each thread, in percent.</summary>
    public int MaxBufferUtilizationPercent => (int)(100 * Max(last => last.BufferUtilization));

    /// <summary>What the last cleanings wrote of what they read, in percent.</summary>
    public int RecopyPercent
    {
        get
        {
            var last = Array.ConvertAll(_workers, worker => worker.Last);
            var written = last.Sum(statistics => statistics.BytesWritten);
            return (int)(100.0 * written / Math.Max(last.Sum(statistics => statistics.BytesRead), 1));
        }
    }

    /// <summary>How long the longest of the last cleanings took.</summary>
    public int MaxCleanTimeSeconds => (int)Max(last => last.ElapsedSeconds);

    /// <summary>How long <c>max.compaction.lag.ms</c> has been exceeded by the log that has waited longest.</summary>
    public int MaxCompactionDelaySeconds => (int)(_state.MaxCompactionDelayMs / 1000);

    /// <summary>The largest dirty ratio of a log, in percent.</summary>
    public int MaxDirtyPercent => (int)(100 * _state.DirtiestRatio);

    public long TimeSinceLastRunMs => _state.SinceLastRunMs;

    /// <summary>Cleaners that have ended of a fault.</summary>
    public int DeadThreadCount => _workers.Count(worker => worker.IsDead);

    /// <summary>How many partitions of the directory are set aside because cleaning them failed.</summary>
    public int UncleanablePartitionsCount(LogDirectory directory) => _state.UncleanableCount(directory);

    /// <summary>How many bytes of those partitions wait to be cleaned.</summary>
    public long UncleanableBytes(LogDirectory directory) => _state.UncleanableBytes(directory);

    /// <summary>Takes over changed settings; cleanings that are running are given up and begin again.</summary>
    public void Reconfigure(CleanerSettings settings)
    {
        lock (_lock)
        {
            if (settings == _settings)
            {
                return;
            }

            _settings = settings;
            if (_isStarted)
            {
                StopWorkers();
                StartWorkers();
            }
        }
    }

    internal void Start()
    {
        lock (_lock)
        {
            _logger.LogInformation("Starting the log cleaner");
            _isStarted = true;
            StartWorkers();
        }
    }

    internal void Stop()
    {
        lock (_lock)
        {
            if (_isStarted)
            {
                _logger.LogInformation("Shutting down the log cleaner.");
                _isStarted = false;
                StopWorkers();
            }
        }
    }

    private void StartWorkers()
    {
        var throttle = new CleanerThrottle(_settings.IoBytesPerSecondMax, _environment.Time);
        _workers =
        [
            .. Enumerable.Range(0, _settings.Threads)
                .Select(id => new CleanerWorker(id, _state, _settings, throttle, _environment, _logger)),
        ];
        foreach (var worker in _workers)
        {
            worker.Start();
        }
    }

    private void StopWorkers()
    {
        foreach (var worker in _workers)
        {
            worker.Stop();
        }
    }

    private double Max(Func<CleanerStatistics, double> of) => _workers.Select(worker => of(worker.Last)).DefaultIfEmpty().Max();
}
