using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Files;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Tests.InProcess;

/// <summary>
/// A whole broker on the test's thread: simulated disk, ZooKeeper in memory, a clock that stands still. Survives its own restart, so that a
/// test can stop it, or cut its power, and start it again.
/// </summary>
internal sealed class InProcessBroker
{
    private const int StartStepMs = 10;

    private readonly Dictionary<string, string> _properties = new()
    {
        ["broker.id"] = "0",
        ["listeners"] = "PLAINTEXT://127.0.0.1:9092",
        ["log.dirs"] = "/data/a",
        ["zookeeper.connect"] = "zk:2181",
        ["offsets.topic.replication.factor"] = "1",
    };

    private readonly IKerberos? _kerberos;
    private readonly PortsOfTests _port = new();
    private readonly List<ManualEventLoop> _loops = [];
    private ManualEventLoop? _network;
    private KafkaServer? _server;

    public InProcessBroker(params string[] properties)
        : this(_ => { }, null, properties)
    {
    }

    /// <summary>A broker on a clock that it shares with others.</summary>
    public InProcessBroker(ManualTime time, params string[] properties)
        : this(_ => { }, null, time, properties)
    {
    }

    /// <param name="prepare">Puts files on the disk before the first start.</param>
    /// <param name="kerberos">The system's Kerberos; null for none.</param>
    /// <param name="properties">Lines of the broker's properties file.</param>
    public InProcessBroker(Action<SimulatedFileSystem> prepare, IKerberos? kerberos, params string[] properties)
        : this(prepare, kerberos, new ManualTime(), properties)
    {
    }

    private InProcessBroker(Action<SimulatedFileSystem> prepare, IKerberos? kerberos, ManualTime time, string[] properties)
    {
        Time = time;
        _kerberos = kerberos;
        ZooKeeper = new InMemoryZooKeeper(Time);
        Files = new SimulatedFileSystem(Time, new SeededRandomSource(1));
        prepare(Files);
        foreach (var (key, value) in JavaProperties.Parse(string.Join('\n', properties)))
        {
            _properties[key] = value;
        }

        Start();
    }

    /// <summary>What the next start finds in the file.</summary>
    public IDictionary<string, string> Properties => _properties;

    public ManualTime Time { get; }

    /// <summary>What the loop of the connections takes for the time from the next start on; null for <see cref="Time"/>.</summary>
    public TimeProvider? NetworkClock { get; set; }

    public InMemoryZooKeeper ZooKeeper { get; }

    public InMemoryZooKeeperSession? Session { get; private set; }

    public SimulatedFileSystem Files { get; }

    public KafkaServer Server => _server!;

    /// <summary>Where LeaderAndIsr and StopReplica are carried out.</summary>
    public ManualEventLoop ReplicaStateLoop { get; private set; } = null!;

    /// <summary>Where flushes, retention, checkpoints and deletions run.</summary>
    public ManualEventLoop DiskLoop { get; private set; } = null!;

    /// <summary>How many loops the last start asked for to load logs on.</summary>
    public int RecoveryLoopsAsked { get; private set; }

    /// <summary>Where reads go that may take long.</summary>
    public ManualEventLoop LongReadsLoop { get; private set; } = null!;

    /// <summary>The metrics of the broker since it was last started.</summary>
    public MeterScope Meters { get; private set; } = null!;

    /// <summary>What the broker logged.</summary>
    public RecordingLoggers Log { get; } = new();

    /// <summary>What the broker asked the process to end with; null where it did not.</summary>
    public int? Halted { get; private set; }

