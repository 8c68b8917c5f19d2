using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.ZooKeeper.Server.Tests.Conformance;

/// <summary>Our server, inside the test's process.</summary>
public sealed class ClassicZooKeeper : IZooKeeperUnderTest
{
    private readonly ScratchDirectory _scratch = new();
    private readonly LoopThread _thread = new("zookeeper-server-");
    private ZooKeeperServerHost? _host;

    public int Port { get; } = LoopbackPorts.Next();

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _host!.StopAsync();
        await _thread.DisposeAsync();
        _scratch.Dispose();
    }

    public async Task RestartAsync()
    {
        await _host!.StopAsync();
        await StartAsync();
    }

    private async Task StartAsync()
    {
        var config = ZooKeeperServerConfigParser.Parse(
            JavaProperties.Parse($"tickTime=100\nminSessionTimeout=500\nmaxSessionTimeout=20000\nclientPortAddress=127.0.0.1\nmaxClientCnxns=0\n"
            + $"clientPort={Port}\ndataDir={_scratch.Path}"),
            warning => throw new InvalidOperationException(warning));
        _host = await ZooKeeperServerHost.StartAsync(config, new PosixFileSystem(), _thread.Transport, _thread.Loop, NullLogger.Instance);
    }
}
