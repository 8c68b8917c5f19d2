using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>
/// What is done to the logs of a broker at intervals: retention, flushes, checkpoints, forgetting producers. Each directory has its own
/// turns, so that a disk that stalls keeps only its own logs waiting. Owned by the <see cref="LogStore"/>. Threading: any thread starts and
/// stops it; the work is disk work.
/// </summary>
internal sealed class LogUpkeep(LogStore store, LogStoreSettings settings, StorageEnvironment environment)
{
    private readonly ILogger _logger = environment.Loggers.CreateLogger("kafka.log.LogManager");
    private readonly List<PeriodicWork> _tasks = [];

    public void Start()
    {
        foreach (var directory in store.Directories)
        {
            Start(directory, DeleteOldSegments, settings.RetentionCheckIntervalMs);
            Start(directory, FlushDue, settings.FlushSchedulerIntervalMs);
            Start(directory, store.CheckpointRecoveryPoints, settings.RecoveryPointCheckpointIntervalMs);
            Start(directory, store.CheckpointLogStarts, settings.LogStartCheckpointIntervalMs);
            Start(
                directory,
                store.CheckpointHighWatermarks,
                settings.HighWatermarkCheckpointIntervalMs,
                settings.HighWatermarkCheckpointIntervalMs);
            Start(directory, RemoveExpiredProducers, settings.ProducerIdExpirationCheckIntervalMs);
        }
    }

    public void Stop() => _tasks.ForEach(task => task.Stop());

    private void Start(LogDirectory directory, Action<LogDirectory> work, long intervalMs, long? firstMs = null)
    {
        if (intervalMs < long.MaxValue)
        {
            var task = new PeriodicWork(environment, () => directory.Attempt(() => work(directory)), intervalMs);
            _tasks.Add(task);
            task.Start(firstMs ?? Math.Min(settings.InitialTaskDelayMs, intervalMs));
        }
    }

    private void DeleteOldSegments(LogDirectory directory) => ForEachLog(directory, log => log.DeleteOldSegments());

    private void RemoveExpiredProducers(LogDirectory directory) => ForEachLog(directory, log => log.RemoveExpiredProducers());

    private void FlushDue(LogDirectory directory)
    {
        var nowMs = environment.Time.GetUtcNow().ToUnixTimeMilliseconds();
        ForEachLog(directory, log =>
        {
            if (nowMs - log.LastFlushMs >= log.Config.FlushMs)
            {
                log.Flush();
            }
        });
    }

    /// <summary>Each log in turn; one that is deleted meanwhile does not keep the others waiting.</summary>
    private void ForEachLog(LogDirectory directory, Action<PartitionLog> work)
    {
        foreach (var log in store.LogsIn(directory).OrderBy(log => log.Partition).ToList())
        {
            try
            {
                work(log);
            }
            catch (Platform.StorageException refused)
            {
                // The log has taken its directory offline if its disk failed; else it was deleted meanwhile.
                _logger.LogDebug("Skipping {Partition}: {Reason}", log.Partition, refused.Message);
            }
        }
    }
}
