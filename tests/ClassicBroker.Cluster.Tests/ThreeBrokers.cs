using System.Text.RegularExpressions;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Three brokers on one Apache ZooKeeper, each a process as users start it. One test owns it.</summary>
internal sealed partial class ThreeBrokers : IAsyncDisposable
{
    private const int Size = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly RealZooKeeper _zooKeeper;

    private ThreeBrokers(RealZooKeeper zooKeeper, IReadOnlyList<KafkaServerProcess> brokers) => (_zooKeeper, Brokers) = (zooKeeper, brokers);

    public IReadOnlyList<KafkaServerProcess> Brokers { get; }

    public string BootstrapServers => string.Join(',', Brokers.Select(broker => broker.BootstrapServers));

    public static async Task<ThreeBrokers> StartAsync(ScratchDirectory scratch)
    {
        var zooKeeper = await RealZooKeeper.StartAsync();
        KafkaServerProcess[] brokers =
        [
            .. Enumerable.Range(0, Size).Select(id => new KafkaServerProcess(
                scratch.File($"broker-{id}"),
                zooKeeper.ConnectString,
                id,
                new Dictionary<string, string>
                {
                    // Short, so that failovers come soon; small, so that they meet rolls.
                    ["zookeeper.session.timeout.ms"] = "4000",
                    ["replica.lag.time.max.ms"] = "4000",
                    ["replica.fetch.backoff.ms"] = "200",
                    ["log.segment.bytes"] = "2000000",
                    ["min.insync.replicas"] = "2",
                })),
        ];
        var cluster = new ThreeBrokers(zooKeeper, brokers);
        foreach (var broker in brokers)
        {
            await broker.StartAsync();
        }

        return cluster;
    }

    public Task CreateTopicAsync(string name) => Tool.RunAsync(
        "kafka-topics.sh", "--bootstrap-server", BootstrapServers, "--create", "--topic", name, "--partitions", "1", "--replication-factor", "3");

    /// <summary>The broker that leads partition 0 of a topic.</summary>
    public async Task<KafkaServerProcess> LeaderAsync(string topic)
    {
        var described = await DescribeAsync(topic);
        return Brokers[int.Parse(LeaderPattern().Match(described).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)];
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

        await _zooKeeper.DisposeAsync();
    }

    private async Task<string> DescribeAsync(string topic) =>
        (await Tool.RunAsync("kafka-topics.sh", "--bootstrap-server", BootstrapServers, "--describe", "--topic", topic)).Text;

    [GeneratedRegex(@"Leader: (\d+)")]
    private static partial Regex LeaderPattern();

    [GeneratedRegex(@"Isr: ([\d,]+)")]
    private static partial Regex IsrPattern();
}