    public void Start()
    {
        _port.Forget();
        Meters = new MeterScope(Time);
        _network = NewLoop("network", NetworkClock);
        var zooKeeperLoop = NewLoop("zookeeper");
        var scheduler = NewLoop("scheduler");
        ReplicaStateLoop = NewLoop("replica-state");
        var groups = NewLoop("groups");
        var transactions = NewLoop("transactions");
        DiskLoop = NewLoop("disk");
        LongReadsLoop = NewLoop("long-reads");
        var controller = NewLoop("controller");
        var start = zooKeeperLoop.InvokeAsync(() => KafkaServer.StartAsync(
            _properties,
            new KafkaServerEnvironment
            {
                Files = Files,
                Transport = _port,
                Resolver = new LiteralAddressResolver(),
                Time = Time,
                Random = new SeededRandomSource(2),
                Loggers = Log,
                Meters = Meters,
                LoggerLevels = new MemoryLoggerLevels(),
                ZooKeeperLoop = zooKeeperLoop,
                ControllerLoop = controller,
                SchedulerLoop = scheduler,
                FetcherLoops = _ => [_network],
                ReplicaStateLoop = ReplicaStateLoop,
                GroupLoop = groups,
                TransactionLoop = transactions,
                DiskWork = DiskLoop,
                LongReads = LongReadsLoop,
                RecoveryLoops = count =>
                {
                    RecoveryLoopsAsked = count;
                    return [DiskLoop];
                },
                OpenZooKeeper = () =>
                {
                    Session = ZooKeeper.Connect(zooKeeperLoop);
                    return Task.FromResult<IZooKeeper>(Session);
                },
                CanonicalHostName = "host.example",
                Kerberos = _kerberos,
                Halt = code => Halted = code,
            }));
        Time.RunUntilIdle();
        if (!start.IsCompleted)
        {
            // Where another broker is the controller, this one looks again a moment after it has joined.
            Time.AdvanceMs(StartStepMs);
        }

        _server = Time.Await(start);
    }

    public void Stop()
    {
        NewLoop("main").Run(_server!.StopAsync);
        _server = null;
    }

    /// <summary>
    /// kill -9, or a power cut, at the <paramref name="nth"/> file operation from now: it and all that follow throw
    /// <see cref="ProcessKilledException"/>, the loops stand still, the session is gone.
    /// </summary>
    public void DieAt(int nth, bool isPowerCut)
    {
        var left = nth;
        Files.Before = (_, _) =>
        {
            if (--left == 0)
            {
                Die(isPowerCut);
            }

            if (left <= 0)
            {
                throw new ProcessKilledException();
            }
        };
    }

    /// <summary>kill -9, or a power cut, now.</summary>
    public void Die(bool isPowerCut)
    {
        _loops.ForEach(loop => loop.Die());
        _loops.Clear();
        Session!.Crash();
        Session.Expire();
        if (isPowerCut)
        {
            Files.Crash();
        }
        else
        {
            Files.Kill();
        }
    }

    /// <summary>Starts the broker that <see cref="Die"/> ended, on what it left.</summary>
    public void StartAgain()
    {
        Files.Before = null;
        Start();
    }

    /// <summary>Opens the broker's ports on a host of a network in memory as well, for clients that connect by themselves.</summary>
    public void ListenOn(InMemoryNetwork network, string host)
    {
        var transport = network.AddHost(host, _network!);
        foreach (var options in _port.Open)
        {
            Time.Await(transport.ListenAsync(options));
        }
    }

    /// <summary>Refuses to open a port.</summary>
    public void RefusePort(int port, string reason) => _port.Refused = (port, reason);

    public BrokerClient Connect(string clientId = "test") => Connect(clientId, ^1);

    /// <summary>A connection to one of several listeners, in their order of the properties.</summary>
    public BrokerClient Connect(string clientId, Index listener) =>
        new(new EmbeddedChannel(Time, _network!, ChannelOptions.Default, _port.NewHandler(listener)), clientId);

    private ManualEventLoop NewLoop(string name, TimeProvider? clock = null)
    {
        var loop = Time.CreateLoop(name, clock);
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Remembers who listens, and connects tests to it.</summary>
    private sealed class PortsOfTests : ITransport
    {
        private readonly List<OpenPort> _listeners = [];

        /// <summary>A port that cannot be had, and why.</summary>
        public (int Port, string Reason)? Refused { get; set; }

        public IEnumerable<ListenOptions> Open => _listeners.Select(listener => listener.Options);

        public Task<IChannelListener> ListenAsync(ListenOptions options)
        {
            if (Refused is { } refused && refused.Port == options.Port)
            {
                throw new BindException(refused.Reason);
            }

            var listener = new OpenPort(this, options);
            _listeners.Add(listener);
            return Task.FromResult<IChannelListener>(listener);
        }

        public Task<TransportChannel> ConnectAsync(ConnectOptions options, CancellationToken cancellation = default) =>
            throw new InvalidOperationException("A broker alone connects to no other.");

        public ChannelFill NewHandler(Index listener) => new(_listeners[listener].Options.Initializer);

        public void Forget() => _listeners.Clear();

        private sealed record OpenPort(PortsOfTests Ports, ListenOptions Options) : IChannelListener
        {
            public IPEndPoint LocalEndPoint { get; } = new(IPAddress.Loopback, Options.Port == 0 ? 9092 : Options.Port);

            public void Dispose() => Ports._listeners.Remove(this);
        }
    }
}
