using ClassicBroker.Metadata.Admin;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// The transactional part of a run: its topics, its producers, workers and readers, and what must hold of them. Threading: the run's thread.
/// </summary>
internal sealed class TransactionLoad : ISimulatedLoad
{
    private const int Replicas = 3;
    private const int DataPartitions = 2;
    private const int StepsBetweenLooks = 4;

    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MakingTime = TimeSpan.FromSeconds(30);

    private readonly SimulatedCluster _cluster;
    private readonly TransactionShape _shape;
    private readonly TransactionHistory _history = new();
    private readonly List<Flow> _flows;
    private readonly List<TopicPartition> _data;
    private readonly List<TransactionSeat> _producers = [];
    private readonly List<TransactionSeat> _workers = [];
    private readonly List<Task> _readers = [];
    private readonly TransactionInvariants _invariants;
    private int _steps;
    private bool _isOver;

    public TransactionLoad(SimulatedCluster cluster, TransactionShape shape)
    {
        (_cluster, _shape) = (cluster, shape);
        _flows = [new("in", "out", "copiers")];
        if (shape.Echoes)
        {
            _flows.Add(new("out", "in", "echoes"));
        }

        _data = [.. new[] { "in", "out" }.SelectMany(topic => PartitionsOf(topic, DataPartitions))];
        List<TopicPartition> partitions =
        [
            .. _data,
            .. PartitionsOf(TopicName.TransactionState, shape.CoordinatorPartitions),
            .. PartitionsOf(TopicName.ConsumerOffsets, shape.CoordinatorPartitions),
        ];

        // What a cleaner has been at differs from replica to replica; readers say whether it is right.
        Logs = [.. partitions.Where(partition => !shape.IsCompacted || !_data.Contains(partition)).Select(partition => new CommittedLog(partition))];
        Prepare(partitions);
        string[] ids = [.. Ids()];
        _invariants = new TransactionInvariants(cluster, partitions, ids, shape.TimeoutMs);
    }

    /// <summary>
    /// Does a broker's clock jump? A marker may be cleaned away then before a follower that was down has seen it, which takes the transaction
    /// for an open one until its producer's next: Kafka's limit <c>delete.retention.ms</c>.
    /// </summary>
    public bool ClocksJump { get; init; }

    public IReadOnlyList<ICommittedLog> Logs { get; }

    /// <summary>Transactions committed.</summary>
    public int Committed => _history.Committed;

    public IEnumerable<Task> Clients => _producers.Concat(_workers).SelectMany(seat => seat.Tasks).Concat(_readers);

    /// <summary>Has every transaction ended, and every input been copied?</summary>
    private bool IsDrained => _producers.TrueForAll(seat => seat.IsOver)
        && _data.TrueForAll(partition => LeaderLog(partition) is { } log && log.LastStableOffset == log.LogEndOffset)
        && _workers.TrueForAll(seat => seat.Current is TransactionalWorker { Client.Current: null } worker && worker.IsAtEnd(LeaderLog));

    /// <summary>Lines of <c>server.properties</c> for such a load.</summary>
    public static string[] Properties(TransactionShape shape) =>
    [
        $"transaction.state.log.num.partitions={shape.CoordinatorPartitions}",
        $"offsets.topic.num.partitions={shape.CoordinatorPartitions}",
        "min.insync.replicas=2",
        "request.timeout.ms=3000",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000",
        .. shape.IsCompacted ? new[] { "log.cleaner.backoff.ms=200" } : [],
    ];

    public void Start()
    {
        for (var number = 0; number < _shape.Producers; number++)
        {
            _producers.Add(ProducerSeat(number));
        }

        foreach (var flow in _flows)
        {
            foreach (var source in PartitionsOf(flow.Source, DataPartitions))
            {
                _workers.Add(WorkerSeat(flow, source));
            }
        }

        foreach (var isCommitted in new[] { true, false })
        {
            _readers.Add(_cluster.ClientLoop.InvokeAsync(() => ReadAsync(isCommitted)));
        }

        _cluster.ClientLoop.Execute(() =>
        {
            _producers.ForEach(seat => seat.Start());
            _workers.ForEach(seat => seat.Start());
        });
        if (_shape.SlowsClients)
        {
            SlowClients();
        }
    }

    /// <summary>What must hold at every moment.</summary>
    public void Check()
    {
        if (_steps++ % StepsBetweenLooks == 0)
        {
            _invariants.Check();
        }
    }

    /// <summary>No new input, and nothing done to clients any more.</summary>
    public void Settle()
    {
        _producers.ForEach(seat => seat.Stop());
        _workers.ForEach(seat => seat.CalmDown());
    }

    public void Finish(Action<TimeSpan, string, string, Func<bool>> await)
    {
        _invariants.NoteHealed();
        try
        {
            await(RestTime, "L5", "transactions have not come to rest", () => IsDrained);
        }
        catch (InvariantBrokenException late) when (late.Invariant == "L5")
        {
            throw new InvariantBrokenException(late.Invariant, $"{this}: {late.Message}");
        }

        _isOver = true;
        _workers.ForEach(seat => seat.Stop());
        _cluster.Until(() => Clients.All(task => task.IsCompleted), "the end of transactional clients");
        _producers.Concat(_workers).ToList().ForEach(seat => seat.Dispose());
        _history.Finish(_cluster.Await(_cluster.ClientLoop.InvokeAsync(ReadAllAsync), "the last reading"), _flows);
        if (!(ClocksJump && _shape.IsCompacted))
        {
            _invariants.CheckProducerStates();
        }
    }

