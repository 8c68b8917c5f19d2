using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Benchmarks.EndToEnd;

/// <summary>
/// Our ZooKeeper and one broker, or several, as the start scripts run them; the first has a plaintext and a TLS listener.
/// </summary>
internal sealed class BenchmarkCluster : IAsyncDisposable
{
    public const string Password = "benchmark";

    private readonly ScratchDirectory _scratch;
    private readonly ZooKeeperServerProcess _zooKeeper;
    private readonly List<KafkaServerProcess> _others;
    private int _topics;

    private BenchmarkCluster(
        ScratchDirectory scratch, ZooKeeperServerProcess zooKeeper, KafkaServerProcess broker, List<KafkaServerProcess> others, int tlsPort)
    {
        _scratch = scratch;
        _zooKeeper = zooKeeper;
        _others = others;
        Broker = broker;
        TlsPort = tlsPort;
    }

    public KafkaServerProcess Broker { get; }

    /// <summary>All brokers, by their ids.</summary>
    public IReadOnlyList<KafkaServerProcess> Brokers => [Broker, .. _others];

    public string BootstrapServers => string.Join(',', Brokers.Select(broker => broker.BootstrapServers));

    public int TlsPort { get; }

    /// <summary>Where its ZooKeeper listens.</summary>
    public string ZooKeeperConnect => _zooKeeper.ConnectString;

    public string Scratch => _scratch.Path;

    /// <param name="properties">Of every broker, beside those that all rows have.</param>
    /// <param name="brokers">How many.</param>
    public static async Task<BenchmarkCluster> StartAsync(IReadOnlyDictionary<string, string>? properties = null, int brokers = 1)
    {
        var scratch = new ScratchDirectory();
        var zooKeeper = await new ZooKeeperServerProcess(scratch.File("zookeeper")).StartAsync();

        // Socket buffers as conf/server.properties has them.
        var common = new Dictionary<string, string>(properties ?? new Dictionary<string, string>())
        {
            ["ssl.keystore.type"] = "PKCS12",
            ["ssl.keystore.location"] = KeyStore(scratch),
            ["ssl.keystore.password"] = Password,
            ["log.retention.ms"] = "-1",
            ["log.segment.delete.delay.ms"] = "0",
            ["socket.send.buffer.bytes"] = "-1",
            ["socket.receive.buffer.bytes"] = "-1",
        };
        var broker = new KafkaServerProcess(scratch.File("broker"), zooKeeper.ConnectString, properties: common);
        var tlsPort = LoopbackPorts.Next();
        broker.Properties["listeners"] += $",SSL://127.0.0.1:{tlsPort}";
        await broker.StartAsync();
        List<KafkaServerProcess> others = [];
        for (var id = 1; id < brokers; id++)
        {
            others.Add(await new KafkaServerProcess(scratch.File($"broker-{id}"), zooKeeper.ConnectString, id, common).StartAsync());
        }

        if (brokers > 1)
        {
            await Acquaintance.AwaitAsync([broker.BootstrapServers, .. others.Select(other => other.BootstrapServers)]);
        }

        return new(scratch, zooKeeper, broker, others, tlsPort);
    }

    public async Task<string> CreateTopicAsync(int partitions = 1)
    {
        var topic = $"bench-{++_topics}";
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", Broker.BootstrapServers, "--create", "--topic", topic, "--partitions", $"{partitions}"])).RequireSuccess();
        return topic;
    }

    /// <summary>A topic whose partitions have these brokers, their leaders first.</summary>
    public async Task<string> CreateTopicAsync(IEnumerable<int[]> replicas)
    {
        var topic = $"bench-{++_topics}";
        var assignment = string.Join(',', replicas.Select(ids => string.Join(':', ids)));
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", BootstrapServers, "--create", "--topic", topic, "--replica-assignment", assignment])).RequireSuccess();
        return topic;
    }

    public async Task DeleteTopicAsync(string topic) =>
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"), ["--bootstrap-server", Broker.BootstrapServers, "--delete", "--topic", topic])).RequireSuccess();

    /// <summary>Starts this program again as one of the bare loops and waits until it listens.</summary>
    public static async Task<(ChildProcess Process, int Port)> StartBareAsync(string loop, string file, params string[] more)
    {
        var port = LoopbackPorts.Next();
        var process = ChildProcess.Start(Environment.ProcessPath!, [loop, $"{port}", file, .. more]);
        await process.WaitForAsync("listening", TimeSpan.FromSeconds(10));
        return (process, port);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _others.Append(Broker))
        {
            await broker.DisposeAsync();
        }

        await _zooKeeper.DisposeAsync();
        _scratch.Dispose();
    }

    /// <summary>Writes a store with a certificate for localhost, closed with <see cref="Password"/>; its path.</summary>
    public static string KeyStore(ScratchDirectory scratch)
    {
        using var authority = new TestAuthority("Benchmark authority");
        using var certificate = authority.Issue("CN=localhost", "localhost");
        var path = scratch.File("broker.p12");
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, Password));
        return path;
    }
}
