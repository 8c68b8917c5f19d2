using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Listeners of a running broker, changed by <c>kafka-configs.sh</c> and seen by kcat.</summary>
public sealed class DynamicListenerTests : IDisposable
{
    private const string LoginKey = "listener.name.extra.scram-sha-512.sasl.jaas.config";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What the listener of a secured broker logs clients in with; sensitive, and so repeated by each change.</summary>
    private static readonly string OwnLogin =
        $"{LoginKey}=[{ClusterSecurity.JaasConfig(ClusterSecurity.BrokerUser, "broker-secret")}],";

    private readonly ScratchDirectory _scratch = new();
    private ClusterSecurity _security = ClusterSecurity.None;

    [Theory]
    [InlineData(SecurityProfile.Open)]
    [InlineData(SecurityProfile.Secured)]
    public async Task A_listener_is_opened_and_closed_while_the_broker_serves(SecurityProfile profile)
    {
        _security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(_security, _scratch.File("zookeeper"));
        await using var broker = await _security.Secure(
            new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString)).StartAsync();
        var protocol = _security.IsSecured ? "SASL_SSL" : "PLAINTEXT";
        var extra = LoopbackPorts.Next();

        var opened = broker.Process.WaitForNextAsync("Awaiting socket connections on EXTRA", Patience);
        await AlterAsync(
            broker,
            $"{(_security.IsSecured ? OwnLogin : "")}listener.security.protocol.map=[{protocol}:{protocol},EXTRA:{protocol}],"
            + $"listeners=[{protocol}://127.0.0.1:{broker.Port},EXTRA://127.0.0.1:{extra}],"
            + $"advertised.listeners=[{protocol}://{broker.Host}:{broker.Port},EXTRA://{broker.Host}:{extra}]");
        await opened;

        // The socket is open before the controller has told of it.
        await ThreeBrokers.UntilAsync(
            async () => (await ListAsync(broker, extra)).Text.Contains($"broker 0 at {broker.Host}:{extra}", StringComparison.Ordinal),
            "metadata that has the new listener");

        var refused = await ConfigsAsync(
            broker,
            "--alter",
            "--add-config",
            $"{(_security.IsSecured ? OwnLogin : "")}listeners=[{protocol}://{zooKeeper.ConnectString},EXTRA://127.0.0.1:{extra}]");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(zooKeeper.ConnectString, refused.StandardError);

        var closed = broker.Process.WaitForNextAsync("Listener EXTRA is closed", Patience);
        (await ConfigsAsync(broker, "--alter", "--delete-config", $"listeners,advertised.listeners{(_security.IsSecured ? $",{LoginKey}" : "")}")).RequireSuccess();
        await closed;
        Assert.NotEqual(0, (await ListAsync(broker, extra)).ExitCode);
        Assert.Equal(0, await broker.StopAsync());
    }

    private async Task AlterAsync(KafkaServerProcess broker, string configs) =>
        (await ConfigsAsync(broker, "--alter", "--add-config", configs)).RequireSuccess();

    private Task<CommandOutcome> ConfigsAsync(KafkaServerProcess broker, params string[] arguments) =>
        ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-configs.sh"),
            [
                "--bootstrap-server", broker.BootstrapServers, .. _security.Administrator.Arguments(), "--entity-type", "brokers",
                "--entity-name", "0", .. arguments,
            ]);

    private Task<CommandOutcome> ListAsync(KafkaServerProcess broker, int port) =>
        ChildProcess.RunAsync("kcat", ["-L", "-m", "2", "-b", $"{broker.Host}:{port}"], environment: _security.Client.Environment);

    public void Dispose()
    {
        _security.Dispose();
        _scratch.Dispose();
    }
}
