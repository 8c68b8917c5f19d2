using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>Apache ZooKeeper from Debian's package.</summary>
public sealed class ApacheZooKeeper : IZooKeeperUnderTest
{
    private RealZooKeeper? _zooKeeper;

    public int Port => Node.Port;

    private RealZooKeeperNode Node => _zooKeeper!.Node;

    public async ValueTask InitializeAsync() => _zooKeeper = await RealZooKeeper.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_zooKeeper is not null)
        {
            await _zooKeeper.DisposeAsync();
        }
    }

    public async Task RestartAsync()
    {
        await Node.KillAsync();
        await Node.StartAsync();
    }
}
