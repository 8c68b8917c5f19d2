using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What must hold at every moment of a run, whatever has failed: looked at after each piece of work of any loop. Threading: the test's
/// thread.
/// </summary>
internal sealed class ClusterInvariants(SimulatedCluster cluster, IReadOnlyList<ICommittedLog> logs, LeaderChanges changes)
{
    private readonly Dictionary<(TopicPartition Partition, int Epoch), int> _leaders = [];
    private readonly Dictionary<TopicPartition, LeaderAndIsr> _states = [];
    private readonly LeaderAndIsr?[] _seenStates = new LeaderAndIsr?[logs.Count];
    private readonly IReadOnlyList<int>?[] _seenReplicas = new IReadOnlyList<int>?[logs.Count];
    private readonly Seen[] _seen = new Seen[logs.Count * cluster.Brokers.Count];
    private long _zxid;

    /// <summary>Brokers that had what they may have lost since with their power.</summary>
    public Func<int, bool> MayLack { get; set; } = _ => false;

    /// <summary>
    /// A record was acknowledged to acks=all: as many replicas as the topic asks for have it, in their memory or on the disk of a machine
    /// that is down, or had it before their power was cut (W13). With <c>durability=fsync</c> they have synced it.
    /// </summary>
    public void CheckAcknowledged(TopicPartition partition, long offset, int minIsr, bool isDurable)
    {
        var holders = ReplicasOf(partition)
            .Where(id => isDurable ? cluster.Broker(id).HoldsSynced(partition, offset) : cluster.Broker(id).Holds(partition, offset) || MayLack(id))
            .ToList();
        if (holders.Count < minIsr)
        {
            throw new InvariantBrokenException(
                "W13", $"offset {offset} of {partition} was acknowledged, and only [{string.Join(", ", holders)}] of its replicas have {(isDurable ? "synced " : "")}it");
        }
    }

    /// <summary>What judges who writes into ZooKeeper; null where that is not judged.</summary>
    public ControllerWrites? Writes { get; set; }

    /// <summary>Looks after each piece of work of any loop from now on.</summary>
    public void Watch() => cluster.Time.Ran = loop => CheckAfter(loop.Owner as SimulatedBroker);

    /// <summary>
    /// Looks at what may have changed: replicas of the broker that did something, of all where it was none of them, and ZooKeeper.
    /// </summary>
    private void CheckAfter(SimulatedBroker? actor)
    {
        var hasTreeChanged = _zxid != cluster.ZooKeeper.LastZxid;
        _zxid = cluster.ZooKeeper.LastZxid;
        if (hasTreeChanged)
        {
            Writes?.RequireLegal();
        }

        for (var number = 0; number < logs.Count; number++)
        {
            var log = logs[number];
            if (hasTreeChanged)
            {
                CheckState(number, log);
            }

            if ((hasTreeChanged && HasStateChanged(number, log.Partition)) | HasChanged(number, log.Partition, actor))
            {
                foreach (var broker in cluster.Running)
                {
                    Check(broker, log);
                }
            }
        }
    }

    private bool HasStateChanged(int number, TopicPartition topicPartition)
    {
        var state = cluster.State(topicPartition);
        var changed = !ReferenceEquals(_seenStates[number], state);
        _seenStates[number] = state;
        return changed;
    }

    /// <summary>Has anything that is judged changed since the last look, on a broker's replica, or on any?</summary>
    private bool HasChanged(int number, TopicPartition topicPartition, SimulatedBroker? actor)
    {
        if (actor is not null)
        {
            return HasChangedOn(number, topicPartition, actor);
        }

        var changed = false;
        foreach (var broker in cluster.Brokers)
        {
            changed |= HasChangedOn(number, topicPartition, broker);
        }

        return changed;
    }

    private bool HasChangedOn(int number, TopicPartition topicPartition, SimulatedBroker broker)
    {
        var seen = See(broker, topicPartition);
        ref var before = ref _seen[(number * cluster.Brokers.Count) + broker.Id];
        var changed = seen != before;
        before = seen;
        return changed;
    }

    private static Seen See(SimulatedBroker broker, TopicPartition topicPartition) =>
        broker.IsRunning && broker.Server.Replicas.TryGetOnline(topicPartition, out var partition) && partition.Log is { } log
            ? new(log, partition.Isr, partition.LeaderEpoch, partition.IsLeader, log.LogStartOffset, log.HighWatermark, log.LogEndOffset)
            : default;

    private IReadOnlyList<int> ReplicasOf(TopicPartition partition) =>
        cluster.Assignment(partition.Topic).Partitions[partition.Partition].Replicas;

