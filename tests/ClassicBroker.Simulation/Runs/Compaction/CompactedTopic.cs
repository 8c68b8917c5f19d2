using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Compaction;

/// <summary>
/// The compacted topic of a run and its producers. In the end all replicas hold what the oracle asks for (H17), cleaners have done their work
/// (L7), and every replica knows each idempotent producer's last sequence, cleaned away or not (W10). Threading: the run's thread.
/// </summary>
internal sealed class CompactedTopic : ISimulatedLoad
{
    private const int Replicas = 3;

    private static readonly TopicPartition Partition = new("c", 0);
    private static readonly TimeSpan CleanTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CatchUpTime = TimeSpan.FromSeconds(30);

    private readonly SimulatedCluster _cluster;
    private readonly CompactionWorkload _workload;
    private readonly CompactedLog _oracle;
    private readonly List<KeyedProducer> _producers = [];

    public CompactedTopic(SimulatedCluster cluster, Scenario scenario, CompactionWorkload workload)
    {
        (_cluster, _workload) = (cluster, workload);
        _oracle = new(cluster, Partition)
        {
            TombstoneTime = TombstoneTime(scenario, workload.DeleteRetentionMs),
            MayMissTombstones = scenario.FaultKinds.Count > 0,
            HasUniqueValues = true,
        };
        cluster.Connect(cluster.Controller.Id).CreateTopic(
            Partition.Topic,
            1,
            Replicas,
            ("cleanup.policy", "compact"),
            ("min.cleanable.dirty.ratio", "0.01"),
            ("file.delete.delay.ms", "1000"),
            ("segment.bytes", $"{workload.SegmentBytes}"),
            ("min.insync.replicas", $"{scenario.MinIsr}"));
        cluster.Until(() => cluster.Brokers.Count(broker => broker.LogOf(Partition) is not null) == Replicas, "the replicas of the compacted topic");
        for (var number = 0; number < workload.Producers; number++)
        {
            _producers.Add(new KeyedProducer(cluster, _oracle, workload, number, Partition));
        }
    }

    public IReadOnlyList<ICommittedLog> Logs => [_oracle];

    public IEnumerable<Task> Clients => _producers.Select(producer => producer.Completion);

    /// <summary>What brokers need in their configuration for it.</summary>
    public static IReadOnlyList<string> Properties(CompactionWorkload workload) =>
    [
        $"log.cleaner.backoff.ms={workload.BackoffMs}",
        $"log.cleaner.delete.retention.ms={workload.DeleteRetentionMs}",
        "offsets.topic.segment.bytes=3000",
    ];

    /// <summary>What the oracle may ask of tombstones: nothing where a broker's clock jumps.</summary>
    public static TimeSpan? TombstoneTime(Scenario scenario, long deleteRetentionMs) =>
        scenario.FaultKinds.Contains(FaultKind.ClockJump) ? null : TimeSpan.FromMilliseconds(deleteRetentionMs);

    public void Start() => _producers.ForEach(producer => producer.Start());

    public void Check()
    {
    }

    public void Settle() => _producers.ForEach(producer => producer.Stop());

    public void Finish(Action<TimeSpan, string, string, Func<bool>> await)
    {
        await(CatchUpTime, "L3", "producers do not get their records acknowledged", () => Clients.All(client => client.IsCompleted));
        await(CatchUpTime, "L2", "the replicas of the compacted topic are not in sync", IsWhole);
        await(CleanTime, "L7", "a cleaner has left what it should have taken out", IsClean);
        _oracle.CheckAcknowledged();
        foreach (var broker in Holders)
        {
            _oracle.CheckSurvivors(broker, broker.LogOf(Partition)!);
            CheckProducers(broker);
        }
    }

    /// <summary>
    /// Those that have a replica. One whose log directory had failed when a reassignment took its replica away keeps the files, as in Kafka.
    /// </summary>
    private IEnumerable<SimulatedBroker> Holders => _cluster.Assignment(Partition.Topic).Partitions[Partition.Partition].Replicas
        .Select(_cluster.Broker)
        .Where(broker => broker.LogOf(Partition) is not null);

    private bool IsWhole() => _cluster.State(Partition) is { HasLeader: true, Isr.Count: Replicas }
        && Holders.ToList() is { Count: Replicas } holders
        && holders.TrueForAll(broker => broker.LogOf(Partition) is { } log
            && log.HighWatermark == log.LogEndOffset && log.LogEndOffset == holders[0].LogOf(Partition)!.LogEndOffset);

    /// <summary>The active segment and what was closed a moment ago are not asked for.</summary>
    private bool IsClean() => Holders.All(broker => CompactedLog.Superseded(broker.LogOf(Partition)!, _workload.SegmentBytes) == 0);

    private void CheckProducers(SimulatedBroker broker)
    {
        var known = broker.LogOf(Partition)!.DescribeProducers().ToDictionary(producer => producer.ProducerId, producer => producer.LastSequence);
        foreach (var producer in _producers)
        {
            if (producer.LastSequence >= 0 && (!known.TryGetValue(producer.ProducerId, out var sequence) || sequence != producer.LastSequence))
            {
                throw new InvariantBrokenException(
                    "W10",
                    $"broker {broker.Id} does not know that producer {producer.ProducerId} has sent {producer.LastSequence} to {Partition}, "
                    + $"but {(known.TryGetValue(producer.ProducerId, out sequence) ? sequence : "nothing")}");
            }
        }
    }
}
