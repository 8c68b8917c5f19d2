namespace ClassicBroker.Testing.Processes;

/// <summary>Our single-node ZooKeeper started through <c>scripts/zookeeper-server-start.sh</c>; port and data survive a kill and a new start.</summary>
public sealed class ZooKeeperServerProcess : IAsyncDisposable
{
    private readonly string _directory;
    private ChildProcess? _process;

    public ZooKeeperServerProcess(string directory)
    {
        RepositoryLayout.RequireDistribution();
        _directory = directory;
        Port = LoopbackPorts.Next();
    }

    public int Port { get; }

    public string ConnectString => $"127.0.0.1:{Port}";

    public ChildProcess Process => _process ?? throw new InvalidOperationException("ZooKeeper is not started.");

    public async Task<ZooKeeperServerProcess> StartAsync()
    {
        Directory.CreateDirectory(_directory);
        var file = Path.Combine(_directory, "zookeeper.properties");
        await File.WriteAllLinesAsync(
            file, [$"dataDir={Path.Combine(_directory, "data")}", $"clientPort={Port}", "clientPortAddress=127.0.0.1", "maxClientCnxns=0", "4lw.commands.whitelist=*",
             "tickTime=250", "minSessionTimeout=500", "maxSessionTimeout=60000"]);
        _process = ChildProcess.Start(
            RepositoryLayout.Script("zookeeper-server-start.sh"), [file], new Dictionary<string, string> { ["LOG_DIR"] = Path.Combine(_directory, "logs") });
        await _process.WaitForAsync("binding to port", TimeSpan.FromSeconds(30));
        return this;
    }

    public async Task KillAsync()
    {
        Process.Signal(ChildProcess.Sigkill);
        await Process.WaitForExitAsync(TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
