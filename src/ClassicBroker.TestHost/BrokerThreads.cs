using ClassicBroker.Platform;
using ClassicBroker.Server;
using ClassicBroker.Transport;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.TestHost;

/// <summary>The threads of one broker, as its executable makes them, but fewer. Owned by its <see cref="TestBroker"/>.</summary>
internal sealed class BrokerThreads(ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly EventLoopGroup _network = NewGroup("kafka-network-thread-", loggers);
    private readonly EventLoopGroup _zooKeeper = NewGroup("zookeeper-client-", loggers);
    private readonly EventLoopGroup _control = NewGroup("controller-event-thread-", loggers);
    private readonly EventLoopGroup _scheduler = NewGroup("kafka-timer-", loggers);
    private readonly EventLoopGroup _fetcher = NewGroup("ReplicaFetcherThread-", loggers);
    private readonly EventLoopGroup _transactions = NewGroup("TxnMarkerSenderThread-", loggers);
    private readonly ThreadEventLoop _replicaState = NewLoop("replica-state", loggers);
    private readonly ThreadEventLoop _groups = NewLoop("group-metadata-manager-0", loggers);
    private readonly WorkerPool _diskWork = new("kafka-scheduler", 1, failure => TestBroker.Fatal(loggers, failure));

    public IEventLoop Timers => _scheduler.Loops[0];

    public KafkaServerEnvironment Environment() => new()
    {
        Files = new PosixFileSystem(),
        Resolver = new SystemAddressResolver(),
        Transport = new EpollTransport(_network, new SystemAddressResolver(), loggers.CreateLogger<EpollTransport>()),
        Time = TimeProvider.System,
        Random = new SystemRandomSource(),
        Loggers = loggers,
        LoggerLevels = new NoLoggerLevels(),
        ZooKeeperLoop = _zooKeeper.Loops[0],
        ControllerLoop = _control.Loops[0],
        SchedulerLoop = Timers,
        ReplicaStateLoop = _replicaState,
        GroupLoop = _groups,
        TransactionLoop = _transactions.Loops[0],
        DiskWork = _diskWork,
        FetcherLoops = _ => _fetcher.Loops,
        RecoveryLoops = _ => [_replicaState],
        CanonicalHostName = TestBroker.Host,
        Halt = code => TestBroker.Fatal(loggers, new InvalidOperationException($"The broker halted with code {code}.")),
    };

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _fetcher.DisposeAsync();
        await _transactions.DisposeAsync();
        await _control.DisposeAsync();
        await _scheduler.DisposeAsync();
        await _zooKeeper.DisposeAsync();
        await _replicaState.DisposeAsync();
        await _groups.DisposeAsync();
        await _diskWork.DisposeAsync();
    }

    private static ThreadEventLoop NewLoop(string name, ILoggerFactory loggers) =>
        new(name, TimeProvider.System, failure => TestBroker.Fatal(loggers, failure));

    private static EventLoopGroup NewGroup(string name, ILoggerFactory loggers) =>
        new(1, name, TimeProvider.System, failure => TestBroker.Fatal(loggers, failure));
}
