using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Threads of a running broker whose number <c>kafka-configs.sh</c> changes, counted as the kernel lists them.</summary>
public sealed class ThreadCountTests : IDisposable
{
    /// <summary>The kernel keeps so much of a thread's name.</summary>
    private const int NameLength = 15;

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

    public void Dispose() => _scratch.Dispose();

    private static Task AlterAsync(KafkaServerProcess broker, string config) =>
        Tool.RunAsync(
            "kafka-configs.sh", "--bootstrap-server", broker.BootstrapServers, "--entity-type", "brokers", "--entity-default", "--alter",
            "--add-config", config);

    /// <summary>The broker hears of a change by ZooKeeper, after it has been answered.</summary>
    private static async Task AwaitAsync(KafkaServerProcess broker, string prefix, int count)
    {
        for (var until = DateTime.UtcNow + Patience; Count(broker, prefix) != count;)
        {
            Assert.True(DateTime.UtcNow < until, $"there are {Count(broker, prefix)} threads {prefix}, not {count}");
            await Task.Delay(50);
        }
    }

    private static int Count(KafkaServerProcess broker, string prefix) =>
        Directory.GetDirectories($"/proc/{broker.Process.Id}/task")
            .Count(thread => File.ReadAllText($"{thread}/comm").StartsWith(prefix[..Math.Min(prefix.Length, NameLength)], StringComparison.Ordinal));
}
