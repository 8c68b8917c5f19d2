using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Tests.Clusters;

namespace ClassicBroker.Simulation.Tests.Runs;

/// <summary>
/// What must hold at every moment of a run, whatever has failed: looked at after each step of the clock. Threading: the test's thread.
/// </summary>
internal sealed class ClusterInvariants(SimulatedCluster cluster, IReadOnlyList<TopicPartition> partitions)
{
    private readonly Dictionary<(TopicPartition Partition, int Epoch), int> _leaders = [];
    private readonly Dictionary<TopicPartition, CommittedLog> _committed = partitions.ToDictionary(partition => partition, partition => new CommittedLog(partition));
    private readonly Dictionary<TopicPartition, LeaderAndIsr> _states = [];

    public CommittedLog Committed(TopicPartition partition) => _committed[partition];

    public void Check()
    {
        foreach (var partition in partitions)
        {
            CheckState(partition);
            foreach (var broker in cluster.Running)
            {
                Check(broker, partition);
            }
        }
    }

    private void CheckState(TopicPartition partition)
    {
        var state = cluster.State(partition);
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

        _states[partition] = state;
    }

    private void Check(SimulatedBroker broker, TopicPartition topicPartition)
    {
        if (!broker.Server.Replicas.TryGetOnline(topicPartition, out var partition) || partition.Log is not { } log)
        {
            return;
        }

        var committed = _committed[topicPartition];
        if (partition.IsLeader)
        {
            if (!_leaders.TryAdd((topicPartition, partition.LeaderEpoch), broker.Id))
            {
                if (_leaders[(topicPartition, partition.LeaderEpoch)] is var other && other != broker.Id)
                {
                    throw new InvariantBrokenException("W4", $"brokers {other} and {broker.Id} lead {topicPartition} in epoch {partition.LeaderEpoch}");
                }
            }
            else if (log.LogEndOffset < committed.End)
            {
                throw new InvariantBrokenException(
                    "W3", $"broker {broker.Id} leads {topicPartition} with {log.LogEndOffset} of {committed.End} committed records");
            }
        }

        if (log.HighWatermark > log.LogEndOffset || log.LogStartOffset > log.HighWatermark)
        {
            throw new InvariantBrokenException(
                "W5", $"{topicPartition} on broker {broker.Id}: {log.LogStartOffset}, {log.HighWatermark}, {log.LogEndOffset}");
        }

        for (var i = 1; i < log.EpochEntries.Count; i++)
        {
            if (log.EpochEntries[i].Epoch <= log.EpochEntries[i - 1].Epoch || log.EpochEntries[i].StartOffset <= log.EpochEntries[i - 1].StartOffset)
            {
                throw new InvariantBrokenException("W7", $"epochs of {topicPartition} on broker {broker.Id} are out of order");
            }
        }

        committed.Look(broker, log);
    }
}
