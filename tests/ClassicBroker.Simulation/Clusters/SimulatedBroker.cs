using System.Globalization;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;
using ClassicBroker.Server;
using ClassicBroker.Server.Config;
using ClassicBroker.Storage;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Simulation.Clusters;

/// <summary>
/// One broker of a <see cref="SimulatedCluster"/>: its disk outlives its process. Threading: the test's thread.
/// </summary>
internal sealed class SimulatedBroker
{
    private const int LinesToldMax = 25;

    private readonly SimulatedCluster _cluster;
    private readonly Dictionary<string, string> _properties;
    private readonly List<ManualEventLoop> _loops = [];
    private KafkaServer? _server;
    private MeterScope? _meters;

    public SimulatedBroker(SimulatedCluster cluster, int id, IEnumerable<string> properties)
    {
        _cluster = cluster;
        Id = id;
        Host = $"broker-{id}";
        Clock = new SkewedTime(cluster.Time);
        if (cluster.Tell is { } tell)
        {
            Log.Written = line => tell($"broker {id}", line.Split('\n')[0]);
        }

        Files = new SimulatedFileSystem(cluster.Time, new SeededRandomSource(cluster.Seed + (ulong)id + 1));
        _properties = new(StringComparer.Ordinal)
        {
            ["broker.id"] = $"{id}",
            ["listeners"] = $"PLAINTEXT://{Host}:9092",
            ["log.dirs"] = "/data",
            ["zookeeper.connect"] = "zk:2181",
            ["zookeeper.session.timeout.ms"] = "6000",
            ["replica.lag.time.max.ms"] = "10000",
        };
        foreach (var (key, value) in JavaProperties.Parse(string.Join('\n', properties)))
        {
            _properties[key] = value.Replace("$id", $"{id}", StringComparison.Ordinal);
        }
    }

    public int Id { get; }

    public string Host { get; }

    /// <summary>Its clock, which may be wrong about the time of day.</summary>
    public SkewedTime Clock { get; }

    /// <summary>Its disk; another after <see cref="LoseDisk"/>.</summary>
    public SimulatedFileSystem Files { get; private set; }

    public RecordingLoggers Log { get; } = new() { IsLazy = true };

    public InMemoryZooKeeperSession? Session { get; private set; }

    /// <summary>Its process's side of the network; null before the first start.</summary>
    public InMemoryTransport? Transport { get; private set; }

    public KafkaServer Server => _server ?? throw new InvalidOperationException($"Broker {Id} does not run.");

    /// <summary>Does it serve?</summary>
    public bool IsRunning => _server is not null;

    /// <summary>Is there a process, if only one that starts?</summary>
    public bool HasProcess { get; private set; }

    /// <summary>Has it been asked to stop?</summary>
    public bool IsStopping { get; private set; }

    /// <summary>What the process was asked to end with; null where it was not.</summary>
    public int? Halted { get; private set; }

    /// <summary>Starts the process and waits until it serves.</summary>
    public void Start() => _cluster.Await(Launch(), $"the start of broker {Id}");

    /// <summary>Starts the process; the task ends when it serves, or with what kept it from that.</summary>
    public Task Launch()
    {
        var network = NewLoop("network");
        var fetcher = NewLoop("fetcher");
        var zooKeeper = NewLoop("zookeeper");
        var disk = NewLoop("disk");
        var environment = new KafkaServerEnvironment
        {
            Files = _cluster.Bug?.Files?.Invoke(Files) ?? Files,
            Transport = Transport = _cluster.Network.AddHost(Host, network),
            Resolver = new LiteralAddressResolver(),
            Time = Clock,
            Random = _cluster.Random,
            Loggers = Log,
            LoggerLevels = new UnchangingLoggerLevels(),
            Meters = new MeterScope(Clock),
            ZooKeeperLoop = zooKeeper,
            ControllerLoop = NewLoop("controller"),
            SchedulerLoop = NewLoop("scheduler"),
            ReplicaStateLoop = NewLoop("replica-state"),
            GroupLoop = NewLoop("groups"),
            TransactionLoop = NewLoop("transactions"),
            DiskWork = disk,
            FetcherLoops = _ => [fetcher],
            RecoveryLoops = _ => [disk],
            OpenZooKeeper = () =>
            {
                Session = _cluster.ZooKeeper.Connect(zooKeeper, int.Parse(_properties["zookeeper.session.timeout.ms"], CultureInfo.InvariantCulture));
                return Task.FromResult(_cluster.Bug?.ZooKeeper?.Invoke(Session) ?? Session);
            },
            MayJoinIsr = _cluster.Bug?.MayJoinIsr ?? ReplicationSettings.IsComplete,
            CanonicalHostName = Host,
            Halt = code =>
            {
                Halted = code;
                Kill();
            },
        };
        HasProcess = true;
        Halted = null;
        _meters = environment.Meters;
        return zooKeeper.InvokeAsync(async () => _server = await KafkaServer.StartAsync(_properties, environment));
    }