    private void CheckState(int number, ICommittedLog log)
    {
        var partition = log.Partition;
        var state = cluster.State(partition);
        IReadOnlyList<int> replicas = state.Isr.Count == 0 ? [] : ReplicasOf(partition);
        if (_states.TryGetValue(partition, out var known) && ReferenceEquals(known, state) && ReferenceEquals(_seenReplicas[number], replicas))
        {
            return;
        }

        if (_states.TryGetValue(partition, out var before))
        {
            if (state.LeaderEpoch < before.LeaderEpoch || state.PartitionEpoch < before.PartitionEpoch)
            {
                throw new InvariantBrokenException("W4", $"the state of {partition} went back from {before} to {state}");
            }

            if (state.LeaderEpoch == before.LeaderEpoch && state.Leader != before.Leader)
            {
                throw new InvariantBrokenException("W4", $"the leader of {partition} changed within an epoch, from {before} to {state}");
            }
        }

        if (state.HasLeader && !state.Isr.Contains(state.Leader))
        {
            throw new InvariantBrokenException("W1", $"the leader of {partition} is not in its ISR: {state}");
        }

        // A plan that drops replicas is stored before they are stopped, as Kafka does it: in between the ISR is of the plan before.
        if (state.Isr.Except(replicas).Any() && IsWrittenSinceAssignment(partition))
        {
            throw new InvariantBrokenException(
                "W5", $"the ISR of {partition} has brokers that are no replicas of it: {state} of [{string.Join(',', replicas)}]");
        }

        changes.Note(partition, state.LeaderEpoch, log.End);
        _states[partition] = state;
        _seenReplicas[number] = replicas;
    }

    private bool IsWrittenSinceAssignment(TopicPartition partition) =>
        cluster.ZooKeeper.Stat(PartitionStateZnode.Path(partition)) is { } state
        && cluster.ZooKeeper.Stat(TopicZnode.Path(partition.Topic)) is { } assignment
        && state.Mzxid > assignment.Mzxid;

    private void Check(SimulatedBroker broker, ICommittedLog committed)
    {
        var topicPartition = committed.Partition;
        if (!broker.Server.Replicas.TryGetOnline(topicPartition, out var partition) || partition.Log is not { } log)
        {
            return;
        }

        if (!log.Directory.IsOnline)
        {
            // It has just failed, and its partitions hear of it next.
            return;
        }

        if (partition.IsLeader)
        {
            if (!_leaders.TryAdd((topicPartition, partition.LeaderEpoch), broker.Id))
            {
                if (_leaders[(topicPartition, partition.LeaderEpoch)] is var other && other != broker.Id)
                {
                    throw new InvariantBrokenException("W4", $"brokers {other} and {broker.Id} lead {topicPartition} in epoch {partition.LeaderEpoch}");
                }
            }
            else if (log.LogEndOffset < committed.End && cluster.State(topicPartition).LeaderEpoch == partition.LeaderEpoch)
            {
                // One that stood still and hears late that it leads need not have what its successor has committed meanwhile.
                throw new InvariantBrokenException(
                    "W3", $"broker {broker.Id} leads {topicPartition} with {log.LogEndOffset} of {committed.End} committed records");
            }
        }

        if (partition.IsLeader)
        {
            var state = cluster.State(topicPartition);
            var isKnown = state.Leader == broker.Id && state.LeaderEpoch == partition.LeaderEpoch;
            CheckIsr(broker, partition, log.HighWatermark, isKnown ? state.Isr : partition.Isr, isKnown ? "W5" : "W2");
            if (isKnown)
            {
                CheckIsr(broker, partition, committed.End, state.Isr, "W3");
            }
        }

        if (log.HighWatermark > log.LogEndOffset || log.LogStartOffset > log.HighWatermark)
        {
            throw new InvariantBrokenException(
                "W5", $"{topicPartition} on broker {broker.Id}: {log.LogStartOffset}, {log.HighWatermark}, {log.LogEndOffset}");
        }

        var epochs = log.EpochEntries;
        for (var i = 1; i < epochs.Count; i++)
        {
            if (epochs[i].Epoch <= epochs[i - 1].Epoch || epochs[i].StartOffset <= epochs[i - 1].StartOffset)
            {
                throw new InvariantBrokenException("W7", $"epochs of {topicPartition} on broker {broker.Id} are out of order");
            }
        }

        committed.Look(broker, log);
    }

    /// <summary>
    /// All replicas in sync that have heard of the leader have everything below its high watermark: those ZooKeeper has where the leader is
    /// the one it has, too; else those a leader takes for in sync that does not know yet that it was deposed (W2).
    /// </summary>
    private void CheckIsr(SimulatedBroker leader, Partition leading, long highWatermark, IReadOnlyList<int> isr, string invariant)
    {
        foreach (var id in isr)
        {
            if (id != leader.Id
                && cluster.Broker(id) is { IsRunning: true } member
                && member.Server.Replicas.TryGetOnline(leading.TopicPartition, out var following)
                && following.LeaderEpoch == leading.LeaderEpoch
                && following.Log is { } log
                && log.LogEndOffset < highWatermark)
            {
                throw new InvariantBrokenException(
                    invariant,
                    $"broker {id} is in the ISR of {leading.TopicPartition} with {log.LogEndOffset} records, and the high watermark is or was {highWatermark}");
            }
        }
    }

    /// <summary>What is judged of one replica.</summary>
    private readonly record struct Seen(
        PartitionLog? Log, IReadOnlyList<int>? Isr, int LeaderEpoch, bool IsLeader, long Start, long HighWatermark, long End);
}
