namespace ClassicBroker.Storage;

/// <summary>The broker settings that logs live by, with Kafka's defaults.</summary>
public sealed record LogStoreSettings
{
    /// <summary><c>log.dirs</c>, absolute.</summary>
    public required IReadOnlyList<string> Directories { get; init; }

    /// <summary><c>num.recovery.threads.per.data.dir</c>.</summary>
    public int RecoveryThreadsPerDataDir { get; init; } = 1;

    /// <summary><c>log.retention.check.interval.ms</c>.</summary>
    public long RetentionCheckIntervalMs { get; init; } = 300_000;

    /// <summary><c>log.flush.scheduler.interval.ms</c>: how often logs are looked at for <c>flush.ms</c>.</summary>
    public long FlushSchedulerIntervalMs { get; init; } = long.MaxValue;

    /// <summary><c>log.flush.offset.checkpoint.interval.ms</c>.</summary>
    public long RecoveryPointCheckpointIntervalMs { get; init; } = 60_000;

    /// <summary><c>log.flush.start.offset.checkpoint.interval.ms</c>.</summary>
    public long LogStartCheckpointIntervalMs { get; init; } = 60_000;

    /// <summary><c>replica.high.watermark.checkpoint.interval.ms</c>.</summary>
    public long HighWatermarkCheckpointIntervalMs { get; init; } = 5_000;

    /// <summary><c>producer.id.expiration.check.interval.ms</c>.</summary>
    public long ProducerIdExpirationCheckIntervalMs { get; init; } = 600_000;

    /// <summary>How logs are compacted; null where they are not (<c>log.cleaner.enable</c>).</summary>
    public CleanerSettings? Cleaner { get; init; }

    /// <summary><c>log.initial.task.delay.ms</c>: how long after the start the first of each task runs.</summary>
    public long InitialTaskDelayMs { get; init; } = 30_000;
}
