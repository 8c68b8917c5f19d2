using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Storage.Tests;

/// <summary>Log stores over real files in a scratch directory.</summary>
internal sealed class PosixDisk : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();

    public string Root => _scratch.Path;

    public LogStore Open(LogConfig config, string? directory = null) => Open(_ => config, directory);

    public LogStore Open(Func<string, LogConfig> configOf, string? directory = null)
    {
        var housekeeping = _time.CreateLoop("kafka-scheduler");
        var environment = new StorageEnvironment
        {
            Files = new PosixFileSystem(),
            Timers = housekeeping,
            DiskWork = housekeeping,
            Time = _time,
            Random = new SeededRandomSource(1),
            Loggers = NullLoggerFactory.Instance,
        };
        var settings = new LogStoreSettings { Directories = [directory ?? Root] };
        return housekeeping.Run(() => LogStore.OpenAsync(settings, environment, [housekeeping], configOf));
    }

    public PartitionLog CreateLog(LogConfig config) => Open(config).GetOrCreate(new(StorageHarness.Partition, config, Uuid.Zero));

    public void RunUntilIdle() => _time.RunUntilIdle();

    public void Dispose() => _scratch.Dispose();
}
