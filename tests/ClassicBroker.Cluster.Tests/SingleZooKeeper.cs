using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Cluster.Tests;

/// <summary>A ZooKeeper of one server, ours or Apache's, that a test kills and starts again. One test owns it.</summary>
public sealed class SingleZooKeeper : IAsyncDisposable
{
    private readonly ZooKeeperServerProcess? _ours;
    private readonly RealZooKeeper? _apache;

    private SingleZooKeeper(ZooKeeperServerProcess? ours, RealZooKeeper? apache) => (_ours, _apache) = (ours, apache);

    public string ConnectString => _ours?.ConnectString ?? _apache!.ConnectString;

    /// <summary>The server as it runs now; another after each start.</summary>
    public ChildProcess Process => _ours?.Process ?? _apache!.Node.Process;

    /// <summary>One for everyone.</summary>
    public static async Task<SingleZooKeeper> StartAsync(ZooKeeperKind kind, string directory) =>
        kind == ZooKeeperKind.Ours
            ? new(await new ZooKeeperServerProcess(directory).StartAsync(), null)
            : new(null, await RealZooKeeper.StartAsync());

    /// <summary>Ours for an open cluster, Apache's with logins for a secured one.</summary>
    public static async Task<SingleZooKeeper> StartAsync(ClusterSecurity security, string directory) =>
        security.IsSecured ? new(null, await security.StartZooKeeperAsync()) : await StartAsync(ZooKeeperKind.Ours, directory);

    public Task KillAsync() => _ours?.KillAsync() ?? _apache!.Node.KillAsync();

    public Task StartAgainAsync() => _ours?.StartAsync() ?? _apache!.Node.StartAsync();

    public ValueTask DisposeAsync() => _ours?.DisposeAsync() ?? _apache!.DisposeAsync();
}
