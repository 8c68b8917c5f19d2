using ClassicBroker.Platform;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper.Server;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.TestHost;

/// <summary>The ZooKeeper of a test's cluster, on a thread of its own. Owned by <see cref="TestKafka"/>.</summary>
internal sealed class TestZooKeeper
{
    private const int TickTimeMs = 500;
    private const int SmallPreallocation = 64 * 1024;

    private readonly EventLoopGroup _loops;
    private readonly ZooKeeperServerHost _host;

    private TestZooKeeper(EventLoopGroup loops, ZooKeeperServerHost host) => (_loops, _host) = (loops, host);

    public string Connect => $"{TestBroker.Host}:{_host.LocalEndPoint.Port}";

    public static async Task<TestZooKeeper> StartAsync(string directory, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("org.apache.zookeeper.server.ZooKeeperServerMain");
        var loops = new EventLoopGroup(1, "zookeeper-thread-", TimeProvider.System, failure => TestBroker.Fatal(loggers, failure));
        try
        {
            Directory.CreateDirectory(directory);
            var config = new ZooKeeperServerConfig
            {
                DataDir = directory,
                DataLogDir = directory,
                ClientPort = 0,
                ClientPortAddress = TestBroker.Host,
                TickTimeMs = TickTimeMs,
                MinSessionTimeoutMs = 2 * TickTimeMs,
                MaxSessionTimeoutMs = 120 * TickTimeMs,
                MaxClientCnxns = 0,
                PreallocateBytes = SmallPreallocation,
            };
            var transport = new EpollTransport(loops, new SystemAddressResolver(), loggers.CreateLogger<EpollTransport>());
            return new(loops, await ZooKeeperServerHost.StartAsync(config, new PosixFileSystem(), transport, loops.Loops[0], logger));
        }
        catch
        {
            await loops.DisposeAsync();
            throw;
        }
    }

    public async Task StopAsync()
    {
        await _host.StopAsync();
        await _loops.DisposeAsync();
    }
}
