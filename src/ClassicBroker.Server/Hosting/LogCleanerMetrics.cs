using System.Diagnostics.Metrics;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// The log cleaner's figures under the names of Kafka's <c>kafka.log</c> beans. Observed when somebody looks, so that they cost nothing
/// otherwise. Owned by the broker. Threading: any.
/// </summary>
internal sealed class LogCleanerMetrics : IDisposable
{
    public const string MeterName = "kafka.log";

    private readonly Meter _meter = new(MeterName);

    public LogCleanerMetrics(LogCleaner cleaner, IReadOnlyList<LogDirectory> directories)
    {
        Gauge("LogCleaner.max-buffer-utilization-percent", () => cleaner.MaxBufferUtilizationPercent);
        Gauge("LogCleaner.cleaner-recopy-percent", () => cleaner.RecopyPercent);
        Gauge("LogCleaner.max-clean-time-secs", () => cleaner.MaxCleanTimeSeconds);
        Gauge("LogCleaner.max-compaction-delay-secs", () => cleaner.MaxCompactionDelaySeconds);
        Gauge("LogCleaner.DeadThreadCount", () => cleaner.DeadThreadCount);
        Gauge("LogCleanerManager.max-dirty-percent", () => cleaner.MaxDirtyPercent);
        Gauge("LogCleanerManager.time-since-last-run-ms", () => cleaner.TimeSinceLastRunMs);
        ByDirectory(
            "LogCleanerManager.uncleanable-partitions-count", directories, directory => cleaner.UncleanablePartitionsCount(directory));
        ByDirectory("LogCleanerManager.uncleanable-bytes", directories, cleaner.UncleanableBytes);
    }

    public void Dispose() => _meter.Dispose();

    private void Gauge(string name, Func<long> observe) => _meter.CreateObservableGauge($"{MeterName}.{name}", observe);

    private void ByDirectory(string name, IReadOnlyList<LogDirectory> directories, Func<LogDirectory, long> observe) =>
        _meter.CreateObservableGauge(
            $"{MeterName}.{name}",
            () => directories.Select(directory => new Measurement<long>(
                observe(directory), KeyValuePair.Create<string, object?>("logDirectory", directory.Path))));
}
