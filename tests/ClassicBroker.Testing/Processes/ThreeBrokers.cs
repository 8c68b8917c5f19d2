using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Security;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Testing.Processes;

/// <summary>
/// Three brokers on one Apache ZooKeeper, or on an ensemble, each a process as users start it, open or secured. One test owns it.
/// </summary>
public sealed partial class ThreeBrokers : IAsyncDisposable
{
    private const int Size = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly RealZooKeeper? _zooKeeper;
    private readonly string _zooKeeperConnect;

    private ThreeBrokers(
        ScratchDirectory scratch,
        ClusterSecurity security,
        RealZooKeeper? zooKeeper,
        string zooKeeperConnect,
        IReadOnlyDictionary<string, string>? properties)
    {
        (Security, _zooKeeper, _zooKeeperConnect) = (security, zooKeeper, zooKeeperConnect);
        Brokers =
        [
            .. Enumerable.Range(0, Size).Select(id => security.Secure(new KafkaServerProcess(
                scratch.File($"broker-{id}"),
                zooKeeperConnect,
                id,
                new Dictionary<string, string>(Of(id, properties))
                {
                    // Short, so that failovers come soon; small, so that they meet rolls.
                    ["zookeeper.session.timeout.ms"] = "4000",
                    ["replica.lag.time.max.ms"] = "4000",
                    ["replica.fetch.backoff.ms"] = "200",
                    ["log.segment.bytes"] = "2000000",
                    ["min.insync.replicas"] = "2",

                    // Whom a test has chosen to fail leads until it does.
                    ["auto.leader.rebalance.enable"] = "false",
                }))),
        ];
    }

    public ClusterSecurity Security { get; }

    public IReadOnlyList<KafkaServerProcess> Brokers { get; }

    /// <summary>The one ZooKeeper, where it is one.</summary>
    public RealZooKeeper ZooKeeper => _zooKeeper ?? throw new InvalidOperationException("These brokers are on an ensemble.");

    public string BootstrapServers => string.Join(',', Brokers.Select(broker => broker.BootstrapServers));

    /// <param name="scratch">Where its files lie.</param>
    /// <param name="profile">Open or secured.</param>
    /// <param name="properties">Of every broker, beside the usual ones; <c>$id</c> stands for its id.</param>
    public static async Task<ThreeBrokers> StartAsync(
        ScratchDirectory scratch, SecurityProfile profile = SecurityProfile.Open, IReadOnlyDictionary<string, string>? properties = null)
    {
        var security = ClusterSecurity.Of(profile, scratch);
        var zooKeeper = await security.StartZooKeeperAsync();
        return await StartAsync(new ThreeBrokers(scratch, security, zooKeeper, zooKeeper.ConnectString, properties));
    }

    /// <summary>Open ones on an ensemble that the test owns; it may still be starting.</summary>
    public static Task<ThreeBrokers> StartAsync(ScratchDirectory scratch, RealZooKeeperEnsemble ensemble) =>
        StartAsync(new ThreeBrokers(scratch, ClusterSecurity.None, zooKeeper: null, ensemble.ConnectString, properties: null));

    public Task CreateTopicAsync(string name, int partitions = 1) => TopicsAsync(
        "--create", "--topic", name, "--partitions", $"{partitions}", "--replication-factor", $"{Size}");

