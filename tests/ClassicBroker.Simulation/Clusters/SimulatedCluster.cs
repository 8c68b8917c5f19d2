using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Simulation.Clusters;

/// <summary>
/// Brokers, unchanged, with their network, their disks, their ZooKeeper and their clock in one thread. Everything that happens follows from
/// the seed. Threading: the test's thread.
/// </summary>
internal sealed class SimulatedCluster
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    /// <summary>What a piece takes at most on a network that is well.</summary>
    public static readonly TimeSpan UsualDelayMax = TimeSpan.FromMicroseconds(500);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly List<SimulatedBroker> _brokers = [];
    private readonly List<SimulatedClient> _connected = [];
    private readonly Dictionary<TopicPartition, (long Zxid, long Mzxid, PartitionState? State)> _states = [];
    private readonly Dictionary<string, (long Mzxid, TopicAssignment Assignment)> _assignments = new(StringComparer.Ordinal);

    /// <param name="seed">What the order of loops and all randomness follow from.</param>
    /// <param name="brokers">How many brokers to start.</param>
    /// <param name="properties">Lines of <c>server.properties</c> all of them get.</param>
    public SimulatedCluster(ulong seed, int brokers, params string[] properties)
        : this(seed, brokers, bug: null, output: null, properties)
    {
    }

    /// <inheritdoc cref="SimulatedCluster(ulong, int, string[])"/>
    /// <param name="bug">A mistake all brokers make; null for none.</param>
    /// <param name="output">Gets what happens, line by line; null for none.</param>
    public SimulatedCluster(ulong seed, int brokers, PlantedBug? bug, TextWriter? output, string[] properties)
    {
        Seed = seed;
        Bug = bug;
        Tell = output is null ? null : (who, line) => output.WriteLine($"{Time!.GetUtcNow():mm:ss.fffff} {who}: {line}");
        Random = new SeededRandomSource(seed);
        Time = new ManualTime(new SeededRandomSource(seed ^ 0x5DEECE66D));
        ZooKeeper = new InMemoryZooKeeper(Time);
        Network = new InMemoryNetwork(Time, new SeededRandomSource(seed ^ 0xA5A5A5A5))
        {
            DelayMin = TimeSpan.FromMicroseconds(50),
            DelayMax = UsualDelayMax,
            Filters = bug?.Traffic is { } traffic ? traffic.For : null,
        };
        ClientLoop = Time.CreateLoop("client");

        // What a test awaits comes back to a loop of this clock: on the thread pool it would race with the clock.
        SynchronizationContext.SetSynchronizationContext(new EventLoopSynchronizationContext(ClientLoop));
        ClientTransport = Network.AddHost("client", ClientLoop);
        for (var id = 0; id < brokers; id++)
        {
            _brokers.Add(new SimulatedBroker(this, id, properties));
        }

        foreach (var broker in _brokers)
        {
            broker.Start();
        }

        Until(() => _brokers.All(broker => broker.Server.Metadata.Current.Brokers.Length == brokers));
    }

    public ulong Seed { get; }

    public PlantedBug? Bug { get; }

    /// <summary>Told who did what, where somebody wants to know.</summary>
    public Action<string, string>? Tell { get; }

    /// <summary>Do producers pause?</summary>
    public bool IsAtRest { get; set; }

    /// <summary>Processes that ended without stopping in order, so far.</summary>
    public int Kills { get; internal set; }

    public SeededRandomSource Random { get; }

    public ManualTime Time { get; }

    public InMemoryZooKeeper ZooKeeper { get; }

    public InMemoryNetwork Network { get; }

    public ManualEventLoop ClientLoop { get; }

    public InMemoryTransport ClientTransport { get; }

    public IReadOnlyList<SimulatedBroker> Brokers => _brokers;

    /// <summary>Those whose process runs.</summary>
    public IEnumerable<SimulatedBroker> Running => _brokers.Where(broker => broker.IsRunning);

    public SimulatedBroker Broker(int id) => _brokers[id];

    /// <summary>The broker that believes to be the active controller; the one with the highest epoch decides where two do.</summary>
    public SimulatedBroker Controller => Running.Single(broker => broker.Server.IsController);

    /// <summary>A broker by the session it has with ZooKeeper; null where none has it.</summary>
    public SimulatedBroker? Owner(long sessionId) => _brokers.Find(broker => broker.Session?.SessionId == sessionId);

    /// <summary>Called after each step of the clock: where invariants are looked at.</summary>
    public Action? AfterStep { get; set; }

    /// <summary>What ZooKeeper holds of a partition's leadership.</summary>
    public LeaderAndIsr State(TopicPartition partition) =>
        StateOrNull(partition)?.LeaderAndIsr
        ?? new LeaderAndIsr
        {
            Leader = LeaderAndIsr.NoLeader,
            LeaderEpoch = LeaderAndIsr.NoEpoch,
            Isr = [],
            PartitionEpoch = LeaderAndIsr.InitialPartitionEpoch,
        };

    /// <summary>The state znode; null where there is none.</summary>
    public PartitionState? StateOrNull(TopicPartition partition)
    {
        if (_states.TryGetValue(partition, out var known) && known.Zxid == ZooKeeper.LastZxid)
        {
            return known.State;
        }

        var path = PartitionStateZnode.Path(partition);
        if (ZooKeeper.Stat(path) is not { } stat)
        {
            known = (ZooKeeper.LastZxid, 0, null);
        }
        else if (known.State is not null && known.Mzxid == stat.Mzxid)
        {
            known.Zxid = ZooKeeper.LastZxid;
        }
        else
        {
            var data = System.Text.Encoding.UTF8.GetBytes(ZooKeeper.Text(path)!);
            known = (ZooKeeper.LastZxid, stat.Mzxid, PartitionStateZnode.Decode(partition, data, stat.Version));
        }

        _states[partition] = known;
        return known.State;
    }

    /// <summary>What ZooKeeper holds of a topic's replicas.</summary>
    public TopicAssignment Assignment(string topic)
    {
        var mzxid = ZooKeeper.Stat(TopicZnode.Path(topic))!.Value.Mzxid;
        if (!_assignments.TryGetValue(topic, out var known) || known.Mzxid != mzxid)
        {
            known = (mzxid, TopicZnode.Decode(topic, System.Text.Encoding.UTF8.GetBytes(ZooKeeper.Text(TopicZnode.Path(topic))!)));
            _assignments[topic] = known;
        }

        return known.Assignment;
    }

    /// <summary>The leader by ZooKeeper, -1 where there is none.</summary>
    public int LeaderOf(TopicPartition partition) => State(partition).Leader;

    /// <summary>Does its leader by ZooKeeper run?</summary>
    public bool HasLiveLeader(TopicPartition partition) => LeaderOf(partition) is >= 0 and var leader && Broker(leader).IsRunning;

    public SimulatedClient Connect(int brokerId)
    {
        var client = new SimulatedClient(this, brokerId);
        _connected.Add(client);
        return client;
    }

    /// <summary>Closes all connections that <see cref="Connect"/> has made.</summary>
    public void Disconnect()
    {
        _connected.ForEach(client => client.Close());
        _connected.Clear();
    }

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= Step)
        {
            Time.Advance(left < Step ? left : Step);
            AfterStep?.Invoke();
        }
    }

    /// <summary>Lets time pass until <paramref name="condition"/> holds; a test that waits without end fails.</summary>
    public void Until(Func<bool> condition, string? what = null)
    {
        for (var passed = TimeSpan.Zero; !condition(); passed += Step)
        {
            if (passed > Patience)
            {
                throw new TimeoutException($"Seed {Seed}: {what ?? "what was waited for"} did not happen in {Patience.TotalSeconds} s.\n{Describe()}");
            }

            Pass(Step);
        }
    }

    /// <summary>Lets time pass until <paramref name="task"/> has ended, and returns its outcome.</summary>
    public T Await<T>(Task<T> task, string? what = null)
    {
        Until(() => task.IsCompleted, what);
        return task.GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Await{T}"/>
    public void Await(Task task, string? what = null)
    {
        Until(() => task.IsCompleted, what);
        task.GetAwaiter().GetResult();
    }

    /// <summary>All processes are gone, and what the runtime keeps of them with them.</summary>
    public void End() => _brokers.ForEach(broker => broker.EndLoops());

    /// <summary>What each broker logged last, for a failure.</summary>
    public string Describe() => string.Join('\n', _brokers.Select(broker => broker.Describe()));
}
