using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>ZooKeeper away for ten seconds under load: the broker goes on serving, and loses nothing.</summary>
public sealed class ZooKeeperOutageTests : IDisposable
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(10);

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task The_broker_serves_without_our_zookeeper_and_carries_on_when_it_returns()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await SurviveOutageAsync(zooKeeper.ConnectString, zooKeeper.KillAsync, zooKeeper.StartAsync);
    }

    [Theory]
    [InlineData("18000")]
    [InlineData("4000")]
    public async Task The_broker_registers_again_when_its_session_ended_meanwhile(string sessionTimeoutMs)
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await SurviveOutageAsync(
            zooKeeper.ConnectString, zooKeeper.KillAsync, zooKeeper.StartAsync,
            new Dictionary<string, string> { ["zookeeper.session.timeout.ms"] = sessionTimeoutMs });
    }

    private async Task SurviveOutageAsync(
        string connect, Func<Task> stopZooKeeper, Func<Task> startZooKeeper, IReadOnlyDictionary<string, string>? properties = null)
    {
        await using var broker = await new KafkaServerProcess(_scratch.File("broker"), connect, properties: properties).StartAsync();
        await Tool.RunAsync("kafka-topics.sh", "--bootstrap-server", broker.BootstrapServers, "--create", "--topic", "load", "--partitions", "1");
        await using var load = await AckedLoad.StartAsync(broker.BootstrapServers, "load", _scratch.File("acked"));
        await load.WaitForMoreAsync(500, TimeSpan.FromSeconds(30));

        await stopZooKeeper();
        var served = 0;
        for (var end = DateTime.UtcNow + Outage; DateTime.UtcNow < end;)
        {
            await load.WaitForMoreAsync(500, TimeSpan.FromSeconds(5));
            served += 500;
        }

        await startZooKeeper();
        await load.WaitForMoreAsync(500, TimeSpan.FromSeconds(30));
        // The control plane works again: a topic can be made.
        await Tool.RunAsync("kafka-topics.sh", "--bootstrap-server", broker.BootstrapServers, "--create", "--topic", "after", "--partitions", "1");

        Assert.True(served > 0);
        AckedLoad.AssertNothingLost(await load.StopAsync(), await AckedLoad.ReadAllAsync(broker.BootstrapServers, "load"));
        Assert.Equal(0, await broker.StopAsync());
    }

    public void Dispose() => _scratch.Dispose();
}
