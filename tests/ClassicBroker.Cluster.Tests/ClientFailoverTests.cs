using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Cluster.Tests;

/// <summary>
/// kcat, kafka-python and kafkajs through every way a leader can go, and through the loss of the controller and of the ensemble's leader:
/// each finds the next leader by itself, and what it sends from then on is read while one broker is away. A way tells the broker that is away, if one is.
/// </summary>
public sealed class ClientFailoverTests : IDisposable
{
    private const string Topic = "t";

    private readonly ScratchDirectory _scratch = new();

    [Fact]
    public async Task Kcat_kafka_python_and_kafkajs_find_each_new_leader_by_themselves()
    {
        await using var ensemble = RealZooKeeperEnsemble.Launch();
        await using var cluster = await ThreeBrokers.StartAsync(_scratch, ensemble);
        await cluster.CreateTopicAsync(Topic);
        await using var clients = await ForeignClients.StartAsync(cluster, Topic, _scratch);
        Func<ThreeBrokers, Task<KafkaServerProcess?>>[] ways =
        [
            KillLeaderAsync, KillLeaderThatIsControllerAsync, KillControllerAsync, RestartLeaderWithinSessionAsync, StopLeaderAsync,
            LetLeaderStandStillAsync, ElectAnotherLeaderAsync,
        ];
        foreach (var act in ways)
        {
            var gone = await act(cluster);
            await clients.AssertAllHeardAsync(act.Method.Name);
            await (gone?.StartAsync() ?? Task.CompletedTask);
            await cluster.WaitUntilInSyncAsync(Topic);
        }

        // The brokers go on with the other two, where their sessions go on, and the controller elects.
        await (await ensemble.LeaderAsync()).KillAsync();
        await clients.AssertAllHeardAsync("the ensemble has lost its leader");
        await ElectAnotherLeaderAsync(cluster);
        await clients.AssertAllHeardAsync("another leader on what is left of the ensemble");
    }

    private static Task<KafkaServerProcess?> KillLeaderAsync(ThreeBrokers cluster) => KillLeaderAsync(cluster, isController: false);

    private static Task<KafkaServerProcess?> KillLeaderThatIsControllerAsync(ThreeBrokers cluster) =>
        KillLeaderAsync(cluster, isController: true);

    private static async Task<KafkaServerProcess?> KillLeaderAsync(ThreeBrokers cluster, bool isController)
    {
        var leader = await cluster.LeaderAsync(Topic, isController);
        await leader.KillAsync();
        await cluster.AnotherLeaderAsync(Topic, leader);
        return leader;
    }

    /// <summary>One that only follows: the leader stays, and clients that asked the controller's broker who leads ask another one.</summary>
    private static async Task<KafkaServerProcess?> KillControllerAsync(ThreeBrokers cluster)
    {
        var leader = await cluster.LeaderAsync(Topic, isController: false);
        var controller = await cluster.ControllerAsync();
        await controller.KillAsync();
        await cluster.AnotherControllerAsync(controller);
        Assert.Same(leader, await cluster.LeaderAsync(Topic));
        return controller;
    }

    /// <summary>Its session has not expired when it starts.</summary>
    private static async Task<KafkaServerProcess?> RestartLeaderWithinSessionAsync(ThreeBrokers cluster)
    {
        var leader = await cluster.LeaderAsync(Topic);
        await leader.KillAsync();
        await leader.StartAsync();
        return null;
    }

    private static async Task<KafkaServerProcess?> StopLeaderAsync(ThreeBrokers cluster)
    {
        var leader = await cluster.LeaderAsync(Topic);
        Assert.Equal(0, await leader.StopAsync());
        await cluster.AnotherLeaderAsync(Topic, leader);
        return leader;
    }

    /// <summary>For longer than its session.</summary>
    private static async Task<KafkaServerProcess?> LetLeaderStandStillAsync(ThreeBrokers cluster)
    {
        var leader = await cluster.LeaderAsync(Topic);
        leader.Process.Signal(ChildProcess.Sigstop);
        await Task.Delay(TimeSpan.FromSeconds(6));
        leader.Process.Signal(ChildProcess.Sigcont);
        await cluster.AnotherLeaderAsync(Topic, leader);
        return null;
    }

    private static async Task<KafkaServerProcess?> ElectAnotherLeaderAsync(ThreeBrokers cluster)
    {
        var leader = await cluster.LeaderAsync(Topic);
        await cluster.MoveLeadershipAsync(Topic, cluster.Brokers.First(broker => broker != leader));
        return null;
    }

    public void Dispose() => _scratch.Dispose();
}