    public override string ToString() =>
        string.Join("; ", _data.Select(partition => LeaderLog(partition) is { } log
            ? $"{partition} {log.LastStableOffset}/{log.HighWatermark}/{log.LogEndOffset}" : $"{partition} has no leader"))
        + "; " + string.Join("; ", _workers.Select(seat => seat.Current is TransactionalWorker worker
            ? $"{worker.Client.TransactionalId} at {worker.Position}, {worker.Client.Current?.ToString() ?? "idle"}" : "a worker is away"))
        + $"; {_producers.Count(seat => !seat.IsOver)} producers go on; {_invariants}";

    private static IEnumerable<TopicPartition> PartitionsOf(string topic, int count) =>
        Enumerable.Range(0, count).Select(index => new TopicPartition(topic, index));

    private static string ProducerId(int number) => $"writer-{number}";

    private IEnumerable<string> Ids() => Enumerable.Range(0, _shape.Producers).Select(ProducerId)
        .Concat(_flows.SelectMany(flow => PartitionsOf(flow.Source, DataPartitions).Select(flow.TransactionalId)));

    private TransactionSeat ProducerSeat(int producer) => new(_cluster, _shape, number => new TransactionalProducer(
        _cluster,
        new TransactionalClient(_cluster, _history, _shape, ProducerId(producer), number),
        $"w{producer}.{number}",
        [.. PartitionsOf("in", DataPartitions)]));

    private TransactionSeat WorkerSeat(Flow flow, TopicPartition source) => new(_cluster, _shape, number => new TransactionalWorker(
        _cluster, _history, _shape, flow, source, [.. PartitionsOf(flow.Target, DataPartitions)], number));

    /// <summary>Makes the topics, the coordinators' as a client does that looks for one.</summary>
    private void Prepare(List<TopicPartition> partitions)
    {
        var controller = _cluster.Connect(_cluster.Controller.Id);
        (string, string)[] cleanup = _shape.IsCompacted
            ? [("cleanup.policy", "compact"), ("min.cleanable.dirty.ratio", "0.01"), ("segment.bytes", "1000")] : [("retention.ms", "-1")];
        controller.CreateTopic("in", DataPartitions, Replicas, [("min.insync.replicas", "2"), .. cleanup]);
        controller.CreateTopic("out", DataPartitions, Replicas, [("min.insync.replicas", "2"), .. cleanup]);
        for (var passed = TimeSpan.Zero; !partitions.TrueForAll(partition => _cluster.LeaderOf(partition) >= 0); passed += TimeSpan.FromSeconds(1))
        {
            if (passed > MakingTime)
            {
                throw new InvariantBrokenException("L3", "the topics of the coordinators are not made");
            }

            foreach (var kind in new sbyte[] { 0, 1 })
            {
                controller.Ask<FindCoordinatorRequest, FindCoordinatorResponse>(new() { Key = "any", KeyType = kind }, maxVersion: 3);
            }

            _cluster.Pass(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>What clients send to some broker takes longer than they wait, now and then.</summary>
    private void SlowClients()
    {
        var atMs = 500;
        while (atMs < 10_000)
        {
            var broker = _cluster.Broker(_cluster.Random.Next(_cluster.Brokers.Count)).Host;
            var by = TimeSpan.FromMilliseconds(500 + _cluster.Random.Next(4500));
            _cluster.ClientLoop.Schedule(() => _cluster.Network.Slow("client", broker, by), TimeSpan.FromMilliseconds(atMs));
            atMs += 300 + _cluster.Random.Next(1000);
            _cluster.ClientLoop.Schedule(() => _cluster.Network.Slow("client", broker, TimeSpan.Zero), TimeSpan.FromMilliseconds(atMs));
            atMs += 500 + _cluster.Random.Next(2500);
        }
    }

    private async Task ReadAsync(bool isCommitted)
    {
        using var ways = new SimulatedClients(_cluster, $"reader-{(isCommitted ? "committed" : "all")}");
        var readers = _data.Select(partition => new TransactionalReader(_cluster, ways, partition, isCommitted)).ToList();
        for (var turn = 0; !_isOver; turn++)
        {
            var reader = readers[turn % readers.Count];
            foreach (var (offset, value) in await reader.ReadAsync())
            {
                if (isCommitted)
                {
                    _history.ReadCommitted(reader.Partition, offset, value);
                }
                else
                {
                    _history.ReadUncommitted(reader.Partition, offset, value);
                }
            }

            await _cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(10 + _cluster.Random.Next(60)));
        }
    }

    private async Task<Dictionary<TopicPartition, List<(long Offset, string Value)>>> ReadAllAsync()
    {
        using var ways = new SimulatedClients(_cluster, "last-reader");
        var found = new Dictionary<TopicPartition, List<(long Offset, string Value)>>();
        foreach (var partition in _data)
        {
            var reader = new TransactionalReader(_cluster, ways, partition, isCommitted: true);
            found[partition] = [];
            while (LeaderLog(partition) is not { } log || reader.Position < log.LogEndOffset)
            {
                found[partition].AddRange(await reader.ReadAsync());
                await _cluster.ClientLoop.DelayAsync(TimeSpan.FromMilliseconds(5));
            }
        }

        return found;
    }

    private PartitionLog? LeaderLog(TopicPartition partition) =>
        _cluster.LeaderOf(partition) is >= 0 and var leader ? _cluster.Broker(leader).LogOf(partition) : null;
}
