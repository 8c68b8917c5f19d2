using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Bugs;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Simulation.Runs.Compaction;
using ClassicBroker.Simulation.Runs.Groups;
using ClassicBroker.Simulation.Runs.Retention;
using ClassicBroker.Simulation.Runs.Transactions;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// One seeded run: load under faults, while the invariants are looked at after each event; then everything heals, and the cluster must come
/// back whole, with every acknowledged record where it was acknowledged. Threading: the thread that executes it.
/// </summary>
internal sealed class ClusterRun
{
    private const int Replicas = WholeCluster.ReplicasOfEach;
    private const int LooksBetweenClients = 10;
    private const ulong RunsPerStop = 4;

    private const int LagTimeMs = 2000;
    private const int SocketTimeoutMs = 3000;
    private const int FetchWaitMs = 500;

    private static readonly TimeSpan ElectionTime = TimeSpan.FromSeconds(5);

    /// <summary>One fetch brings a follower what it lacks, the next one how much of that is committed.</summary>
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromMilliseconds(2 * FetchWaitMs);

    private readonly Scenario _scenario;
    private readonly SimulatedCluster _cluster;
    private readonly List<TopicPartition> _partitions;
    private readonly ClientHistory _history;
    private readonly LeaderChanges _leaderChanges = new();
    private readonly List<SimulatedProducer> _producers = [];
    private readonly List<SimulatedConsumer> _consumers = [];
    private readonly List<ISimulatedLoad> _loads;
    private readonly List<ICommittedLog> _logs;
    private readonly ClusterInvariants _invariants;
    private ulong _lookedAt;
    private int _looks;
    private DateTimeOffset _mendedAt;

    private ClusterRun(Scenario scenario, PlantedBug? bug, TextWriter? output)
    {
        _scenario = scenario;
        _history = new() { IsRetentionLimited = scenario.Retention is not null };
        _cluster = new SimulatedCluster(
            scenario.Seed,
            scenario.Brokers,
            bug,
            output,
            [
                $"inter.broker.protocol.version={scenario.InterBrokerProtocol}",
                $"zookeeper.session.timeout.ms={scenario.SessionTimeoutMs}",
                $"log.segment.bytes={scenario.SegmentBytes}",
                $"log.dirs={(scenario.HasTwoLogDirectories ? "/data1,/data2" : "/data")}",
                $"durability={(scenario.IsDurable ? "fsync" : "pagecache")}",
                $"replica.fetch.wait.max.ms={FetchWaitMs}",
                "replica.fetch.backoff.ms=100",
                $"replica.lag.time.max.ms={LagTimeMs}",
                "replica.high.watermark.checkpoint.interval.ms=500",
                "producer.id.expiration.ms=864000000",
                "log.flush.start.offset.checkpoint.interval.ms=300",
                "log.segment.delete.delay.ms=500",
                $"replica.socket.timeout.ms={SocketTimeoutMs}",
                $"controller.socket.timeout.ms={SocketTimeoutMs}",
                "controlled.shutdown.retry.backoff.ms=200",
                "offsets.topic.num.partitions=1",
                .. scenario.Group is { } group ? SimulatedGroup.Properties(group, scenario.MinIsr) : [],
                .. scenario.Compaction is { } compaction ? CompactedTopic.Properties(compaction) : [],
                .. scenario.Retention is { } retention ? RetainedTopic.Properties(retention) : [],
                .. scenario.Transactions is { } shape ? TransactionLoad.Properties(shape) : [],
                .. scenario.Properties,
                .. bug?.Properties ?? [],
            ]);
        _partitions = [.. Enumerable.Range(0, scenario.Partitions).Select(index => new TopicPartition("t", index))];
        _loads = [.. MakeLoads()];
        _logs = [.. _partitions.Select(partition => new CommittedLog(partition)), .. _loads.SelectMany(load => load.Logs)];
        _invariants = new ClusterInvariants(_cluster, _logs, _leaderChanges);
    }

    private TimeSpan SessionTime => TimeSpan.FromMilliseconds(_scenario.SessionTimeoutMs);

    /// <summary>
    /// In which every partition has a leader (L1): a broker that is gone is missed once its session has ended, and an election follows.
    /// </summary>
    private TimeSpan LeaderTime => SessionTime + ElectionTime;

    /// <summary>
    /// In which all replicas are in sync (L2): the time they may lag, and that to catch up. A broker that was started again before its old
    /// session ended registers behind that end (<c>zookeeper.session.timeout.ms</c>), and who waits for an answer on a connection that
    /// carries nothing any more takes another after <c>replica.socket.timeout.ms</c>, or <c>controller.socket.timeout.ms</c>.
    /// </summary>
    private TimeSpan SyncTime => SessionTime + TimeSpan.FromMilliseconds(SocketTimeoutMs + LagTimeMs) + CatchUpTime;

