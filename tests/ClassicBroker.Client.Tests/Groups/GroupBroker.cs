using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Server;
using ClassicBroker.Server.Logging;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Client.Tests.Groups;

/// <summary>A whole broker on a network in memory and a clock that stands, and clients of it. Threading: the test's thread.</summary>
internal sealed class GroupBroker
{
    /// <summary>The first address the network gives out.</summary>
    public const string Host = "10.0.0.1";

    public const string Bootstrap = $"{Host}:9092";

    private readonly InMemoryNetwork _network;
    private readonly SimulatedFileSystem _files;
    private int _clients;

    public GroupBroker()
    {
        _network = new InMemoryNetwork(Time, new SeededRandomSource(1));
        _files = new SimulatedFileSystem(Time, new SeededRandomSource(2));
        var zooKeeper = new InMemoryZooKeeper(Time);
        var loops = new[] { "network", "zookeeper", "controller", "scheduler", "replica-state", "groups", "transactions" }
            .ToDictionary(name => name, name => Time.CreateLoop(name), StringComparer.Ordinal);
        var properties = new Dictionary<string, string>
        {
            ["broker.id"] = "0",
            ["listeners"] = $"PLAINTEXT://{Host}:9092",
            ["log.dirs"] = "/data",
            ["zookeeper.connect"] = "zk:2181",
            ["offsets.topic.replication.factor"] = "1",
            ["offsets.topic.num.partitions"] = "1",
            ["group.initial.rebalance.delay.ms"] = "0",
            ["transaction.state.log.replication.factor"] = "1",
            ["transaction.state.log.min.isr"] = "1",
            ["transaction.state.log.num.partitions"] = "1",
        };
        loops["zookeeper"].Run(() => KafkaServer.StartAsync(properties, new KafkaServerEnvironment
        {
            Files = _files,
            Transport = _network.AddHost(Host, loops["network"]),
            Resolver = new Literals(),
            Time = Time,
            Random = new SeededRandomSource(3),
            Loggers = NullLoggerFactory.Instance,
            LoggerLevels = new NoLevels(),
            ZooKeeperLoop = loops["zookeeper"],
            ControllerLoop = loops["controller"],
            SchedulerLoop = loops["scheduler"],
            ReplicaStateLoop = loops["replica-state"],
            GroupLoop = loops["groups"],
            TransactionLoop = loops["transactions"],
            FetcherLoops = _ => [loops["network"]],
            DiskWork = loops["scheduler"],
            RecoveryLoops = _ => [loops["scheduler"]],
            OpenZooKeeper = () => Task.FromResult<IZooKeeper>(zooKeeper.Connect(loops["zookeeper"])),
            CanonicalHostName = Host,
            Halt = code => throw new InvalidOperationException($"The broker halted with {code}."),
        }));
    }

    public ManualTime Time { get; } = new();

    public ClientNetwork NewNetwork(out ManualEventLoop loop)
    {
        loop = Time.CreateLoop($"client-{++_clients}");
        return new ClientNetwork(_network.AddHost($"client-{_clients}", loop), loop, new SeededRandomSource((ulong)_clients), _files);
    }

    /// <summary>Lets time pass until the task ends.</summary>
    public T Await<T>(Task<T> task, int secondsMax = 120)
    {
        Await((Task)task, secondsMax);
        return task.GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Await{T}"/>
    public void Await(Task task, int secondsMax = 120)
    {
        for (var i = 0; !task.IsCompleted && i < secondsMax * 10; i++)
        {
            Time.AdvanceMs(100);
        }

        Assert.True(task.IsCompleted, "The task did not end in time.");
        task.GetAwaiter().GetResult();
    }

    private sealed class Literals : IAddressResolver
    {
        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation = default) =>
            Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Parse(host)]);
    }

    private sealed class NoLevels : ILoggerLevels
    {
        public IReadOnlyDictionary<string, string> Current { get; } = new Dictionary<string, string> { [ILoggerLevels.Root] = "INFO" };

        public string LevelOf(string logger) => Current[ILoggerLevels.Root];

        public void Set(string logger, string level)
        {
        }

        public void Unset(string logger)
        {
        }
    }
}
