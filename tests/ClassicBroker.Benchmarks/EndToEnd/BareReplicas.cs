using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Bare loops that receive and append, and copy to as many others that append as a partition has followers: none, or two. One row owns them.
/// </summary>
internal sealed class BareReplicas : IAsyncDisposable
{
    private readonly List<ChildProcess> _processes = [];
    private readonly string[] _files;

    private BareReplicas(string directory, int count) =>
        _files = [.. Enumerable.Range(0, count).Select(id => Path.Combine(directory, $"bare-{id}.log"))];

    /// <summary>Of the one that is sent to.</summary>
    public int Port { get; private set; }

    /// <param name="directory">Where the files lie.</param>
    /// <param name="count">How many append: 1 or 3.</param>
    public static async Task<BareReplicas> StartAsync(string directory, int count)
    {
        var replicas = new BareReplicas(directory, count);
        List<string> ports = [];
        foreach (var file in replicas._files[1..])
        {
            ports.Add($"{await replicas.StartAsync("bare-append", file)}");
        }

        replicas.Port = await replicas.StartAsync(count == 1 ? "bare-append" : "bare-replicate", replicas._files[0], [.. ports]);
        return replicas;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        Array.ForEach(_files, File.Delete);
    }

    private async Task<int> StartAsync(string loop, string file, params string[] more)
    {
        var (process, port) = await BenchmarkCluster.StartBareAsync(loop, file, more);
        _processes.Add(process);
        return port;
    }
}
