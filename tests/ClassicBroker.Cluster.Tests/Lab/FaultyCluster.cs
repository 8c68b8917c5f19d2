using System.Net;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Cluster.Tests.Lab;

/// <summary>
/// Three brokers and three Apache ZooKeepers, each on a host of its own in a <see cref="NetworkLab"/>, and what can be done to them. One
/// test owns it.
/// </summary>
public sealed partial class FaultyCluster : IAsyncDisposable
{
    public const int Size = 3;
    public const int SessionTimeoutMs = 4000;

    private const int BrokerPort = 9092;
    private const int ZooKeeperPort = 2181;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly RealZooKeeperNode[] _zooKeepers;

    private FaultyCluster(NetworkLab network, ScratchDirectory scratch, IReadOnlyDictionary<string, string> properties)
    {
        Network = network;
        string[] members = [.. Enumerable.Range(0, Size).Select(id => $"server.{id + 1}={ZooKeeperAddress(id)}:2888:3888")];
        _zooKeepers = [.. Enumerable.Range(0, Size).Select(id => NewZooKeeper(scratch, id, members))];
        Brokers = [.. Enumerable.Range(0, Size).Select(id => NewBroker(scratch, id, properties))];
    }

    public NetworkLab Network { get; }

    public IReadOnlyList<KafkaServerProcess> Brokers { get; }

    public IReadOnlyList<RealZooKeeperNode> ZooKeepers => _zooKeepers;

    private static string ZooKeeperConnect => string.Join(',', Enumerable.Range(0, Size).Select(id => $"{ZooKeeperAddress(id)}:{ZooKeeperPort}"));

    public string BootstrapServers => string.Join(',', Brokers.Select(broker => broker.BootstrapServers));

    /// <summary>The host in the network that a ZooKeeper has; brokers have the hosts before.</summary>
    public static int HostOfZooKeeper(int id) => Size + id;

