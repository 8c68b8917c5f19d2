using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Testing.Security;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Testing.Processes;

/// <summary>Three brokers on one Apache ZooKeeper, each a process as users start it, open or secured. One test owns it.</summary>
public sealed partial class ThreeBrokers : IAsyncDisposable
{
    private const int Size = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private ThreeBrokers(ClusterSecurity security, RealZooKeeper zooKeeper, IReadOnlyList<KafkaServerProcess> brokers) =>
        (Security, ZooKeeper, Brokers) = (security, zooKeeper, brokers);

    public ClusterSecurity Security { get; }

    public IReadOnlyList<KafkaServerProcess> Brokers { get; }

    public RealZooKeeper ZooKeeper { get; }

    public string BootstrapServers => string.Join(',', Brokers.Select(broker => broker.BootstrapServers));

    /// <param name="scratch">Where its files lie.</param>
    /// <param name="profile">Open or secured.</param>
    /// <param name="properties">Of every broker, beside the usual ones.</param>
    public static async Task<ThreeBrokers> StartAsync(
        ScratchDirectory scratch, SecurityProfile profile = SecurityProfile.Open, IReadOnlyDictionary<string, string>? properties = null)
    {
        var security = ClusterSecurity.Of(profile, scratch);
        var zooKeeper = await security.StartZooKeeperAsync();
        KafkaServerProcess[] brokers =
        [
            .. Enumerable.Range(0, Size).Select(id => security.Secure(new KafkaServerProcess(
                scratch.File($"broker-{id}"),
                zooKeeper.ConnectString,
                id,
                new Dictionary<string, string>(properties ?? new Dictionary<string, string>())
                {
                    // Short, so that failovers come soon; small, so that they meet rolls.
                    ["zookeeper.session.timeout.ms"] = "4000",
                    ["zookeeper.connection.timeout.ms"] = "30000",
                    ["replica.lag.time.max.ms"] = "4000",
                    ["replica.fetch.backoff.ms"] = "200",
                    ["log.segment.bytes"] = "2000000",
                    ["min.insync.replicas"] = "2",
                }))),
        ];
        var cluster = new ThreeBrokers(security, zooKeeper, brokers);
        try
        {
            foreach (var broker in brokers)
            {
                broker.Launch();
            }

            foreach (var broker in brokers)
            {
                await broker.WaitUntilStartedAsync();
            }
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    public Task CreateTopicAsync(string name, int partitions = 1) => TopicsAsync(
        "--create", "--topic", name, "--partitions", $"{partitions}", "--replication-factor", $"{Size}");

    /// <summary>The broker that leads partition 0 of a topic.</summary>
    public async Task<KafkaServerProcess> LeaderAsync(string topic)
    {
        var described = await DescribeAsync(topic);
        return Brokers[int.Parse(LeaderPattern().Match(described).Groups[1].Value, CultureInfo.InvariantCulture)];
    }

    /// <summary>Ends when partition 0 has all its replicas in sync.</summary>
    public async Task WaitUntilInSyncAsync(string topic)
    {
        using var limit = new CancellationTokenSource(Patience);
        string described;
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            described = await DescribeAsync(topic);
        }
        while (IsrPattern().Match(described).Groups[1].Value.Split(',').Length < Size);
    }

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

        await ZooKeeper.DisposeAsync();
        Security.Dispose();
    }

    private Task<string> DescribeAsync(string topic) => TopicsAsync("--describe", "--topic", topic);

    private async Task<string> TopicsAsync(params string[] arguments) =>
        (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-topics.sh"),
            ["--bootstrap-server", BootstrapServers, .. Security.Client.Arguments(), .. arguments])).RequireSuccess().Text;

    [GeneratedRegex(@"Leader: (\d+)")]
    private static partial Regex LeaderPattern();

    [GeneratedRegex(@"Isr: ([\d,]+)")]
    private static partial Regex IsrPattern();
}
