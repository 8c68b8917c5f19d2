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
    /// <param name="directoryFailed">Told, as disk work, of a directory that has gone offline, from the first read on.</param>
    public static Task<LogStore> OpenAsync(
        DynamicBrokerConfig config,
        KafkaServerEnvironment environment,
        TopicLogConfigs topicConfigs,
        Action<LogDirectory> directoryFailed) =>
        LogStore.OpenAsync(
            Settings(config.Current),
            Environment(config, environment) with
            {
                DirectoryFailed = (directory, _) => directoryFailed(directory),
                AllDirectoriesFailed = () => environment.Halt(1),
            },
            environment.RecoveryLoops,
            topicConfigs.Of);

    /// <summary>
    /// How many descriptors the broker wants for its logs, with some to spare: one for each log that is written to until it is flushed, and
    /// those of segments that are read.
    /// </summary>
    public static long WantedFiles(LogStore logs, long openFilesMax) => logs.Logs.Count + OpenSegments(openFilesMax) + OpenBeside;

    private static int OpenSegments(long openFilesMax) => (int)Math.Clamp(openFilesMax / 4, OpenSegmentsLeast, OpenSegmentsMost);

    /// <summary>The cleaner's settings; null where it is switched off.</summary>
    public static CleanerSettings? Cleaner(KafkaConfig config)
    {
        var values = config.Values;
        return !values.Bool("log.cleaner.enable")
            ? null
            : new()
            {
                Threads = values.Int("log.cleaner.threads"),
                DedupeBufferBytes = values.Long("log.cleaner.dedupe.buffer.size"),
                LoadFactor = values.Double("log.cleaner.io.buffer.load.factor"),
                IoBufferBytes = values.Int("log.cleaner.io.buffer.size"),
                IoBytesPerSecondMax = values.Double("log.cleaner.io.max.bytes.per.second"),
                BackoffMs = values.Long("log.cleaner.backoff.ms"),
            };
    }

    private static LogStoreSettings Settings(KafkaConfig config)
    {
        var values = config.Values;
        return new()
        {
            Directories = [.. config.LogDirs.Select(Path.GetFullPath)],
            RecoveryThreadsPerDataDir = config.NumRecoveryThreadsPerDataDir,
            RetentionCheckIntervalMs = values.Long("log.retention.check.interval.ms"),
            FlushSchedulerIntervalMs = values.Long("log.flush.scheduler.interval.ms"),
            RecoveryPointCheckpointIntervalMs = values.Int("log.flush.offset.checkpoint.interval.ms"),
            LogStartCheckpointIntervalMs = values.Int("log.flush.start.offset.checkpoint.interval.ms"),
            HighWatermarkCheckpointIntervalMs = values.Long("replica.high.watermark.checkpoint.interval.ms"),
            ProducerIdExpirationCheckIntervalMs = values.Int("producer.id.expiration.check.interval.ms"),
            Cleaner = Cleaner(config),
            InitialTaskDelayMs = values.Long("log.initial.task.delay.ms"),
        };
    }

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
            ProducerIdExpirationMs = () => config.Current.Values.Int("producer.id.expiration.ms"),
        };
}
