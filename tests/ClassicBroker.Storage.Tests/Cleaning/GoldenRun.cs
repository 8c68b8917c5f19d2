using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClassicBroker.Storage.Tests;

/// <summary>One log of a stage, opened at a moment.</summary>
internal sealed class GoldenRun : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();
    private readonly StorageEnvironment _environment;
    private readonly LogStore _store;

    public GoldenRun(GoldenCleaning golden, string stage, string name, long momentMs)
    {
        golden.CopyTo(_scratch.Path, stage, name);
        _time.AdvanceMs(momentMs - _time.GetUtcNow().ToUnixTimeMilliseconds());
        var loop = _time.CreateLoop("disk");
        _environment = new StorageEnvironment
        {
            Files = new PosixFileSystem(),
            Timers = loop,
            DiskWork = loop,
            Time = _time,
            Random = new SeededRandomSource(1),
            Loggers = NullLoggerFactory.Instance,
        };
        LogPath = Path.Join(_scratch.Path, name);
        _store = loop.Run(() => LogStore.OpenAsync(
            new() { Directories = [_scratch.Path] }, _environment, [loop], golden.Config));
        Assert.True(TopicPartition.TryParse(name, out var partition));
        Log = _store.Find(partition)!;
        Log.UpdateHighWatermark(Log.LogEndOffset);
        Target = CleanerRun.Pass(Log, _environment).Target;
    }

    public string LogPath { get; }

    public PartitionLog Log { get; }

    public LogToClean Target { get; }

    public void Clean()
    {
        CleanerRun.Clean(Log, _environment);
        if (Log.Config.IsDeleted)
        {
            Log.DeleteOldSegments();
        }
    }

    /// <summary>Cleans once that much time has passed, whether it is due or not.</summary>
    public void CleanAfter(long milliseconds)
    {
        _time.AdvanceMs(milliseconds);
        CleanerRun.Clean(Log, _environment);
    }

    public List<(string Name, string Content)> Files() =>
        [.. GoldenFiles.Segments(LogPath).Select(name => (name, Convert.ToHexString(File.ReadAllBytes(Path.Join(LogPath, name)))))];

    public void Dispose()
    {
        foreach (var log in _store.Logs)
        {
            log.Abandon();
        }

        _scratch.Dispose();
    }
}
