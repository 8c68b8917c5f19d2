using System.Globalization;

namespace ClassicBroker.Platform.Metrics;

/// <summary>
/// The process under the names that Prometheus' client libraries give, which are also those of the exporter for Java, and what the kernel
/// counts of its reads and writes under Kafka's. Stateless; the instruments belong to the scope. Threading: any.
/// </summary>
public static class ProcessMetrics
{
    /// <summary>A file for each descriptor. In <c>fd</c> there are links, each of which .NET looks up while it goes through them.</summary>
    private const string Descriptors = "/proc/self/fdinfo";

    private const string Io = "/proc/self/io";

    /// <summary>For the executable when it begins: the process starts now. Without <c>/proc</c>, what it tells is shown as zero.</summary>
    public static void Register(MeterScope meters, TimeProvider time, long openFilesMax)
    {
        var startedAt = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        meters.Counter("process:type=cpu,name=seconds", "Processor time used, user and system, in seconds.", CpuSeconds);
        meters.Gauge("process:type=start,name=time_seconds", "When the process started, in seconds since 1970.", () => startedAt);
        meters.Gauge("process:type=resident,name=memory_bytes", "Memory in use.", () => Environment.WorkingSet);
        meters.Gauge("process:type=open,name=fds", "Open file descriptors.", () => CountDescriptors());
        meters.Gauge("process:type=max,name=fds", "File descriptors that may be open.", () => openFilesMax);
        meters.Gauge("kafka.server:type=KafkaServer,name=linux-disk-read-bytes", "Bytes read from disks.", () => IoCount("read_bytes"));
        meters.Gauge("kafka.server:type=KafkaServer,name=linux-disk-write-bytes", "Bytes written to disks.", () => IoCount("write_bytes"));
    }

    private static double CpuSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private static long CountDescriptors() =>
        Directory.Exists(Descriptors) ? Directory.EnumerateFileSystemEntries(Descriptors).LongCount() : 0;

    /// <summary>Zero where the kernel does not count.</summary>
    private static long IoCount(string name)
    {
        try
        {
            var line = File.ReadLines(Io).FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal));
            return line is null
                ? 0
                : long.Parse(line.AsSpan(name.Length + 1), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
