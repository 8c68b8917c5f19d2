using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// Reads one partition from its leader, in the way of a consumer: control records it passes over, and in committed isolation the batches of
/// producers that the answer names as aborted, up to their marker. Threading: the client loop.
/// </summary>
internal sealed class TransactionalReader(SimulatedCluster cluster, SimulatedClients ways, TopicPartition partition, bool isCommitted)
{
    private const int ReadsBetweenEnds = 4;

    private int _reads;
    private long _stable;

    /// <summary>The offset it reads next.</summary>
    public long Position { get; set; }

    public TopicPartition Partition => partition;

    /// <summary>The records from the position on, as far as one fetch goes; the position moves behind them.</summary>
    /// <param name="recordsMax">Records to return at most; the position stays before the next one.</param>
    public async Task<IReadOnlyList<(long Offset, string Value)>> ReadAsync(int recordsMax = int.MaxValue)
    {
        var state = cluster.State(partition);
        if (!state.HasLeader)
        {
            return [];
        }

        if (isCommitted && _reads++ % ReadsBetweenEnds == 0)
        {
            await AskForStableEndAsync(state.Leader, state.LeaderEpoch);
        }

        var answer = await ways.FetchAsync(partition, state.Leader, state.LeaderEpoch, Position, maxWaitMs: 50, isCommitted);
        return answer?.ErrorCode switch
        {
            ErrorCode.None => Take(answer, recordsMax),
            ErrorCode.OffsetOutOfRange =>
                throw new InvariantBrokenException("H6", $"{Position} of {partition} was read up to, and the log does not reach so far"),
            _ => [],
        };
    }

    /// <summary>What is stable stays so, whichever broker leads (H6).</summary>
    private async Task AskForStableEndAsync(int leader, int leaderEpoch)
    {
        if (await ways.ListOffsetAsync(partition, leader, leaderEpoch, SimulatedClients.LatestTimestamp, isCommitted: true)
            is { ErrorCode: ErrorCode.None } told)
        {
            if (told.Offset < _stable)
            {
                throw new InvariantBrokenException("H6", $"the last stable offset of {partition} went back from {_stable} to {told.Offset}");
            }

            _stable = told.Offset;
        }
    }

    private List<(long Offset, string Value)> Take(FetchResponse.PartitionData answer, int recordsMax)
    {
        var taken = new List<(long Offset, string Value)>();
        var aborted = new Queue<FetchResponse.AbortedTransaction>((answer.AbortedTransactions ?? []).OrderBy(transaction => transaction.FirstOffset));
        var skipped = new HashSet<long>();
        var bytes = answer.Records.Memory.Span;
        foreach (var batch in new BatchIterator(bytes))
        {
            while (aborted.TryPeek(out var next) && next.FirstOffset <= batch.LastOffset)
            {
                skipped.Add(aborted.Dequeue().ProducerId);
            }

            var batchBytes = bytes.Slice((int)batch.Position, batch.SizeInBytes);
            if (batch.IsControl)
            {
                if (IsAbort(batchBytes))
                {
                    skipped.Remove(batch.ProducerId);
                }
            }
            else if (!(isCommitted && batch.IsTransactional && skipped.Contains(batch.ProducerId)) && !Take(taken, batchBytes, recordsMax))
            {
                return taken;
            }

            Position = Math.Max(Position, batch.NextOffset);
        }

        return taken;
    }

    /// <summary>False where there is no room for all of a batch; the position is at the first record that is not taken.</summary>
    private bool Take(List<(long Offset, string Value)> taken, ReadOnlySpan<byte> batch, int recordsMax)
    {
        using var reader = RecordReader.Open(batch);
        while (reader.MoveNext())
        {
            var record = reader.Current;
            if (record.Offset < Position)
            {
                continue;
            }

            if (taken.Count == recordsMax)
            {
                return false;
            }

            taken.Add((record.Offset, Encoding.UTF8.GetString(record.Value.Span)));
            Position = record.Offset + 1;
        }

        return true;
    }

    private static bool IsAbort(ReadOnlySpan<byte> batch)
    {
        using var reader = RecordReader.Open(batch);
        return reader.MoveNext() && ControlRecord.ParseType(reader.Current.Key) == ControlRecordType.Abort;
    }
}
