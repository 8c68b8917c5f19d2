using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Cluster.Tests;

/// <summary>ZooKeeper away under load, ours and Apache's: the broker goes on serving, comes back by itself, and loses nothing.</summary>
public sealed class ZooKeeperOutageTests : IDisposable
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ScratchDirectory _scratch = new();

    [Theory]
    [InlineData(SecurityProfile.Open, ZooKeeperKind.Ours)]
    [InlineData(SecurityProfile.Open, ZooKeeperKind.Apache)]
    [InlineData(SecurityProfile.Secured, ZooKeeperKind.Apache)]
    public async Task The_broker_serves_without_zookeeper_and_carries_on_when_it_returns(SecurityProfile profile, ZooKeeperKind kind)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = security.IsSecured
            ? await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"))
            : await SingleZooKeeper.StartAsync(kind, _scratch.File("zookeeper"));
        await using var broker = await StartBrokerAsync(security, zooKeeper.ConnectString, sessionTimeoutMs: 18_000);
        await using var load = await StartLoadAsync(security, broker);

        await zooKeeper.KillAsync();
        for (var end = DateTime.UtcNow + Outage; DateTime.UtcNow < end;)
        {
            await load.WaitForMoreAsync(500, TimeSpan.FromSeconds(5));
        }

        await zooKeeper.StartAgainAsync();
        await load.WaitForMoreAsync(500, Patience);
        await AssertWholeAsync(security, broker, load);
    }

    /// <summary>The broker is kept from coming back until its session has expired, and so must register again.</summary>
    [Theory]
    [InlineData(SecurityProfile.Open, ZooKeeperKind.Ours)]
    [InlineData(SecurityProfile.Open, ZooKeeperKind.Apache)]
    [InlineData(SecurityProfile.Secured, ZooKeeperKind.Apache)]
    public async Task The_broker_registers_again_when_its_session_ended_meanwhile(SecurityProfile profile, ZooKeeperKind kind)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = security.IsSecured
            ? await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"))
            : await SingleZooKeeper.StartAsync(kind, _scratch.File("zookeeper"));
        await using var broker = await StartBrokerAsync(security, zooKeeper.ConnectString, sessionTimeoutMs: 2_000);
        await using var load = await StartLoadAsync(security, broker);

        await zooKeeper.KillAsync();
        await load.WaitForMoreAsync(500, TimeSpan.FromSeconds(5));
        broker.Process.Signal(ChildProcess.Sigstop);
        await zooKeeper.StartAgainAsync();
        await zooKeeper.Process.WaitForAsync("Expiring session", Patience);
        var registered = broker.Process.WaitForNextAsync("Registered broker", Patience);
        broker.Process.Signal(ChildProcess.Sigcont);

        await registered;
        await load.WaitForMoreAsync(500, Patience);
        await AssertWholeAsync(security, broker, load);
    }

    [Fact]
    public async Task The_broker_outlives_the_leader_of_an_ensemble()
    {
        await using var ensemble = RealZooKeeperEnsemble.Launch();
        await using var broker = await StartBrokerAsync(ClusterSecurity.None, ensemble.ConnectString, sessionTimeoutMs: 18_000);
        await using var load = await StartLoadAsync(ClusterSecurity.None, broker);

        await (await ensemble.LeaderAsync()).KillAsync();
        await load.WaitForMoreAsync(1_000, Patience);
        await AssertWholeAsync(ClusterSecurity.None, broker, load);
    }

    private Task<KafkaServerProcess> StartBrokerAsync(ClusterSecurity security, string connect, int sessionTimeoutMs) =>
        security.Secure(new KafkaServerProcess(
            _scratch.File("broker"),
            connect,
            properties: new Dictionary<string, string> { ["zookeeper.session.timeout.ms"] = $"{sessionTimeoutMs}" })).StartAsync();

    private async Task<AckedLoad> StartLoadAsync(ClusterSecurity security, KafkaServerProcess broker)
    {
        await CreateTopicAsync(security, broker, "load");
        var load = await AckedLoad.StartAsync(broker.BootstrapServers, "load", _scratch.File("acked"), credentials: security.Client);
        await load.WaitForMoreAsync(500, Patience);
        return load;
    }

    /// <summary>The control plane works, nothing acknowledged is lost, and the broker stops as it should.</summary>
    private static async Task AssertWholeAsync(ClusterSecurity security, KafkaServerProcess broker, AckedLoad load)
    {
        await CreateTopicAsync(security, broker, "after");
        AckedLoad.AssertNothingLost(
            await load.StopAsync(), await AckedLoad.ReadAllAsync(broker.BootstrapServers, "load", security.Client));
        Assert.Equal(0, await broker.StopAsync());
    }

    private static Task CreateTopicAsync(ClusterSecurity security, KafkaServerProcess broker, string topic) =>
        Tool.RunAsync(
            "kafka-topics.sh",
            [
                "--bootstrap-server", broker.BootstrapServers, .. security.Client.Arguments(), "--create", "--topic", topic,
                "--partitions", "1",
            ]);

    public void Dispose() => _scratch.Dispose();
}
