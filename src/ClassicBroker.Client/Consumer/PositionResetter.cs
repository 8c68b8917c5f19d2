using ClassicBroker.Client.Cluster;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Consumer;

/// <summary>
/// Finds positions for partitions that have none, by what the application asked for or by <c>auto.offset.reset</c>. Threading: belongs to
/// the client's loop.
/// </summary>
internal sealed class PositionResetter(
    ConsumerConfig config, ClusterClient cluster, Assignment assignment, FetchBuffer buffer, Action wake, ILogger logger)
{
    private readonly OffsetLookup _lookup = new(cluster, config.IsolationLevel);
    private readonly BackgroundWork _resets = new("position-reset", cluster.Loop);

    /// <summary>Looks up what has no position and is not being looked up already.</summary>
    public void Run()
    {
        var wanted = new SortedDictionary<TopicPartition, long>();
        var generations = new Dictionary<TopicPartition, (AssignedPartition State, int Generation)>();
        lock (assignment.Gate)
        {
            foreach (var state in assignment.All)
            {
                if (state.Position is not null || state.IsResetting || state.AwaitsCommitted)
                {
                    continue;
                }

                if (state.ResetTo is null && !TryRequestDefault(state))
                {
                    continue;
                }

                state.IsResetting = true;
                wanted.Add(state.Partition, state.ResetTo!.Value);
                generations.Add(state.Partition, (state, state.Generation));
            }
        }

        if (wanted.Count > 0)
        {
            _resets.Run(() => ResetAsync(wanted, generations));
        }
    }

    /// <summary>The broker does not have the position. Under the assignment's lock.</summary>
    public void OutOfRange(AssignedPartition state, long offset)
    {
        if (config.AutoOffsetReset == AutoOffsetReset.None)
        {
            buffer.Fail(new OffsetOutOfRangeException(state.Partition, offset));
            state.RetryAtMs = long.MaxValue;
            return;
        }

        TryRequestDefault(state);
    }

    private bool TryRequestDefault(AssignedPartition state)
    {
        switch (config.AutoOffsetReset)
        {
            case AutoOffsetReset.Earliest:
                state.RequestReset(OffsetLookup.Earliest);
                return true;
            case AutoOffsetReset.Latest:
                state.RequestReset(OffsetLookup.Latest);
                return true;
            default:
                buffer.Fail(new NoOffsetForPartitionException(state.Partition));
                return false;
        }
    }

    private async Task ResetAsync(
        SortedDictionary<TopicPartition, long> wanted, Dictionary<TopicPartition, (AssignedPartition State, int Generation)> generations)
    {
        try
        {
            var found = await _lookup.FindAsync(wanted, config.DefaultApiTimeout);
            lock (assignment.Gate)
            {
                foreach (var (partition, offset) in found)
                {
                    var (state, generation) = generations[partition];
                    if (state.Generation == generation)
                    {
                        state.Seek(Math.Max(offset.Offset, 0), offset.LeaderEpoch);
                    }
                }
            }
        }
        catch (KafkaException failure) when (failure.IsRetriable)
        {
            // The partitions still want a position: the next run looks for it again, as long as that takes.
            logger.LogWarning("Positions are looked up again: {Cause}", failure.Message);
        }
        catch (KafkaException failure)
        {
            buffer.Fail(failure);
        }
        finally
        {
            lock (assignment.Gate)
            {
                foreach (var (state, _) in generations.Values)
                {
                    state.IsResetting = false;
                }
            }

            buffer.Wake();
            wake();
        }
    }
}
