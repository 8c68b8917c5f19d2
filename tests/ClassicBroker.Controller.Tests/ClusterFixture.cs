using System.Text;
using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Controller.Tests;

/// <summary>Brokers around a ZooKeeper in memory: each has its session and its controller, and answers the requests of all.</summary>
internal sealed class ClusterFixture
{
    private readonly SortedDictionary<int, Node> _nodes = [];
    private readonly Dictionary<int, FakeBroker> _brokers = [];
    private readonly HashSet<int> _killed = [];

    public ClusterFixture(params int[] brokers)
    {
        Operator = Time.CreateLoop("operator");
        Ensemble = new(Time);
        Tool = Store(Ensemble.Connect(Operator), Operator);
        Operator.Run(Tool.Cluster.CreateTopLevelPathsAsync);
        foreach (var id in brokers)
        {
            Start(id);
        }
    }

    public ManualTime Time { get; } = new();

    /// <summary>The metrics of each broker's controller since the broker was last started.</summary>
    public Dictionary<int, MeterScope> Meters { get; } = [];

    public ManualEventLoop Operator { get; }

    public InMemoryZooKeeper Ensemble { get; }

    /// <summary>ZooKeeper as an operator's tool sees it.</summary>
    public MetadataStore Tool { get; }

    public bool DeleteTopicEnable { get; set; } = true;

    public bool AutoRebalance { get; set; }

    public MetadataVersion InterBrokerProtocol { get; set; } = MetadataVersions.Latest;

    /// <summary>Runs on each broker that is registered and about to take part.</summary>
    public Action<Node> BeforeStart { get; set; } = _ => { };

    public CapturedLog Log { get; } = new();

    public Node this[int id] => _nodes[id];

    public Node Active => _nodes.Values.Single(node => !_killed.Contains(node.Config.BrokerId) && node.Controller.IsActive);

    /// <summary>Registers a broker and lets it take part; the id may be one that ran before.</summary>
    public Node Start(int id)
    {
        var loop = Time.CreateLoop($"controller-{id}");
        var session = Ensemble.Connect(loop);
        var store = Store(session, loop);
        store.Session.Start();
        var config = new ControllerConfig
        {
            BrokerId = id,
            InterBrokerProtocol = InterBrokerProtocol,
            ControllerListenerName = "PLAINTEXT",
            DeleteTopicEnable = DeleteTopicEnable,
            AutoLeaderRebalanceEnable = AutoRebalance,
        };
        var registration = new BrokerRegistration(id, [new("PLAINTEXT", $"host{id}", 9092, SecurityProtocol.Plaintext)], null, -1, 0);
        var epoch = loop.Run(() => store.Brokers.RegisterAsync(registration));
        var services = new ControllerServices(config, store, loop, new Links(this, loop), new SeededRandom(id), Log, Log)
        {
            Metrics = new ControllerMetrics(Meters[id] = new MeterScope(Time)),
        };
        var controller = new KafkaController(services, epoch, () => registration);
        _nodes[id] = new(loop, session, store, config, controller, BrokerOf(id));
        BeforeStart(_nodes[id]);
        controller.Start();
        Time.RunUntilIdle();
        return _nodes[id];
    }

    /// <summary>The processes of these brokers die in the same moment; ZooKeeper learns of it at once.</summary>
    public void Kill(params int[] ids)
    {
        foreach (var id in ids)
        {
            _killed.Add(id);
            _nodes[id].Broker.Unreachable = true;
            _nodes[id].Session.Crash();
        }

        foreach (var id in ids)
        {
            _nodes[id].Session.Expire();
        }

        Time.RunUntilIdle();
    }

    /// <summary>A killed broker comes back; what it had on disk, it has.</summary>
    public void Restart(int id)
    {
        _killed.Remove(id);
        _nodes[id].Broker.Unreachable = false;
        _nodes[id].Broker.Replicas.Clear();
        Start(id);
    }

    /// <summary>Creates a topic as an operator's tool does, by its znode alone. The assignment reads <c>0:1,2 1:2,1</c>.</summary>
    public void CreateTopic(string topic, string assignment, params (string Key, string Value)[] config)
    {
        if (config.Length > 0)
        {
            Ensemble.Put(
                ConfigEntityZnode.Path("topics", topic),
                Encoding.UTF8.GetString(ConfigEntityZnode.Encode(config.ToDictionary(entry => entry.Key, entry => entry.Value))));
        }

        PutAssignment(topic, assignment);
    }

