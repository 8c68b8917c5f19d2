using System.Text;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Server;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>What a broker takes itself for in one partition: where two are equal, it has led without a break in between. Immutable.</summary>
/// <param name="Process">Its process.</param>
/// <param name="LeaderEpoch">The epoch it leads in.</param>
internal sealed record LeadershipView(KafkaServer Process, int LeaderEpoch)
{
    /// <summary>A broker's view; null where it is down or does not lead.</summary>
    public static LeadershipView? Of(SimulatedBroker broker, TopicPartition topicPartition) =>
        broker.IsRunning && broker.Server.Replicas.TryGetOnline(topicPartition, out var partition) && partition.IsLeader
            ? new(broker.Server, partition.LeaderEpoch) : null;

    /// <summary>
    /// The offset of a record in a broker's log, and the epoch of the leader that appended it; null where it is not there.
    /// </summary>
    /// <param name="broker">Whose log.</param>
    /// <param name="partition">Which one.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="value">The record's value.</param>
    public static (long Offset, int LeaderEpoch)? Find(SimulatedBroker broker, TopicPartition partition, long from, string value)
    {
        if (broker.LogOf(partition) is not { } log || !log.Directory.IsOnline)
        {
            return null;
        }

        foreach (var bytes in CommittedLog.Reads(log, Math.Max(from, log.LogStartOffset)))
        {
            foreach (var batch in new BatchIterator(bytes))
            {
                if (OffsetIn(bytes.AsSpan((int)batch.Position, batch.SizeInBytes), value) is { } offset)
                {
                    return (offset, batch.PartitionLeaderEpoch);
                }
            }
        }

        return null;
    }

    private static long? OffsetIn(ReadOnlySpan<byte> batch, string value)
    {
        using var reader = RecordReader.Open(batch);
        while (reader.MoveNext())
        {
            if (Encoding.UTF8.GetString(reader.Current.Value.Span) == value)
            {
                return reader.Current.Offset;
            }
        }

        return null;
    }
}