    /// <summary>SIGTERM: waits until the process has ended in order.</summary>
    public void Stop() => _cluster.Await(BeginStop(), $"the stop of broker {Id}");

    /// <summary>SIGTERM; the task ends with the process.</summary>
    public Task BeginStop()
    {
        var main = NewLoop("main");
        var server = Server;
        IsStopping = true;
        return main.InvokeAsync(async () =>
        {
            await server.StopAsync();
            if (ReferenceEquals(_server, server))
            {
                _server = null;
                (HasProcess, IsStopping) = (false, false);
                _cluster.Network.Crash(Host);
                EndLoops();

                // What a process has left open the system closes.
                Files.Kill();
            }
        });
    }

    /// <summary>SIGTERM, as a last look at what it leaves behind: its loops go on, and its connections are those it has not closed.</summary>
    public void StopForLook()
    {
        var server = Server;
        _cluster.Await(NewLoop("main").InvokeAsync(server.StopAsync), $"the stop of broker {Id}");
        _server = null;
    }

    /// <summary>
    /// kill -9, or a power cut, now. ZooKeeper learns of it when the session times out; <paramref name="sessionEndsAtOnce"/> spares the wait.
    /// </summary>
    public void Kill(bool isPowerCut = false, bool sessionEndsAtOnce = false)
    {
        _server = null;
        (HasProcess, IsStopping) = (false, false);
        _cluster.Kills++;
        EndLoops();
        _cluster.Network.Crash(Host);
        if (isPowerCut)
        {
            Files.Crash();
        }
        else
        {
            Files.Kill();
        }

        if (Session is not { } session)
        {
            return;
        }

        Session = null;
        session.Crash();
        if (sessionEndsAtOnce)
        {
            session.Expire();
        }
        else
        {
            _cluster.ClientLoop.Schedule(session.Expire, TimeSpan.FromMilliseconds(session.NegotiatedSessionTimeoutMs));
        }
    }

    /// <summary>SIGSTOP and SIGCONT: nothing of the process runs; its connections and its session stand as long as the others let them.</summary>
    public void Pause(bool isPaused) => _loops.ForEach(loop => loop.IsStalled = isPaused);

    /// <summary>Calls to the disk that are not made by a loop that serves do not come back.</summary>
    public void StallDisk(bool isStalled) =>
        _loops.FindAll(loop => loop.Name == $"{Host} disk").ForEach(loop => loop.IsStalled = isStalled);

    /// <summary>The disk of a broker that is down is replaced by an empty one.</summary>
    public void LoseDisk() => Files = new SimulatedFileSystem(_cluster.Time, new SeededRandomSource(_cluster.Seed + (ulong)Id + 1));

    /// <summary>Its replica's log; null where it has none.</summary>
    public PartitionLog? LogOf(TopicPartition partition) => IsRunning ? Server.Replicas.Logs.Find(partition) : null;

    /// <summary>Has it a record: in the log it serves from, or on the disk from which a process would read it?</summary>
    public bool Holds(TopicPartition partition, long offset) =>
        LogOf(partition) is { } log ? log.LogEndOffset > offset : StoredLog.EndOffset(Files, partition) > offset;

    /// <summary>Would it still have a record when its machine lost power now?</summary>
    public bool HoldsSynced(TopicPartition partition, long offset) => StoredLog.HoldsSynced(Files, partition, offset);

    /// <summary>Timers its loops have set, by the loop.</summary>
    public IEnumerable<(string Loop, int Timers)> Timers =>
        _loops.Where(loop => loop.Scheduled > 0).Select(loop => (loop.Name, loop.Scheduled));

    public string Describe() =>
        $"--- broker {Id}{(IsRunning ? "" : " (down)")}\n"
        + string.Join('\n', Log.Lines.TakeLast(LinesToldMax).Select(line => line.Split('\n')[0]));

    /// <summary>The end of its process, for the one that simulates it: nothing of it is to be found by the runtime's lists of meters.</summary>
    public void EndLoops()
    {
        _meters?.Dispose();
        _loops.ForEach(loop => loop.Die());
        _loops.Clear();
    }

    private ManualEventLoop NewLoop(string name)
    {
        var loop = _cluster.Time.CreateLoop($"{Host} {name}", Clock, owner: this);
        _loops.Add(loop);
        return loop;
    }
}