    /// <summary>Runs a scenario to its end.</summary>
    /// <exception cref="InvariantBrokenException">It broke one.</exception>
    public static RunOutcome Execute(Scenario scenario, PlantedBug? bug = null, TextWriter? output = null)
    {
        var run = new ClusterRun(scenario, bug, output);
        try
        {
            return run.Execute();
        }
        finally
        {
            run._cluster.End();
        }
    }

    private RunOutcome Execute()
    {
        var began = _cluster.Time.GetUtcNow();
        Live();
        RequireNoClientFailed();
        var leftovers = new Leftovers(_cluster);
        leftovers.CheckClients();
        if (_scenario.Seed % RunsPerStop == 0)
        {
            leftovers.CheckStops();
        }

        return new RunOutcome(
            _cluster.Time.Trace,
            _history.Acknowledged,
            _history.Read,
            _loads.OfType<TransactionLoad>().Sum(load => load.Committed),
            _cluster.Time.GetUtcNow() - began);
    }

    private void Live()
    {
        _cluster.Connect(_cluster.Controller.Id).CreateTopic(
            "t",
            _scenario.Partitions,
            Replicas,
            ("min.insync.replicas", $"{_scenario.MinIsr}"),
            ("retention.ms", "-1"),
            ("retention.bytes", $"{_scenario.Retention?.Bytes ?? -1}"));
        List<TopicPartition> all = [.. _logs.Select(log => log.Partition)];
        using var admin = new SimulatedOperator(_cluster, _history, _partitions, all);
        var faults = new FaultInjection(_cluster, _scenario, all, admin);
        _invariants.MayLack = faults.MayLack;
        _invariants.Writes = new(_cluster, !_scenario.WritesIsrThroughController, allocatesProducerIds: _scenario.InterBrokerProtocol is ['3', ..]);
        _invariants.Watch();
        _cluster.AfterStep = () => LookAround(faults);
        StartClients(admin);
        faults.Schedule();
        _cluster.Pass(_scenario.LoadTime);
        admin.Stop();
        _producers.ForEach(producer => producer.Stop());
        _consumers.ForEach(consumer => consumer.Stop());
        _loads.ForEach(load => load.Settle());
        faults.Heal();
        _mendedAt = _cluster.Time.GetUtcNow();
        AwaitMended(LeaderTime, "L1", "there are partitions without a leader", () => all.TrueForAll(_cluster.HasLiveLeader));
        AwaitMended(SyncTime, "L6", "a reassignment is not over", () => new WholeCluster(_cluster, all).IsReassigned);
        AwaitMended(SyncTime, "L2", "replicas are not in sync", () => new WholeCluster(_cluster, all).IsInSync);
        AwaitMended(WholeCluster.ServeTime, "L3", "producers and consumers are not served", AreClientsDone);
        AwaitWhole(_partitions);
        RequireMemory();
        _loads.ForEach(load => load.Finish(Await));
        AwaitWhole(all);
        CheckServes();
        CheckLogs();
    }

    /// <summary>Looks at what must hold; where no loop has run since, nothing has changed.</summary>
    private void LookAround(FaultInjection faults)
    {
        if (_cluster.Time.Trace == _lookedAt)
        {
            return;
        }

        _lookedAt = _cluster.Time.Trace;
        _loads.ForEach(load => load.Check());
        faults.ReviveHalted();
        if (_looks++ % LooksBetweenClients == 0)
        {
            RequireNoClientFailed();
        }
    }

    private IEnumerable<ISimulatedLoad> MakeLoads()
    {
        if (_scenario.Compaction is { } compaction)
        {
            yield return new CompactedTopic(_cluster, _scenario, compaction);
        }

        if (_scenario.Group is { } group)
        {
            yield return new SimulatedGroup(_cluster, group, _partitions, CommittedOffsets(SimulatedGroup.OffsetsPartition));
        }

        if (_scenario.Retention is { } retention)
        {
            yield return new RetainedTopic(_cluster, _history, retention, _partitions);
        }

        if (_scenario.Transactions is { } shape)
        {
            yield return new TransactionLoad(_cluster, shape) { ClocksJump = _scenario.FaultKinds.Contains(FaultKind.ClockJump) };
        }
    }

    private ICommittedLog CommittedOffsets(TopicPartition partition) => _scenario.Compaction is { } compaction
        ? new CompactedLog(_cluster, partition)
        {
            TombstoneTime = CompactedTopic.TombstoneTime(_scenario, compaction.DeleteRetentionMs),
            MayMissTombstones = _scenario.FaultKinds.Count > 0,
        }
        : new CommittedLog(partition);

