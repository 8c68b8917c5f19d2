using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Tests.Clusters;

namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>
/// One seeded run of a cluster of three: load under faults, while the invariants are looked at after each step; then everything heals, and
/// the cluster must come back whole, with every acknowledged record where it was acknowledged.
/// </summary>
internal sealed class ClusterRun
{
    private const int BrokerCount = 3;

    private static readonly TimeSpan HealTime = TimeSpan.FromSeconds(60);

    private readonly Scenario _scenario;
    private readonly SimulatedCluster _cluster;
    private readonly List<TopicPartition> _partitions;
    private readonly List<SimulatedProducer> _producers = [];
    private readonly ClusterInvariants _invariants;

    private ClusterRun(Scenario scenario)
    {
        _scenario = scenario;
        _cluster = new SimulatedCluster(
            scenario.Seed,
            BrokerCount,
            $"inter.broker.protocol.version={scenario.InterBrokerProtocol}",
            $"log.segment.bytes={scenario.SegmentBytes}",
            "replica.fetch.wait.max.ms=200",
            "replica.fetch.backoff.ms=100",
            "replica.lag.time.max.ms=2000",
            "replica.high.watermark.checkpoint.interval.ms=500",
            "replica.socket.timeout.ms=3000",
            "controller.socket.timeout.ms=3000",
            "controlled.shutdown.retry.backoff.ms=200");
        _partitions = [.. Enumerable.Range(0, scenario.Partitions).Select(index => new TopicPartition("t", index))];
        _invariants = new ClusterInvariants(_cluster, _partitions);
    }

    /// <summary>Runs a scenario to its end.</summary>
    /// <exception cref="InvariantBrokenException">It broke one.</exception>
    public static void Execute(Scenario scenario) => new ClusterRun(scenario).Execute();

    private void Execute()
    {
        _cluster.Connect(0).CreateTopic("t", _scenario.Partitions, BrokerCount, ("min.insync.replicas", "2"), ("retention.ms", "-1"));
        _cluster.AfterStep = _invariants.Check;
        for (var number = 0; number < _scenario.Producers; number++)
        {
            _producers.Add(new SimulatedProducer(_cluster, number, _partitions));
        }

        _producers.ForEach(producer => producer.Start());
        foreach (var fault in _scenario.Faults)
        {
            _cluster.ClientLoop.Schedule(() => Begin(fault), TimeSpan.FromMilliseconds(fault.AtMs));
        }

        _cluster.Pass(_scenario.LoadTime);
        _producers.ForEach(producer => producer.Stop());
        Heal();
        CheckHistory();
    }

    private void Begin(Fault fault)
    {
        var broker = _cluster.Broker(fault.Broker);
        var other = _cluster.Broker(fault.Other);
        switch (fault.Kind)
        {
            case FaultKind.Kill when broker.HasProcess:
                broker.Kill();
                After(fault, () => Relaunch(broker));
                break;
            case FaultKind.PowerCut when broker.HasProcess && CanLoseUnsynced(broker):
                broker.Kill(isPowerCut: true);
                After(fault, () => Relaunch(broker));
                break;
            case FaultKind.Restart when broker.IsRunning:
                broker.BeginStop().GetAwaiter().OnCompleted(() => After(fault, () => Relaunch(broker)));
                break;
            case FaultKind.Partition:
                _cluster.Network.Partition(broker.Host, other.Host);
                After(fault, _cluster.Network.Heal);
                break;
            case FaultKind.OneWayCut:
                _cluster.Network.Cut(broker.Host, other.Host);
                After(fault, _cluster.Network.Heal);
                break;
            case FaultKind.Reset:
                _cluster.Network.Reset(broker.Host, other.Host);
                break;
            case FaultKind.SlowNetwork:
                _cluster.Network.DelayMax = TimeSpan.FromMilliseconds(50);
                After(fault, () => _cluster.Network.DelayMax = TimeSpan.FromMicroseconds(500));
                break;
            case FaultKind.SessionExpiry when broker.IsRunning:
                broker.Session!.Expire();
                break;
            case FaultKind.ZooKeeperAway when broker.IsRunning:
                LoseZooKeeper(fault, broker);
                break;
        }
    }

    private void LoseZooKeeper(Fault fault, SimulatedBroker broker)
    {
        var session = broker.Session!;
        session.Disconnect();
        var isExpired = fault.DurationMs > session.NegotiatedSessionTimeoutMs;
        if (isExpired)
        {
            _cluster.ClientLoop.Schedule(session.Expire, TimeSpan.FromMilliseconds(session.NegotiatedSessionTimeoutMs));
        }

        After(fault, session.Reconnect);
    }

    private void After(Fault fault, Action mend) => _cluster.ClientLoop.Schedule(mend, TimeSpan.FromMilliseconds(fault.DurationMs));

