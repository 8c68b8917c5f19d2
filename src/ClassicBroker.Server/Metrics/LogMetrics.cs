using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// Log directories, their loading and their cleaner under the names of Kafka's <c>LogManager</c>, <c>LogCleaner</c> and
/// <c>LogCleanerManager</c>. Read when a listener asks. Stateless; the instruments belong to the scope.
/// </summary>
internal static class LogMetrics
{
    private const string Manager = "kafka.log:type=LogManager,name=";

    /// <summary>The loading of logs, which is of interest before there are any.</summary>
    public static void Register(MeterScope meters, LogLoading loading)
    {
        meters.Gauges(
            $"{Manager}remainingLogsToRecover",
            "Logs of a directory that are still to be loaded at start.",
            () => loading.Directories.Select(
                directory => new Measurement<long>(directory.Remaining, new KeyValuePair<string, object?>("dir", directory.Path))));
        meters.Gauges(
            $"{Manager}remainingSegmentsToRecover",
            "Segments that a thread has still to check of the log it recovers.",
            () => loading.Directories.SelectMany(directory => directory.RemainingSegments.Select((remaining, thread) =>
                new Measurement<long>(remaining, new("dir", directory.Path), new("threadNum", $"{thread}")))));
        meters.Gauge(
            "classicbroker.log:type=Loading,name=LoadedPercent", "How much of all logs is loaded, in percent.", () => loading.Percent);
    }

    /// <summary>What is to be told how long each sync of a log takes.</summary>
    public static Action<TimeSpan> FlushTime(MeterScope meters)
    {
        var times = meters.Histogram(
            "kafka.log:type=LogFlushStats,name=LogFlushRateAndTimeMs", "Syncs of logs, and how long they took in ms.");
        return took => times.Record(took.TotalMilliseconds);
    }

    public static void Register(MeterScope meters, LogStore logs)
    {
        meters.Gauge(
            $"{Manager}OfflineLogDirectoryCount",
            "Log directories that have failed.",
            () => logs.Directories.Count(directory => !directory.IsOnline));
        ByDirectory(
            meters,
            $"{Manager}LogDirectoryOffline",
            "1 where the log directory has failed.",
            logs,
            directory => directory.IsOnline ? 0 : 1);
        Space("TotalBytes", "Size of the volume of a log directory.", space => space.TotalBytes);
        Space("UsableBytes", "Free space of the volume of a log directory.", space => space.UsableBytes);
        if (logs.Cleaner is { } cleaner)
        {
            Cleaner(meters, logs, cleaner);
        }

        void Space(string name, string description, Func<Platform.VolumeSpace, long> value) =>
            meters.Gauges(
                $"classicbroker.log:type=LogDirectory,name={name}",
                description,
                () => logs.Directories.SelectMany(directory => SpaceOf(directory) is { } space
                    ? [new Measurement<long>(value(space), Tag(directory))]
                    : Array.Empty<Measurement<long>>()));
    }

    private static void Cleaner(MeterScope meters, LogStore logs, LogCleaner cleaner)
    {
        const string Cleaner = "kafka.log:type=LogCleaner,name=";
        const string CleanerManager = "kafka.log:type=LogCleanerManager,name=";
        meters.Gauge(
            $"{Cleaner}max-buffer-utilization-percent",
            "How full the offset map of the last run was.",
            () => (long)cleaner.MaxBufferUtilizationPercent);
        meters.Gauge(
            $"{Cleaner}cleaner-recopy-percent", "How much of what the last run read it wrote again.", () => (long)cleaner.RecopyPercent);
        meters.Gauge($"{Cleaner}max-clean-time-secs", "How long the last runs took at most.", () => (long)cleaner.MaxCleanTimeSeconds);
        meters.Gauge(
            $"{Cleaner}max-compaction-delay-secs",
            "How long a record has waited beyond max.compaction.lag.ms.",
            () => (long)cleaner.MaxCompactionDelaySeconds);
        meters.Gauge($"{Cleaner}DeadThreadCount", "Cleaner threads that have ended.", () => (long)cleaner.DeadThreadCount);
        meters.Gauge($"{CleanerManager}max-dirty-percent", "How dirty the dirtiest log is.", () => (long)cleaner.MaxDirtyPercent);
        meters.Gauge(
            $"{CleanerManager}time-since-last-run-ms",
            "Time since the cleaner last looked for work.",
            () => (long)cleaner.TimeSinceLastRunMs);
        ByDirectory(
            meters,
            $"{CleanerManager}uncleanable-partitions-count",
            "Logs that cannot be cleaned.",
            logs,
            directory => cleaner.UncleanablePartitionsCount(directory));
        ByDirectory(meters, $"{CleanerManager}uncleanable-bytes", "Bytes of logs that cannot be cleaned.", logs, cleaner.UncleanableBytes);
    }

    private static void ByDirectory(MeterScope meters, string bean, string description, LogStore logs, Func<LogDirectory, long> value) =>
        meters.Gauges(
            bean, description, () => logs.Directories.Select(directory => new Measurement<long>(value(directory), Tag(directory))));

    private static KeyValuePair<string, object?> Tag(LogDirectory directory) => new("logDirectory", directory.Path);

    /// <summary>A directory whose disk has failed has no space to tell of.</summary>
    private static Platform.VolumeSpace? SpaceOf(LogDirectory directory)
    {
        try
        {
            return directory.IsOnline ? directory.Space : null;
        }
        catch (Platform.StorageException)
        {
            return null;
        }
    }
}
