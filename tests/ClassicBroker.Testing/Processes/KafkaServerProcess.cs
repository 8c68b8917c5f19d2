using System.Net;

namespace ClassicBroker.Testing.Processes;

/// <summary>
/// A broker started as users start it, through <c>scripts/kafka-server-start.sh</c>, on a free loopback port. It keeps port and data
/// across <see cref="StopAsync"/> or <see cref="KillAsync"/> and <see cref="StartAsync"/>. One test owns it.
/// </summary>
public sealed class KafkaServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _directory;
    private readonly Dictionary<string, string> _properties;
    private ChildProcess? _process;

    /// <param name="directory">Where its files lie.</param>
    /// <param name="zooKeeperConnect">Its ZooKeeper.</param>
    /// <param name="brokerId">Its id.</param>
    /// <param name="properties">Beside the usual ones, or instead of them.</param>
    /// <param name="endpoint">Where it listens; null for a free port of the loopback interface.</param>
    public KafkaServerProcess(
        string directory, string zooKeeperConnect, int brokerId = 0, IReadOnlyDictionary<string, string>? properties = null,
        IPEndPoint? endpoint = null)
    {
        RepositoryLayout.RequireDistribution();
        _directory = directory;
        BrokerId = brokerId;
        endpoint ??= new IPEndPoint(IPAddress.Loopback, LoopbackPorts.Next());
        Port = endpoint.Port;
        Host = endpoint.Address.ToString();
        _properties = new()
        {
            ["broker.id"] = $"{brokerId}",
            ["listeners"] = $"PLAINTEXT://{endpoint}",
            ["log.dirs"] = Path.Combine(directory, "data"),
            ["zookeeper.connect"] = zooKeeperConnect,

            // As long as a slow start under a tracer takes; without it, the session timeout, which some tests make short.
            ["zookeeper.connection.timeout.ms"] = "30000",
            ["offsets.topic.replication.factor"] = "1",
            ["transaction.state.log.replication.factor"] = "1",
            ["transaction.state.log.min.isr"] = "1",
            ["group.initial.rebalance.delay.ms"] = "0",
        };
        foreach (var (key, value) in properties ?? new Dictionary<string, string>())
        {
            _properties[key] = value;
        }
    }

    public int BrokerId { get; }

    public int Port { get; }

    /// <summary>What clients call the machine.</summary>
    public string Host { get; set; }

    public string BootstrapServers => $"{Host}:{Port}";

    public string DataDirectory => Path.Combine(_directory, "data");

    public string LogDirectory => Path.Combine(_directory, "logs");

    public ChildProcess Process => _process ?? throw new InvalidOperationException("The broker is not started.");

    /// <summary>Properties given at the next start.</summary>
    public IDictionary<string, string> Properties => _properties;

    /// <summary>Variables of the environment of the next start.</summary>
    public IDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    public async Task<KafkaServerProcess> StartAsync(IReadOnlyList<string>? wrapper = null)
    {
        Launch(wrapper);
        await WaitUntilStartedAsync();
        return this;
    }

    /// <summary>Ends when a start that was launched has come to serving.</summary>
    public Task WaitUntilStartedAsync() => Process.WaitForAsync($"[KafkaServer id={BrokerId}] started", StartLimit);

    /// <summary>Starts without waiting; <paramref name="wrapper"/> is a command to run the broker under, such as strace with its options.</summary>
    public void Launch(IReadOnlyList<string>? wrapper = null)
    {
        Directory.CreateDirectory(_directory);
        var file = Path.Combine(_directory, "server.properties");
        File.WriteAllLines(file, _properties.Select(property => $"{property.Key}={property.Value}"));
        List<string> command = [.. wrapper ?? [], RepositoryLayout.Script("kafka-server-start.sh"), file];
        _process = ChildProcess.Start(command[0], command.Skip(1), new Dictionary<string, string>(Environment) { ["LOG_DIR"] = LogDirectory });
    }

    /// <summary>SIGTERM, and the exit code it led to.</summary>
    public async Task<int> StopAsync()
    {
        Process.Signal(ChildProcess.Sigterm);
        var code = await Process.WaitForExitAsync(TimeSpan.FromSeconds(60));
        return code;
    }

    /// <summary>kill -9.</summary>
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