    /// <summary>The broker that leads partition 0 of a topic.</summary>
    public async Task<KafkaServerProcess> LeaderAsync(string topic)
    {
        var found = Match.Empty;
        await UntilAsync(async () => (found = LeaderPattern().Match(await DescribeAsync(topic))).Success, $"a leader of {topic}");
        return Brokers[int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)];
    }

    /// <summary>Has partition 0 led by the broker that is the controller, or by another one, and tells which.</summary>
    public async Task<KafkaServerProcess> LeaderAsync(string topic, bool isController)
    {
        var leader = await LeaderAsync(topic);
        var controller = await ControllerAsync();
        if ((leader == controller) == isController)
        {
            return leader;
        }

        var target = isController ? controller : Brokers.First(broker => broker != controller);
        await MoveLeadershipAsync(topic, target);
        return target;
    }

    /// <summary>The broker that is the controller.</summary>
    public async Task<KafkaServerProcess> ControllerAsync() =>
        await ControllerOrNullAsync() ?? throw new InvalidOperationException("There is no controller.");

    /// <summary>Ends when another broker than <paramref name="before"/> is the controller.</summary>
    public Task AnotherControllerAsync(KafkaServerProcess before) =>
        UntilAsync(async () => await ControllerOrNullAsync() is { } controller && controller != before, "another controller");

    /// <summary>Ends when another broker than <paramref name="before"/> leads partition 0.</summary>
    public Task AnotherLeaderAsync(string topic, KafkaServerProcess before) =>
        UntilAsync(
            async () => LeaderPattern().Match(await DescribeAsync(topic)) is { Success: true } found && found.Groups[1].Value != $"{before.BrokerId}",
            "another leader");

    /// <summary>Has a broker lead partition 0: makes it the first of the replicas, which it is one of, and elects it.</summary>
    public async Task MoveLeadershipAsync(string topic, KafkaServerProcess leader)
    {
        var plan = Path.Combine(Path.GetDirectoryName(leader.DataDirectory)!, $"{topic}-leader.json");
        var replicas = Brokers.Select(broker => broker.BrokerId).OrderBy(id => id == leader.BrokerId ? -1 : id);
        await File.WriteAllTextAsync(
            plan, $$"""{"version":1,"partitions":[{"topic":"{{topic}}","partition":0,"replicas":[{{string.Join(',', replicas)}}]}]}""");
        await ToolAsync("kafka-reassign-partitions.sh", "--reassignment-json-file", plan, "--execute");
        await ToolAsync("kafka-leader-election.sh", "--election-type", "preferred", "--topic", topic, "--partition", "0");
        await UntilAsync(async () => await LeaderAsync(topic) == leader, $"broker {leader.BrokerId} to lead");
    }

    /// <summary>Ends when partition 0 has all its replicas in sync, as ZooKeeper has it and as a broker says, which may have heard less.</summary>
    public async Task WaitUntilInSyncAsync(string topic)
    {
        var described = "";
        await UntilAsync(
            async () => IsrPattern().Match(described = await DescribeAsync(topic)) is { Success: true } found
                && found.Groups["isr"].Length == found.Groups["replicas"].Length
                && IsrZnodePattern().Match(described += await ZnodeAsync($"/brokers/topics/{topic}/partitions/0/state")) is { Success: true } written
                && written.Groups["isr"].Length == found.Groups["replicas"].Length,
            () => $"all replicas of {topic} in sync:\n{described}");
    }

    /// <summary>What <c>zookeeper-shell.sh</c> prints of a znode, its version and times with it.</summary>
    public async Task<string> ZnodeAsync(string path) => (await ChildProcess.RunAsync(
        RepositoryLayout.Script("zookeeper-shell.sh"), [_zooKeeperConnect, "get", "-s", path], environment: Security.ZooKeeperEnvironment)).Text;

    /// <summary>Every byte of a partition on a broker's disk, in offset order.</summary>
    public static byte[] BytesOf(KafkaServerProcess broker, string partition) =>
    [
        .. Directory.GetFiles(Path.Combine(broker.DataDirectory, partition), "*.log").Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes),
    ];

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in Brokers)
        {
            await broker.DisposeAsync();
        }

        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }

        Security.Dispose();
    }

    /// <summary>
    /// What kafka-topics.sh says of a topic that exists. A broker hears of topics a moment after the controller made them, and after its own
    /// start: until then it is asked again.
    /// </summary>
    public async Task<string> DescribeAsync(string topic)
    {
        CommandOutcome? outcome = null;
        await UntilAsync(
            async () => !(outcome = await RunAsync("kafka-topics.sh", "--describe", "--topic", topic)).StandardError
                .Contains("does not exist as expected", StringComparison.Ordinal),
            $"a broker to know of {topic}");
        return outcome!.RequireSuccess().Text;
    }

    /// <summary>One of our tools against the cluster; fails with what was printed where it does not exit with 0.</summary>
    public async Task<string> ToolAsync(string script, params string[] arguments) => (await RunAsync(script, arguments)).RequireSuccess().Text;

    /// <inheritdoc cref="UntilAsync(Func{Task{bool}}, Func{string})"/>
    public static Task UntilAsync(Func<Task<bool>> condition, string what) => UntilAsync(condition, () => what);

    /// <summary>Asks again and again; fails where it has not come about in time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"What was waited for has not come about in {Patience}: {what()}");
            }
        }
    }

    private static async Task<ThreeBrokers> StartAsync(ThreeBrokers cluster)
    {
        try
        {
            foreach (var broker in cluster.Brokers)
            {
                broker.Launch();
            }

            foreach (var broker in cluster.Brokers)
            {
                await broker.WaitUntilStartedAsync();
            }

            await Acquaintance.AwaitAsync(
                [.. cluster.Brokers.Select(broker => broker.BootstrapServers)], cluster.Security.Client.Arguments());
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    private static Dictionary<string, string> Of(int id, IReadOnlyDictionary<string, string>? properties) =>
        (properties ?? new Dictionary<string, string>()).ToDictionary(
            property => property.Key, property => property.Value.Replace("$id", $"{id}", StringComparison.Ordinal));

    private async Task<KafkaServerProcess?> ControllerOrNullAsync()
    {
        return ControllerPattern().Match(await ZnodeAsync("/controller")) is { Success: true } found
            ? Brokers[int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)]
            : null;
    }

    private Task<string> TopicsAsync(params string[] arguments) => ToolAsync("kafka-topics.sh", arguments);

    private Task<CommandOutcome> RunAsync(string script, params string[] arguments) => ChildProcess.RunAsync(
        RepositoryLayout.Script(script), ["--bootstrap-server", BootstrapServers, .. Security.Client.Arguments(), .. arguments]);

    [GeneratedRegex(@"Leader: (\d+)")]
    private static partial Regex LeaderPattern();

    [GeneratedRegex(@"""brokerid"":(\d+)")]
    private static partial Regex ControllerPattern();

    [GeneratedRegex(@"Replicas: (?<replicas>[\d,]+)\s+Isr: (?<isr>[\d,]+)")]
    private static partial Regex IsrPattern();

    [GeneratedRegex(@"""isr"":\[(?<isr>[\d,]+)\]")]
    private static partial Regex IsrZnodePattern();
}
