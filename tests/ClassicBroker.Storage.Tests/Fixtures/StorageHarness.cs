using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Storage.Tests;

/// <summary>A machine with a simulated disk, on which a log store is opened, closed, killed and powered off.</summary>
internal sealed class StorageHarness
{
    public const string Root = "/data/logs";

    public static readonly TopicPartition Partition = new("topic", 0);

    private readonly ManualEventLoop _recovery;
    private readonly ManualEventLoop _scheduler;
    private readonly ManualEventLoop _disk;
    private MortalLoop _timers;
    private MortalLoop _diskWork;
    private LogStore? _store;

    public StorageHarness(LogConfig? config = null, ulong seed = 1, params string[] directories)
    {
        Config = config ?? Small;
        Random = new SeededRandomSource(seed);
        _scheduler = Time.CreateLoop("kafka-scheduler");
        _timers = new MortalLoop(_scheduler);
        _disk = Time.CreateLoop("disk");
        _diskWork = new MortalLoop(_disk);
        _recovery = Time.CreateLoop("log-recovery");
        Files = new SimulatedFileSystem(Time, Random);
        Directories = directories.Length == 0 ? [Root] : directories;
        Files.CreateDirectory("/data");
        Files.SyncDirectory("/");
    }

    /// <summary>Segments and indexes small enough to be rolled and filled by a test.</summary>
    public static LogConfig Small { get; } = new() { SegmentBytes = 16 * 1024, SegmentIndexBytes = 1024, IndexIntervalBytes = 200 };

    /// <summary>What stands between the store and the disk.</summary>
    public Func<IFileSystem, IFileSystem> Seen { get; init; } = files => files;

    /// <inheritdoc cref="StorageEnvironment.WritesAgainAfterCrash"/>
    public bool WritesAgainAfterCrash { get; init; }

    public ManualTime Time { get; } = new();

    public SeededRandomSource Random { get; }

    public SimulatedFileSystem Files { get; }

    public StorageEnvironment Environment => new()
    {
        Files = Seen(Files),
        Timers = _timers,
        DiskWork = _diskWork,
        Time = Time,
        Random = Random,
        Loggers = NullLoggerFactory.Instance,
        WritesAgainAfterCrash = WritesAgainAfterCrash,
        DirectoryFailed = (directory, lost) => Failed.Add((directory.Path, lost)),
        AllDirectoriesFailed = () => AllFailed = true,
    };

    public string[] Directories { get; }

    public LogConfig Config { get; set; }

    public List<(string Path, IReadOnlyList<TopicPartition> Lost)> Failed { get; } = [];

    public bool AllFailed { get; private set; }

    public LogStore Store => _store ??= Open();

    public PartitionLog Log => Store.GetOrCreate(new(Partition, Config, Uuid.Zero));

    public string LogPath => $"{Root}/{Partition}";

    /// <summary>Appends as the leader of epoch 0 and commits at once, as a partition with one replica does.</summary>
    public LogAppend Append(Memory<byte> records, int epoch = 0)
    {
        var append = Log.AppendAsLeader(records, new LeaderEpoch(epoch));
        Log.AdvanceHighWatermark(Log.LogEnd);
        return append;
    }

    public void Close()
    {
        Store.Close();
        Time.RunUntilIdle();
        _store = null;
    }

    public void Kill()
    {
        Files.Kill();
        Die();
    }

    public void Crash()
    {
        Files.Crash();
        Die();
    }

    public LogStore Open()
    {
        var settings = new LogStoreSettings { Directories = Directories };
        var store = _scheduler.Run(() => LogStore.OpenAsync(settings, Environment, [_recovery], _ => Config));
        return _store = store;
    }

    public byte[] ReadFile(string path)
    {
        using var file = Files.Open(path, FileOpenMode.Read);
        var content = new byte[file.Length];
        file.Read(content, 0);
        return content;
    }

    public void WriteFile(string path, ReadOnlySpan<byte> content)
    {
        using var file = Files.Open(path, FileOpenMode.Truncate);
        file.Write(content, 0);
        file.Sync();
    }

    public string[] Names(string directory) => [.. Files.List(directory).Select(entry => entry.Name)];

    /// <summary>Every value in the log, by reading it from its start to its end.</summary>
    public List<string> Values(FetchIsolation isolation = FetchIsolation.LogEnd) => LogContent.Values(Log, isolation);

    private void Die()
    {
        _store = null;
        _timers.Die();
        _diskWork.Die();
        _timers = new MortalLoop(_scheduler);
        _diskWork = new MortalLoop(_disk);
    }
}
