using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Threads of a running broker whose number <c>kafka-configs.sh</c> changes, counted as the kernel lists them.</summary>
public sealed class ThreadCountTests : IDisposable
{
    /// <summary>The kernel keeps so much of a thread's name.</summary>
    private const int NameLength = 15;

    private const string DiskPool = "kafka-scheduler-";
    private const string ReadPool = "kafka-request-handler-";
    private const int Connections = 12;

    /// <summary>What <see cref="DiskPool"/> does at intervals, each on its own.</summary>
    private static readonly string[] Intervals =
    [
        "log.flush.scheduler.interval.ms", "log.flush.offset.checkpoint.interval.ms", "log.flush.start.offset.checkpoint.interval.ms",
        "log.retention.check.interval.ms", "replica.high.watermark.checkpoint.interval.ms", "producer.id.expiration.check.interval.ms",
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task Loops_of_connections_and_fetchers_grow_while_the_broker_serves()
    {
        await using var zooKeeper = await SingleZooKeeper.StartAsync(ZooKeeperKind.Ours, _scratch.File("zookeeper"));
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString);
        broker.Properties["num.network.threads"] = "3";
        await broker.StartAsync();
        Assert.Equal((3, 1), (Count(broker, "kafka-network-thread-"), Count(broker, "ReplicaFetcherThread-")));

        await AlterAsync(broker, "num.network.threads=6");
        await AwaitAsync(broker, "kafka-network-thread-", 6);
        await AlterAsync(broker, "num.replica.fetchers=2");
        await AwaitAsync(broker, "ReplicaFetcherThread-", 2);

        Assert.Equal(0, await broker.StopAsync());
    }

    /// <summary>The threads of a pool start when there is work for them: all that the broker does at intervals, and many lookups by time.</summary>
    [Fact]
    public async Task Pools_for_disk_work_and_for_long_reads_grow_and_shrink_while_the_broker_serves()
    {
        await using var zooKeeper = await SingleZooKeeper.StartAsync(ZooKeeperKind.Ours, _scratch.File("zookeeper"));
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString);
        broker.Properties["background.threads"] = broker.Properties["num.io.threads"] = "1";
        foreach (var interval in Intervals)
        {
            broker.Properties[interval] = "50";
        }

        await broker.StartAsync();
        await using var network = ClientNetwork.Open();
        await using var admin = new AdminClient(new AdminConfig { BootstrapServers = broker.BootstrapServers }, network);
        (await admin.CreateTopicsAsync([new NewTopic("t") { Partitions = 10, ReplicationFactor = 1 }]))[0].ThrowIfFailed();
        foreach (var count in new[] { 1, 2, 4, 2 })
        {
            if (count != Count(broker, DiskPool))
            {
                await AlterAsync(broker, $"background.threads={count},num.io.threads={count}");
            }

            await AwaitAsync(broker, DiskPool, count);
            await AwaitAsync(broker, ReadPool, count, () => LookUpAsync(network, broker));
        }

        Assert.Equal(0, await broker.StopAsync());
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>Lookups by time on many connections at once.</summary>
    private static async Task LookUpAsync(ClientNetwork network, KafkaServerProcess broker)
    {
        var clients = Enumerable.Range(0, Connections)
            .Select(_ => new AdminClient(new AdminConfig { BootstrapServers = broker.BootstrapServers }, network))
            .ToList();
        var partitions = Enumerable.Range(0, 10).ToDictionary(partition => new TopicPartition("t", partition), _ => 1L);
        foreach (var _ in Enumerable.Range(0, 20))
        {
            await Task.WhenAll(clients.Select(client => client.ListOffsetsAsync(partitions)));
        }

        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    private static Task AlterAsync(KafkaServerProcess broker, string config) =>
        Tool.RunAsync(
            "kafka-configs.sh", "--bootstrap-server", broker.BootstrapServers, "--entity-type", "brokers", "--entity-default", "--alter",
            "--add-config", config);

    /// <summary>The broker hears of a change by ZooKeeper, after it has been answered.</summary>
    private static async Task AwaitAsync(KafkaServerProcess broker, string prefix, int count, Func<Task>? work = null)
    {
        for (var until = DateTime.UtcNow + Patience; Count(broker, prefix) != count;)
        {
            Assert.True(DateTime.UtcNow < until, $"there are {Count(broker, prefix)} threads {prefix}, not {count}");
            await (work?.Invoke() ?? Task.Delay(50));
        }
    }

    private static int Count(KafkaServerProcess broker, string prefix) =>
        Directory.GetDirectories($"/proc/{broker.Process.Id}/task")
            .Count(thread => File.ReadAllText($"{thread}/comm").StartsWith(prefix[..Math.Min(prefix.Length, NameLength)], StringComparison.Ordinal));
}
