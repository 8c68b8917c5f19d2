using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>The file to which a producer in a process of its own appends a line for each acknowledgement. Threading: any.</summary>
internal sealed class AckedFile(string path, ChildProcess producer)
{
    private readonly object _gate = new();
    private long _countedBytes;
    private int _counted;

    public IEnumerable<string> Lines => File.Exists(path) ? File.ReadLines(path) : [];

    /// <summary>Acknowledgements so far.</summary>
    public int Count()
    {
        lock (_gate)
        {
            if (File.Exists(path))
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                file.Position = _countedBytes;
                var buffer = new byte[64 * 1024];
                for (int read; (read = file.Read(buffer)) > 0; _countedBytes += read)
                {
                    _counted += buffer.AsSpan(0, read).Count((byte)'\n');
                }
            }

            return _counted;
        }
    }

    /// <summary>Ends when there are so many acknowledgements; fails where the producer has given itself up.</summary>
    public async Task WaitForAsync(int count, TimeSpan limit)
    {
        var name = Path.GetFileName(path);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, name);
        var changed = new SemaphoreSlim(0);
        watcher.Changed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        using var patience = new CancellationTokenSource(limit);
        while (Count() < count)
        {
            Assert.False(producer.HasExited, $"The producer of {name} has given itself up: {producer.Output}");
            try
            {
                await changed.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{name}: {Count()} of {count} acknowledgements after {limit}. The producer printed: {producer.Output}");
            }
        }
    }
}
