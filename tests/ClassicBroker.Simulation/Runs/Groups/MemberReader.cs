using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>Reads records for a member of a group from whom it believes to lead. Owned by the member. Threading: the client loop.</summary>
internal sealed class MemberReader(SimulatedCluster cluster, int number) : IDisposable
{
    private readonly SimulatedClients _clients = new(cluster, $"member-{number}");

    /// <summary>The offset behind what there is to read from an offset on; null where no answer came.</summary>
    /// <exception cref="InvariantBrokenException">Records are missing (H5), or the log ends before it (H6).</exception>
    public async Task<long?> ReadAsync(TopicPartition partition, long position)
    {
        var state = cluster.State(partition);
        if (!state.HasLeader)
        {
            return null;
        }

        var answer = await _clients.FetchAsync(partition, state.Leader, state.LeaderEpoch, position, maxWaitMs: 20);
        return answer?.ErrorCode switch
        {
            ErrorCode.None => EndOf(partition, position, answer.Records.Memory.Span),
            ErrorCode.OffsetOutOfRange => throw new InvariantBrokenException(
                "H6", $"a group has read {partition} up to {position}, and the leader in epoch {state.LeaderEpoch} does not reach so far"),
            _ => null,
        };
    }

    public void Dispose() => _clients.Dispose();

    private static long EndOf(TopicPartition partition, long position, ReadOnlySpan<byte> records)
    {
        foreach (var batch in new BatchIterator(records))
        {
            if (batch.BaseOffset > position)
            {
                throw new InvariantBrokenException("H5", $"a group wanted {position} of {partition} and got {batch.BaseOffset}");
            }

            position = Math.Max(position, batch.LastOffset + 1);
        }

        return position;
    }
}
