using ClassicBroker.Server.Config;
using ClassicBroker.Server.Topics;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Hosting;

/// <summary>Opens the log directories with the settings of the broker's configuration. Used once, at start.</summary>
internal static class BrokerLogs
{
    private const int OpenSegmentsMost = 16_384;
    private const int OpenSegmentsLeast = 64;

    /// <summary>What a broker has open beside its logs and its clients' connections: indexes, loops, its own connections.</summary>
    private const int OpenBeside = 1024;

    /// <summary>The logs, loaded and recovered; none in a directory that failed.</summary>
    /// <param name="config">The broker's configuration.</param>
    /// <param name="environment">What the broker stands on.</param>
    /// <param name="topicConfigs">The settings of a topic.</param>
    /// <param name="loading">Shows how far it is.</param>
    /// <param name="flushed">Told how long each sync of a log took.</param>
    /// <param name="directoryFailed">Told, as disk work, of a directory that has gone offline, from the first read on.</param>
    public static Task<LogStore> OpenAsync(
        DynamicBrokerConfig config,
        KafkaServerEnvironment environment,
        TopicLogConfigs topicConfigs,
        LogLoading loading,
        Action<TimeSpan> flushed,
        Action<LogDirectory> directoryFailed) =>
        LogStore.OpenAsync(
            Settings(config.Current),
            Environment(config, environment) with
            {
                Loading = loading,
                Flushed = flushed,
                DirectoryFailed = (directory, _) => directoryFailed(directory),
                AllDirectoriesFailed = () => environment.Halt(1),
            },
            environment.RecoveryLoops(config.Current.LogDirs.Count * config.Current.NumRecoveryThreadsPerDataDir),
            topicConfigs.Of);

    /// <summary>
    /// How many descriptors the broker wants for its logs, with some to spare: one for each log that is written to until it is flushed, and
    /// those of segments that are read.
    /// </summary>
    public static long WantedFiles(LogStore logs, long openFilesMax) => logs.Logs.Count + OpenSegments(openFilesMax) + OpenBeside;

    private static int OpenSegments(long openFilesMax) => (int)Math.Clamp(openFilesMax / 4, OpenSegmentsLeast, OpenSegmentsMost);

    /// <summary>The cleaner's settings; null where it is switched off.</summary>
    public static CleanerSettings? Cleaner(KafkaConfig config) => !config.LogCleanerEnable
        ? null
        : new()
        {
            Threads = config.LogCleanerThreads,
            DedupeBufferBytes = config.LogCleanerDedupeBufferSize,
            LoadFactor = config.LogCleanerIoBufferLoadFactor,
            IoBufferBytes = config.LogCleanerIoBufferSize,
            IoBytesPerSecondMax = config.LogCleanerIoMaxBytesPerSecond,
            BackoffMs = config.LogCleanerBackoffMs,
        };

    private static LogStoreSettings Settings(KafkaConfig config) => new()
    {
        Directories = [.. config.LogDirs.Select(Path.GetFullPath)],
        RecoveryThreadsPerDataDir = config.NumRecoveryThreadsPerDataDir,
        RetentionCheckIntervalMs = config.LogRetentionCheckIntervalMs,
        FlushSchedulerIntervalMs = config.LogFlushSchedulerIntervalMs,
        RecoveryPointCheckpointIntervalMs = config.LogFlushOffsetCheckpointIntervalMs,
        LogStartCheckpointIntervalMs = config.LogFlushStartOffsetCheckpointIntervalMs,
        HighWatermarkCheckpointIntervalMs = config.ReplicaHighWatermarkCheckpointIntervalMs,
        ProducerIdExpirationCheckIntervalMs = config.ProducerIdExpirationCheckIntervalMs,
        Cleaner = Cleaner(config),
        InitialTaskDelayMs = config.LogInitialTaskDelayMs,
    };

    private static StorageEnvironment Environment(DynamicBrokerConfig config, KafkaServerEnvironment environment) =>
        new()
        {
            Files = environment.Files,
            Timers = environment.SchedulerLoop,
            DiskWork = environment.DiskWork,
            OpenSegmentsMax = OpenSegments(environment.OpenFilesMax),
            Time = environment.Time,
            Random = environment.Random,
            Loggers = environment.Loggers,
            WritesAgainAfterCrash = config.Current.SyncsBeforeAcknowledging,
            ProducerIdExpirationMs = () => config.Current.ProducerIdExpirationMs,
        };
}
