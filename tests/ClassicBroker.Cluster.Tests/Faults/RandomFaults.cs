using ClassicBroker.Cluster.Tests.Lab;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests.Faults;

/// <summary>
/// Does random things to a cluster, one after the other, each undone before the next: which, to whom, and for how long follows from a
/// seed. One run owns it.
/// </summary>
public sealed class RandomFaults(FaultyCluster cluster, ulong seed)
{
    private const int PauseMaxMs = 2500;
    private const int ShortMs = FaultyCluster.SessionTimeoutMs * 6 / 10;
    private const int BeyondMs = FaultyCluster.SessionTimeoutMs + 1500;

    /// <summary>Longer than the time between two pings of a session, which may be all that goes to ZooKeeper.</summary>
    private const int CutMinMs = FaultyCluster.SessionTimeoutMs / 2;

    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SeededRandomSource _random = new(seed);
    private readonly List<FaultKind> _left = [];

    /// <summary>What was done so far, a line each.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Does one thing, undoes it, and lets a while pass.</summary>
    public async Task NextAsync()
    {
        var kind = NextKind();
        var broker = cluster.Brokers[_random.Next(cluster.Brokers.Count)];
        var description = kind == FaultKind.KillZooKeeperLeader ? $"{kind}" : $"{kind} of broker {broker.BrokerId}";
        Log.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {description}");
        await ActAsync(kind, broker);
        var pauseMs = _random.Next(PauseMaxMs);
        Log.Add($"{DateTime.UtcNow:HH:mm:ss.fff} undone, {pauseMs} ms of rest");
        await Task.Delay(pauseMs);
    }

    /// <summary>Each kind comes before any comes again: as many faults as there are kinds have all of them.</summary>
    private FaultKind NextKind()
    {
        if (_left.Count == 0)
        {
            _left.AddRange(Kinds);
        }

        var index = _random.Next(_left.Count);
        var kind = _left[index];
        _left.RemoveAt(index);
        return kind;
    }

    private Task ActAsync(FaultKind kind, KafkaServerProcess broker) => kind switch
    {
        FaultKind.Kill => KillAsync(broker, FaultyCluster.SessionTimeoutMs + _random.Next(2000)),
        FaultKind.KillWithinSession => KillAsync(broker, _random.Next(500)),
        FaultKind.PauseWithinSession => PauseAsync(broker, 500 + _random.Next(ShortMs - 500)),
        FaultKind.PauseBeyondSession => PauseAsync(broker, BeyondMs + _random.Next(1500)),
        FaultKind.Restart => RestartAsync(broker),
        FaultKind.KillZooKeeperLeader => KillZooKeeperLeaderAsync(),
        _ => CutAsync(CutsOf(kind, broker.BrokerId), CutMinMs + _random.Next(BeyondMs)),
    };

    private async Task KillAsync(KafkaServerProcess broker, int downMs)
    {
        await broker.KillAsync();
        await Task.Delay(downMs);
        await cluster.StartAsync(broker);
    }

    private static async Task PauseAsync(KafkaServerProcess broker, int pausedMs)
    {
        broker.Process.Signal(ChildProcess.Sigstop);
        try
        {
            await Task.Delay(pausedMs);
        }
        finally
        {
            broker.Process.Signal(ChildProcess.Sigcont);
        }
    }

    private async Task RestartAsync(KafkaServerProcess broker)
    {
        Assert.Equal(0, await broker.StopAsync());
        await cluster.StartAsync(broker);
    }

    private async Task KillZooKeeperLeaderAsync()
    {
        var leader = cluster.ZooKeepers[await cluster.ZooKeeperLeaderAsync()];
        await leader.KillAsync();
        await Task.Delay(1000 + _random.Next(2000));
        leader.Launch();
        await leader.Process.WaitForAsync("LEADER ELECTION TOOK", Patience);
    }

    private async Task CutAsync(IEnumerable<(int From, int To)> cuts, int cutMs)
    {
        foreach (var (from, to) in cuts)
        {
            await cluster.Network.CutAsync(from, to);
        }

        await Task.Delay(cutMs);
        var dropped = await cluster.Network.HealAsync();
        Assert.True(dropped > 0, $"The cut has dropped nothing: {Log[^1]}");
        Log.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {dropped} packets were dropped");
    }

    private static IEnumerable<(int From, int To)> CutsOf(FaultKind kind, int broker)
    {
        var others = Enumerable.Range(0, FaultyCluster.Size).Where(other => other != broker).ToArray();
        var zooKeepers = Enumerable.Range(0, FaultyCluster.Size).Select(FaultyCluster.HostOfZooKeeper).ToArray();
        return kind switch
        {
            FaultKind.CutFromBrokers => Both(others),
            FaultKind.CutToBrokers => others.Select(other => (broker, other)),
            FaultKind.CutFromOthersOneWay => others.Select(other => (other, broker)),
            FaultKind.CutFromZooKeeper => Both(zooKeepers),
            FaultKind.CutFromZooKeeperOneWay => zooKeepers.Select(zooKeeper => (zooKeeper, broker)),
            _ => Both([.. others, .. zooKeepers]),
        };

        IEnumerable<(int From, int To)> Both(IEnumerable<int> hosts) => hosts.SelectMany(host => new[] { (broker, host), (host, broker) });
    }
}
