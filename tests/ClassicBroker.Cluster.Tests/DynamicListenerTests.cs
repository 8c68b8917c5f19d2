using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Listeners of a running broker, changed by <c>kafka-configs.sh</c> and seen by kcat.</summary>
public sealed class DynamicListenerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task A_listener_is_opened_and_closed_while_the_broker_serves()
    {
        await using var zooKeeper = await SingleZooKeeper.StartAsync(ZooKeeperKind.Ours, _scratch.File("zookeeper"));
        await using var broker = await new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString).StartAsync();
        var extra = LoopbackPorts.Next();

        var opened = broker.Process.WaitForNextAsync("Awaiting socket connections on EXTRA", Patience);
        await AlterAsync(
            broker,
            "listener.security.protocol.map=[PLAINTEXT:PLAINTEXT,EXTRA:PLAINTEXT],"
            + $"listeners=[PLAINTEXT://127.0.0.1:{broker.Port},EXTRA://127.0.0.1:{extra}]");
        await opened;
        var listed = await ChildProcess.RunAsync("kcat", ["-L", "-b", $"127.0.0.1:{extra}"]);
        Assert.Contains($"broker 0 at 127.0.0.1:{extra}", listed.RequireSuccess().Text);

        var refused = await ConfigsAsync(broker, "--alter", "--add-config", $"listeners=PLAINTEXT://{zooKeeper.ConnectString}");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(zooKeeper.ConnectString, refused.StandardError);

        var closed = broker.Process.WaitForNextAsync("Listener EXTRA is closed", Patience);
        (await ConfigsAsync(broker, "--alter", "--delete-config", "listeners")).RequireSuccess();
        await closed;
        Assert.NotEqual(0, (await ChildProcess.RunAsync("kcat", ["-L", "-m", "2", "-b", $"127.0.0.1:{extra}"])).ExitCode);
        Assert.Equal(0, await broker.StopAsync());
    }

    private static async Task AlterAsync(KafkaServerProcess broker, string configs) =>
        (await ConfigsAsync(broker, "--alter", "--add-config", configs)).RequireSuccess();

    private static Task<CommandOutcome> ConfigsAsync(KafkaServerProcess broker, params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-configs.sh"),
            ["--bootstrap-server", broker.BootstrapServers, "--entity-type", "brokers", "--entity-name", "0", .. arguments]);

    public void Dispose() => _scratch.Dispose();
}
