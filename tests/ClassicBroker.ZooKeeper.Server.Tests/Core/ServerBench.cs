using System.Net;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.ZooKeeper.Jute;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.ZooKeeper.Server.Tests.Core;

/// <summary>A server on a simulated disk and clock, and clients that speak to it in frames.</summary>
internal sealed class ServerBench
{
    public const int TickTimeMs = 100;

    public ServerBench(int seed = 1, int snapCount = 100_000, bool everythingOn = false)
    {
        Loop = Time.CreateLoop("zookeeper");
        Files = new SimulatedFileSystem(Time, new SeededRandomSource((ulong)seed));
        Config = new ZooKeeperServerConfig
        {
            DataDir = "/data",
            DataLogDir = "/data",
            TickTimeMs = TickTimeMs,
            MinSessionTimeoutMs = 2 * TickTimeMs,
            MaxSessionTimeoutMs = 20 * TickTimeMs,
            SnapCount = snapCount,
            PreallocateBytes = 4096,
            ExtendedTypesEnabled = everythingOn,
            FourLetterWords = everythingOn ? ["*"] : new ZooKeeperServerConfig { DataDir = "", DataLogDir = "" }.FourLetterWords,
        };
        Server = StartServer();
    }

    public ManualTime Time { get; } = new();

    public ManualEventLoop Loop { get; }

    public SimulatedFileSystem Files { get; }

    public ZooKeeperServerConfig Config { get; }

    public ZooKeeperServer Server { get; private set; }

    /// <summary>A client with a session.</summary>
    public BenchClient Connect(int timeoutMs = 1000)
    {
        var client = Open();
        client.ConnectSession(new ConnectRequest(0, timeoutMs, 0, new byte[16], false));
        return client;
    }

    /// <summary>A connection without a session.</summary>
    public BenchClient Open() => new(this, new IPEndPoint(IPAddress.Loopback, 50000));

    /// <summary>Starts the server over on what its disk holds.</summary>
    public void Restart()
    {
        Server.Dispose();
        Server = StartServer();
    }

    /// <summary>The power goes; the server starts over on what its disk kept.</summary>
    public void Crash()
    {
        Files.Crash();
        Restart();
    }

    private ZooKeeperServer StartServer() => Loop.Run(() => Task.FromResult(ZooKeeperServer.Start(Config, Files, Loop, NullLogger.Instance)));
}
