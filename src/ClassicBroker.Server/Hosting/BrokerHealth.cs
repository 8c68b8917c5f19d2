using ClassicBroker.Operations;
using ClassicBroker.Platform;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Hosting;

/// <summary>
/// Whether a broker lives, serves, and has started, as it looks from outside its loops. Owned by the executable. Threading: any.
/// </summary>
/// <param name="loops">Those that must answer while the broker lives.</param>
/// <param name="broker">The broker; null before it is made.</param>
/// <param name="time">The clock.</param>
public sealed class BrokerHealth(IReadOnlyList<IEventLoop> loops, Func<KafkaServer?> broker, TimeProvider time) : IBrokerHealth
{
    /// <summary>A loop that answers no sooner is stuck: nothing on a loop takes longer than a slow disk.</summary>
    private static readonly TimeSpan LoopPatience = TimeSpan.FromSeconds(10);

    public async Task<HealthReport> LiveAsync()
    {
        var checks = new List<HealthCheck>();
        foreach (var loop in loops)
        {
            checks.Add(await TurnsAsync(loop));
        }

        return ReportOf(checks, "live", "stuck");
    }

    public HealthReport Ready()
    {
        if (broker() is not { } server)
        {
            return new(false, "starting", []);
        }

        HealthCheck[] checks =
        [
            new("serving", server.State == BrokerState.Running, $"state {NameOf(server.State)}"),
            SessionOf(server),
            new("registered", server.IsRegistered, server.IsRegistered ? "in /brokers/ids" : "not known to the cluster"),
            new(
                "controller",
                server.ActiveControllerId >= 0,
                server.ActiveControllerId >= 0 ? $"broker {server.ActiveControllerId}" : "no controller is known"),
            DirectoriesOf(server),
        ];
        return ReportOf(checks, server.OfflineDirectories.Count == 0 ? "ready" : "degraded", "not ready");
    }

    public HealthReport Startup()
    {
        var server = broker();
        var state = server?.State ?? BrokerState.Starting;
        var started = state is BrokerState.Running or BrokerState.PendingControlledShutdown or BrokerState.ShuttingDown;
        return new(started, started ? "started" : "starting", [new("state", started, NameOf(state))])
        {
            Progress = server is null
                ? null
                : new(
                    server.Loading.Percent,
                    [.. server.Loading.Directories.Select(directory => (directory.Path, directory.Total, directory.Loaded))]),
        };
    }

    private static HealthReport ReportOf(IReadOnlyList<HealthCheck> checks, string good, string bad)
    {
        var isHealthy = checks.All(check => check.IsOk);
        return new(isHealthy, isHealthy ? good : bad, checks);
    }

    private static HealthCheck SessionOf(KafkaServer server) => new(
        "zookeeper",
        server.ZooKeeperState == ZooKeeperSessionState.Connected,
        server.ZooKeeperState is { } state ? $"session {state.ToString().ToLowerInvariant()}" : "no session");

    /// <summary>A broker with one disk left still serves what lies there; who looks closer sees that one has failed.</summary>
    private static HealthCheck DirectoriesOf(KafkaServer server)
    {
        var offline = server.OfflineDirectories;
        return new(
            "log directories",
            server.DirectoryCount > offline.Count,
            offline.Count == 0 ? $"{server.DirectoryCount} online" : $"offline: {string.Join(", ", offline)}");
    }

    private static string NameOf(BrokerState state) => state switch
    {
        BrokerState.NotRunning => "NOT_RUNNING",
        BrokerState.Starting => "STARTING",
        BrokerState.Recovery => "RECOVERY",
        BrokerState.Running => "RUNNING",
        BrokerState.PendingControlledShutdown => "PENDING_CONTROLLED_SHUTDOWN",
        _ => "SHUTTING_DOWN",
    };

    private async Task<HealthCheck> TurnsAsync(IEventLoop loop)
    {
        var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Execute(turned.SetResult);
        try
        {
            await turned.Task.WaitAsync(LoopPatience, time);
            return new(loop.Name, true, "turns");
        }
        catch (TimeoutException)
        {
            return new(loop.Name, false, $"has not turned for {LoopPatience.TotalSeconds} s");
        }
    }
}