    private void StartClients(SimulatedOperator admin)
    {
        for (var number = 0; number < _scenario.Producers.Count; number++)
        {
            _producers.Add(new SimulatedProducer(_cluster, _history, _scenario.Producers[number], number, _partitions)
            {
                PaddingBytes = _scenario.PaddingBytes,
                InFlightMax = _scenario.InFlightMax,
                FirstSequence = _scenario.FirstSequence,
                Acknowledged = (partition, offset) => _invariants.CheckAcknowledged(partition, offset, _scenario.MinIsr, _scenario.IsDurable),
            });
        }

        for (var number = 0; number < _scenario.Consumers; number++)
        {
            _consumers.Add(new SimulatedConsumer(_cluster, _history, number, _partitions)
            {
                LingerMs = number == 0 ? _scenario.Retention?.LingerMs ?? 0 : 0,
                CommittedEnd = partition => _logs[partition.Partition].End,
            });
        }

        _producers.ForEach(producer => producer.Start());
        _consumers.ForEach(consumer => consumer.Start());
        _loads.ForEach(load => load.Start());
        if (_scenario is { DeletesRecords: true, MayLoseCheckpoints: false })
        {
            admin.DeleteRecords();
        }
    }

    private IEnumerable<Task> Clients => _producers.Select(producer => producer.Completion).Concat(_consumers.Select(consumer => consumer.Completion));

    private bool AreClientsDone() => Clients.All(client => client.IsCompleted);

    private void RequireNoClientFailed()
    {
        foreach (var client in Clients.Concat(_loads.SelectMany(load => load.Clients)))
        {
            if (client.IsFaulted)
            {
                client.GetAwaiter().GetResult();
            }
        }
    }

    /// <summary>Waits until a time after all was mended, however long it was waited before.</summary>
    private void AwaitMended(TimeSpan time, string invariant, string failure, Func<bool> condition) =>
        Await(LeftOf(time), invariant, failure, condition);

    /// <summary>Clients have ended: followers need at most <see cref="CatchUpTime"/> for their last records.</summary>
    private void AwaitWhole(IReadOnlyList<TopicPartition> partitions) => Await(
        LeftOf(SyncTime) is var left && left > CatchUpTime ? left : CatchUpTime,
        "L2",
        "the cluster is not whole",
        () => new WholeCluster(_cluster, partitions).IsWhole);

    private TimeSpan LeftOf(TimeSpan time) => _mendedAt + time - _cluster.Time.GetUtcNow();

    private void Await(TimeSpan patience, string invariant, string failure, Func<bool> condition)
    {
        // By the clock: a condition that asks the cluster waits for its answer.
        for (var began = _cluster.Time.GetUtcNow(); !condition(); _cluster.Pass(WholeCluster.Look))
        {
            if (_cluster.Time.GetUtcNow() - began > patience)
            {
                var sinceMended = _cluster.Time.GetUtcNow() - _mendedAt;
                throw new InvariantBrokenException(
                    invariant,
                    $"{failure} {sinceMended.TotalSeconds} s after all was mended: {new WholeCluster(_cluster, _partitions)}\n{_cluster.Describe()}");
            }
        }
    }

    /// <summary>Every kind of client finds what it wants (L3).</summary>
    private void CheckServes()
    {
        Await(LeaderTime, "L1", "there is no controller", () => _cluster.Running.Any(broker => broker.Server.IsController));
        var operations = new ServedOperations(_cluster, _partitions, _scenario.MinIsr);
        operations.CheckTopic();
        operations.CheckNewTopic();
        AwaitWhole(_partitions);
        RequireMemory();
    }

    private void RequireMemory() => Await(
        SyncTime, "W9", "the controller and ZooKeeper differ", () => new WholeCluster(_cluster, _partitions).IsControllersMemoryTrue);

    private void CheckLogs()
    {
        foreach (var partition in _partitions)
        {
            var replicas = _cluster.State(partition).Isr.Select(id => _cluster.Broker(id).LogOf(partition)!).ToList();
            var from = replicas.Max(log => log.LogStartOffset);
            var logs = replicas.Select(log => CommittedLog.Batches(log, from).ToList()).ToList();
            if (logs.Exists(log => !log.SequenceEqual(logs[0])))
            {
                throw new InvariantBrokenException("H2", $"replicas of {partition} differ");
            }

            var start = _cluster.Broker(_cluster.LeaderOf(partition)).LogOf(partition)!.LogStartOffset;
            _history.Finish(partition, start, RecordsOf(partition, start), _leaderChanges);
        }
    }

    /// <summary>Asks the leader, and the next one where a preferred leader takes over meanwhile.</summary>
    private Dictionary<long, string> RecordsOf(TopicPartition partition, long start)
    {
        (ErrorCode Error, IReadOnlyList<string> Values) read = (ErrorCode.NotLeaderOrFollower, []);
        Await(LeaderTime, "L3", $"a consumer does not find the leader of {partition}", () =>
        {
            read = _cluster.Connect(_cluster.LeaderOf(partition)).FetchAll(partition, start);
            return read.Error != ErrorCode.NotLeaderOrFollower;
        });
        return read.Error == ErrorCode.None
            ? read.Values.Index().ToDictionary(value => start + value.Index, value => value.Item)
            : throw new InvariantBrokenException("L3", $"a consumer of {partition} got {read.Error}");
    }
}