    /// <summary>Writes a topic's znode and lets the cluster react.</summary>
    public void PutAssignment(string topic, string assignment)
    {
        var partitions = new SortedDictionary<int, ReplicaAssignment>();
        foreach (var part in assignment.Split(' ').Select(part => part.Split(':')))
        {
            partitions[int.Parse(part[0])] = new([.. part[1].Split(',').Select(int.Parse)]);
        }

        var id = Operator.Run(() => Tool.Topics.GetAsync(topic))?.TopicId ?? Uuid.Zero;
        Ensemble.Put(TopicZnode.Path(topic), Encoding.UTF8.GetString(TopicZnode.Encode(new(id, partitions))));
        Time.RunUntilIdle();
    }

    public void DeleteTopic(string topic)
    {
        Operator.Run(() => Tool.Topics.MarkForDeletionAsync(topic));
        Time.RunUntilIdle();
    }

    /// <summary>What ZooKeeper holds of a partition, as <c>leader/epoch/isr</c>; null where nothing.</summary>
    public string? State(string topic, int partition) =>
        Stored(topic, partition) is { } state ? $"{state.Leader}/{state.LeaderEpoch}/{string.Join(',', state.Isr)}" : null;

    public LeaderAndIsr? Stored(string topic, int partition) =>
        Operator.Run(() => Tool.PartitionStates.GetAsync(new TopicPartition(topic, partition)))?.LeaderAndIsr;

    /// <summary>The assignment in ZooKeeper, as <c>replicas/adding/removing</c>.</summary>
    public string Assignment(string topic, int partition)
    {
        var assignment = Operator.Run(() => Tool.Topics.GetAsync(topic))!.Partitions[partition];
        return string.Join(
            '/',
            string.Join(',', assignment.Replicas),
            string.Join(',', assignment.AddingReplicas),
            string.Join(',', assignment.RemovingReplicas));
    }

    /// <summary>The leader changes its ISR through the controller.</summary>
    public ErrorCode AlterIsr(string topic, int partition, params int[] isr)
    {
        var state = Stored(topic, partition)!;
        return AlterIsr(topic, partition, state, isr);
    }

    public ErrorCode AlterIsr(string topic, int partition, LeaderAndIsr state, params int[] isr)
    {
        var response = Time.Await(AskToAlterIsr(topic, partition, state, isr));
        Time.RunUntilIdle();
        return response.ErrorCode != ErrorCode.None ? response.ErrorCode : response.Topics[0].Partitions[0].ErrorCode;
    }

    /// <param name="epochs">The lives of the members; -1 for each where they are not named.</param>
    public Task<AlterPartitionResponse> AskToAlterIsr(string topic, int partition, LeaderAndIsr state, int[] isr, long[]? epochs = null)
    {
        var id = Operator.Run(() => Tool.Topics.GetAsync(topic))!.TopicId;
        var request = new AlterPartitionRequest
        {
            BrokerId = state.Leader,
            BrokerEpoch = this[state.Leader].Controller.BrokerEpoch,
            Topics =
            [
                new()
                {
                    TopicId = id,
                    Partitions =
                    [
                        new()
                        {
                            PartitionIndex = partition,
                            LeaderEpoch = state.LeaderEpoch,
                            PartitionEpoch = state.PartitionEpoch,
                            NewIsrWithEpochs = [.. isr.Select((member, index) => new AlterPartitionRequest.BrokerState
                            {
                                BrokerId = member, BrokerEpoch = epochs?[index] ?? -1,
                            })],
                        },
                    ],
                },
            ],
        };
        return Active.Controller.AlterPartitionAsync(request, 3);
    }

    private MetadataStore Store(InMemoryZooKeeperSession session, ManualEventLoop loop) =>
        new(session, loop, new SeededRandom(0), InterBrokerProtocol, secureAcls: false, Log);

    internal sealed record Node(
        ManualEventLoop Loop,
        InMemoryZooKeeperSession Session,
        MetadataStore Store,
        ControllerConfig Config,
        KafkaController Controller,
        FakeBroker Broker);

    private sealed class Links(ClusterFixture cluster, IEventLoop loop) : IBrokerLinkFactory
    {
        public IBrokerLink Open(int brokerId, BrokerEndpoint endpoint) => new FakeBrokerLink(cluster.BrokerOf(brokerId), loop);
    }

    /// <summary>A broker's disk and listener outlive its process, and answer before its own start has come back.</summary>
    private FakeBroker BrokerOf(int id)
    {
        if (!_brokers.TryGetValue(id, out var broker))
        {
            _brokers[id] = broker = new(id);
        }

        return broker;
    }
}