    /// <summary>
    /// Kafka's promise without syncing holds while the machines that lose power one after the other are not the only ones with the data: the
    /// others must be in sync when one goes (KIP-966 tells what happens else).
    /// </summary>
    private bool CanLoseUnsynced(SimulatedBroker broker) =>
        _partitions.All(partition => _cluster.State(partition).Isr.Count == BrokerCount)
        && _cluster.Brokers.All(other => other == broker || other.IsRunning);

    private void Relaunch(SimulatedBroker broker)
    {
        if (broker.HasProcess)
        {
            return;
        }

        var starting = broker.Launch();
        starting.GetAwaiter().OnCompleted(() =>
        {
            if (starting.IsFaulted && broker is { IsRunning: false, HasProcess: true })
            {
                // The process exits and its supervisor starts it again.
                broker.Kill();
                _cluster.ClientLoop.Schedule(() => Relaunch(broker), TimeSpan.FromSeconds(1));
            }
        });
    }

    /// <summary>Mends everything and waits until the cluster is whole (L1, L2).</summary>
    private void Heal()
    {
        _cluster.Network.Heal();
        _cluster.Network.DelayMax = TimeSpan.FromMicroseconds(500);
        foreach (var broker in _cluster.Brokers)
        {
            if (broker.Session is { State: ZooKeeper.ZooKeeperSessionState.Connecting } away)
            {
                away.Reconnect();
            }

            Relaunch(broker);
        }

        for (var passed = TimeSpan.Zero; !IsWhole(); passed += TimeSpan.FromMilliseconds(50))
        {
            if (passed > HealTime)
            {
                throw new InvariantBrokenException("L2", $"the cluster is not whole after {HealTime.TotalSeconds} s: {Describe()}\n{_cluster.Describe()}");
            }

            _cluster.Pass(TimeSpan.FromMilliseconds(50));
        }
    }

    private bool IsWhole() =>
        _producers.All(producer => producer.Completion.IsCompleted)
        && _cluster.Brokers.All(broker => broker.IsRunning)
        && _partitions.All(partition =>
            _cluster.State(partition) is { HasLeader: true, Isr.Count: BrokerCount }
            && _cluster.Brokers.Select(broker => broker.LogOf(partition)?.LogEndOffset ?? -1).Distinct().Count() == 1
            && _cluster.Brokers.All(broker => broker.LogOf(partition) is { } log && log.HighWatermark == log.LogEndOffset));

    private string Describe() => string.Join(
        "; ",
        _partitions.Select(partition =>
            $"{partition} {_cluster.State(partition)} "
            + string.Join(' ', _cluster.Brokers.Select(broker => broker.LogOf(partition) is { } log ? $"{broker.Id}:{log.HighWatermark}/{log.LogEndOffset}" : $"{broker.Id}:down"))));

    private void CheckHistory()
    {
        foreach (var producer in _producers)
        {
            producer.Completion.GetAwaiter().GetResult();
        }

        foreach (var partition in _partitions)
        {
            var logs = _cluster.Brokers.Select(broker => CommittedLog.Batches(broker.LogOf(partition)!, 0).ToList()).ToList();
            if (logs.Exists(log => !log.SequenceEqual(logs[0])))
            {
                throw new InvariantBrokenException("H2", $"replicas of {partition} differ");
            }

            CheckHistory(partition);
        }
    }

    private void CheckHistory(TopicPartition partition)
    {
        var stored = RecordsOf(partition);
        var values = stored.Values.ToHashSet(StringComparer.Ordinal);
        foreach (var record in _producers.SelectMany(producer => producer.Sent).Where(record => record.Partition == partition))
        {
            switch (record.Outcome)
            {
                case SendOutcome.Acknowledged when stored.GetValueOrDefault(record.Offset) != record.Value:
                    throw new InvariantBrokenException(
                        "H1", $"{record.Value} was acknowledged at offset {record.Offset} of {partition}, where {stored.GetValueOrDefault(record.Offset) ?? "nothing"} is");
                case SendOutcome.Refused when values.Contains(record.Value):
                    throw new InvariantBrokenException("H15", $"{record.Value} was refused and is in {partition}");
            }
        }
    }

    private Dictionary<long, string> RecordsOf(TopicPartition partition)
    {
        var client = _cluster.Connect(_cluster.LeaderOf(partition));
        var stored = new Dictionary<long, string>();
        while (true)
        {
            var (error, values) = client.Fetch(partition, stored.Count);
            if (error != ErrorCode.None)
            {
                throw new InvariantBrokenException("L3", $"a consumer of {partition} got {error}");
            }

            if (values.Count == 0)
            {
                return stored;
            }

            foreach (var value in values)
            {
                stored[stored.Count] = value;
            }
        }
    }
}