    /// <param name="scratch">Where the files lie.</param>
    /// <param name="properties">Of the brokers, beside the usual ones or instead of them.</param>
    public static async Task<FaultyCluster> StartAsync(ScratchDirectory scratch, IReadOnlyDictionary<string, string>? properties = null)
    {
        RepositoryLayout.RequireDistribution();
        RealZooKeeperNode.RequirePackage();
        var cluster = new FaultyCluster(
            await NetworkLab.StartAsync(2 * Size), scratch, properties ?? new Dictionary<string, string>());
        try
        {
            foreach (var zooKeeper in cluster._zooKeepers)
            {
                zooKeeper.Launch();
            }

            foreach (var broker in cluster.Brokers)
            {
                cluster.Launch(broker);
            }

            foreach (var broker in cluster.Brokers)
            {
                await broker.WaitUntilStartedAsync();
            }

            await Acquaintance.AwaitAsync([.. cluster.Brokers.Select(broker => broker.BootstrapServers)], broker =>
                cluster.Network.RunAmongClientsAsync(RepositoryLayout.Script("kafka-broker-api-versions.sh"), ["--bootstrap-server", broker]));
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>Starts a broker on its host without waiting.</summary>
    public void Launch(KafkaServerProcess broker) => broker.Launch(Network.On(broker.BrokerId));

    public async Task StartAsync(KafkaServerProcess broker)
    {
        Launch(broker);
        await broker.WaitUntilStartedAsync();
    }

    /// <summary>A tool of ours, run among the clients; fails with what was printed where it does not exit with 0.</summary>
    public async Task<string> ToolAsync(string script, params string[] arguments) =>
        (await Network.RunAmongClientsAsync(RepositoryLayout.Script(script), arguments)).RequireSuccess().Text;

    public Task CreateTopicAsync(string name, int partitions) => ToolAsync(
        "kafka-topics.sh", "--bootstrap-server", BootstrapServers, "--create", "--topic", name, "--partitions", $"{partitions}",
        "--replication-factor", $"{Size}");

    /// <summary>Creates a topic of one partition as soon as there is a controller that can.</summary>
    public async Task CreateTopicWhenPossibleAsync(string name, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        string[] arguments =
            ["--bootstrap-server", BootstrapServers, "--create", "--if-not-exists", "--topic", name, "--replication-factor", $"{Size}"];
        CommandOutcome outcome;
        while ((outcome = await Network.RunAmongClientsAsync(RepositoryLayout.Script("kafka-topics.sh"), arguments, limit)).ExitCode != 0)
        {
            Assert.False(patience.IsCancellationRequested, $"{name} cannot be created: {outcome.Text}{outcome.StandardError}");
        }
    }

    /// <summary>Ends when every partition of a topic has a leader and all its replicas in sync.</summary>
    public async Task WaitUntilInSyncAsync(string topic, int partitions)
    {
        using var limit = new CancellationTokenSource(Patience);
        var described = "";
        while (Isrs().Matches(described).Count(match => match.Groups[1].Value.Split(',').Length == Size) < partitions)
        {
            Assert.False(limit.IsCancellationRequested, $"Not all replicas of {topic} are in sync after {Patience}:\n{described}");
            var outcome = await Network.RunAmongClientsAsync(
                RepositoryLayout.Script("kafka-topics.sh"), ["--bootstrap-server", BootstrapServers, "--describe", "--topic", topic], Patience);
            described = outcome.Text + outcome.StandardError;
        }
    }

    /// <summary>The ZooKeeper that leads the others.</summary>
    public async Task<int> ZooKeeperLeaderAsync()
    {
        for (var id = 0; id < Size; id++)
        {
            var answer = await Network.RunAmongClientsAsync(
                "/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Clients", "four_letter_word.py"), ZooKeeperAddress(id), $"{ZooKeeperPort}", "srvr"]);
            if (answer.Text.Contains("Mode: leader", StringComparison.Ordinal))
            {
                return id;
            }
        }

        throw new InvalidOperationException("No ZooKeeper leads.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in Brokers)
        {
            await broker.DisposeAsync();
        }

        foreach (var zooKeeper in _zooKeepers)
        {
            await zooKeeper.DisposeAsync();
        }

        await Network.DisposeAsync();
    }

    private static string ZooKeeperAddress(int id) => NetworkLab.AddressOf(HostOfZooKeeper(id));

    private RealZooKeeperNode NewZooKeeper(ScratchDirectory scratch, int id, string[] members)
    {
        var node = new RealZooKeeperNode(
            scratch.File($"zookeeper-{id}"),
            ZooKeeperPort,
            ["initLimit=10", "syncLimit=5", "tickTime=500", $"clientPortAddress={ZooKeeperAddress(id)}", .. members])
        {
            Wrapper = Network.On(HostOfZooKeeper(id)),
        };
        File.WriteAllText(Path.Combine(node.DataDirectory, "myid"), $"{id + 1}\n");
        return node;
    }

    private static KafkaServerProcess NewBroker(ScratchDirectory scratch, int id, IReadOnlyDictionary<string, string> further)
    {
        var properties = new Dictionary<string, string>
        {
            // Short, so that failovers come soon; small, so that they meet rolls.
            ["zookeeper.session.timeout.ms"] = $"{SessionTimeoutMs}",
            ["zookeeper.connection.timeout.ms"] = "60000",
            ["replica.lag.time.max.ms"] = "4000",
            ["replica.fetch.backoff.ms"] = "200",
            ["log.segment.bytes"] = "1000000",
            ["min.insync.replicas"] = "2",
            ["auto.create.topics.enable"] = "false",
        };
        foreach (var (key, value) in further)
        {
            properties[key] = value;
        }

        var endpoint = new IPEndPoint(IPAddress.Parse(NetworkLab.AddressOf(id)), BrokerPort);
        return new KafkaServerProcess(scratch.File($"broker-{id}"), ZooKeeperConnect, id, properties, endpoint);
    }

    [GeneratedRegex(@"Leader: \d+\s.*Isr: ([\d,]+)")]
    private static partial Regex Isrs();
}
