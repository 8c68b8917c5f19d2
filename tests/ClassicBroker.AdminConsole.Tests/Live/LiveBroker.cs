using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.AdminConsole.Tests.Live;

/// <summary>A broker in the test's process, over real sockets, files and clocks, put together as the executable does it.</summary>
internal sealed class LiveBroker : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];
    private KafkaServer? _server;

    private LiveBroker()
    {
    }

    public MeterScope Meters { get; } = new(TimeProvider.System);

    public KafkaServer Server => _server!;

    public static async Task<LiveBroker> StartAsync(Dictionary<string, string> properties)
    {
        var broker = new LiveBroker();
        var network = broker.Own(new EventLoopGroup(2, "network-", TimeProvider.System, Fatal));
        var resolver = new SystemAddressResolver();
        broker._server = await KafkaServer.StartAsync(properties, new KafkaServerEnvironment
        {
            Files = new PosixFileSystem(),
            Resolver = resolver,
            Transport = new EpollTransport(network, resolver, NullLogger<EpollTransport>.Instance),
            Time = TimeProvider.System,
            Random = new SystemRandomSource(),
            Loggers = NullLoggerFactory.Instance,
            LoggerLevels = new MemoryLoggerLevels(),
            Meters = broker.Meters,
            ZooKeeperLoop = broker.Loop("zookeeper-"),
            ControllerLoop = broker.Loop("controller-"),
            SchedulerLoop = broker.Loop("timer-"),
            ReplicaStateLoop = broker.Own(new ThreadEventLoop("replica-state", TimeProvider.System, Fatal)),
            GroupLoop = broker.Own(new ThreadEventLoop("groups", TimeProvider.System, Fatal)),
            TransactionLoop = broker.Loop("transactions-"),
            DiskWork = broker.Own(new WorkerPool("disk", 2, Fatal)),
            FetcherLoops = [broker.Loop("fetcher-")],
            RecoveryLoops = [broker.Own(new ThreadEventLoop("recovery", TimeProvider.System, Fatal))],
            CanonicalHostName = "127.0.0.1",
            Halt = code => Fatal(new InvalidOperationException($"The broker halted with {code}.")),
        });
        return broker;
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.StopAsync();
        _owned.Reverse();
        foreach (var owned in _owned)
        {
            await owned.DisposeAsync();
        }

        Meters.Dispose();
    }

    private static void Fatal(Exception failure) => Environment.FailFast("A broker of the test failed", failure);

    private IEventLoop Loop(string name) => Own(new EventLoopGroup(1, name, TimeProvider.System, Fatal)).Loops[0];

    private T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
