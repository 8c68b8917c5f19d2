using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>A client we did not write, sending numbered records through any failure with every acknowledgement on file. One test owns it.</summary>
public sealed class HistoryProducer : IAsyncDisposable
{
    private const int PerSecond = 200;

    private readonly ChildProcess _process;
    private readonly string _file;
    private long _countedBytes;
    private int _counted;

    private HistoryProducer(string name, bool isIdempotent, ChildProcess process, string file) =>
        (Name, IsIdempotent, _process, _file) = (name, isIdempotent, process, file);

    public string Name { get; }

    public bool IsIdempotent { get; }

    /// <summary>Everything that was acknowledged, by lines of partition, offset, number.</summary>
    public IEnumerable<string> Acknowledged => File.Exists(_file) ? File.ReadLines(_file) : [];

    /// <summary>What it printed.</summary>
    public string Output => _process.Output;

    /// <summary>librdkafka with idempotence and without, which is kcat's too; kafka-python; kafkajs with idempotence.</summary>
    public static IReadOnlyList<HistoryProducer> StartAll(FaultyCluster cluster, string topic, int partitions, ScratchDirectory scratch) =>
    [
        Start(cluster, "librdkafka-idempotent", true, ["/usr/bin/python3", Driver("py"), "confluent-idempotent"], topic, partitions, scratch),
        Start(cluster, "librdkafka", false, ["/usr/bin/python3", Driver("py"), "confluent"], topic, partitions, scratch),
        Start(cluster, "kafka-python", false, ["/usr/bin/python3", Driver("py"), "kafka-python"], topic, partitions, scratch),
        Start(cluster, "kafkajs", true, ["node", Driver("js")], topic, partitions, scratch),
    ];

    /// <summary>Acknowledgements so far.</summary>
    public int Count()
    {
        if (File.Exists(_file))
        {
            using var file = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            file.Position = _countedBytes;
            var buffer = new byte[64 * 1024];
            for (int read; (read = file.Read(buffer)) > 0; _countedBytes += read)
            {
                _counted += buffer.AsSpan(0, read).Count((byte)'\n');
            }
        }

        return _counted;
    }

    public Task WaitUntilSendingAsync(TimeSpan limit) => _process.WaitForAsync("sending", limit);

    /// <summary>Ends when more has been acknowledged than <paramref name="before"/>; fails where the client has given itself up.</summary>
    public async Task WaitForMoreThanAsync(int before, TimeSpan limit)
    {
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(_file)!, Path.GetFileName(_file));
        var changed = new SemaphoreSlim(0);
        watcher.Changed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        using var patience = new CancellationTokenSource(limit);
        while (Count() <= before)
        {
            Assert.False(_process.HasExited, $"{Name} has given itself up: {Output}");
            try
            {
                await changed.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{Name} has had nothing acknowledged for {limit}. It printed: {Output}");
            }
        }
    }

    /// <summary>Lets what is in flight come back, and ends it.</summary>
    public async Task StopAsync()
    {
        _process.Signal(ChildProcess.Sigterm);
        var code = await _process.WaitForExitAsync(TimeSpan.FromSeconds(150));
        Assert.True(code == 0, $"{Name} ended with {code}: {Output}");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static HistoryProducer Start(
        FaultyCluster cluster, string name, bool isIdempotent, string[] command, string topic, int partitions, ScratchDirectory scratch)
    {
        var file = scratch.File($"acked-{name}");
        string[] whole = [.. cluster.Network.AmongClients, .. command, cluster.BootstrapServers, topic, $"{partitions}", name, file, $"{PerSecond}"];
        var process = ChildProcess.Start(
            whole[0], whole.Skip(1), new Dictionary<string, string> { ["NODE_PATH"] = RepositoryLayout.NodeModules });
        return new(name, isIdempotent, process, file);
    }

    private static string Driver(string suffix) => Path.Combine(AppContext.BaseDirectory, "Clients", $"history_producer.{suffix}");
}
