using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs.Transactions;

/// <summary>
/// What must hold inside the brokers: what is stable is committed, and a transaction that is open in a partition is one its coordinator has
/// there (W11); once all is mended, no decided transaction stays unfinished (W12) and no open one holds readers back for longer than its
/// timeout and ten seconds (L5); what a log knows of its producers is what its records say (W10). Threading: the run's thread.
/// </summary>
/// <param name="cluster">The brokers.</param>
/// <param name="partitions">Where transactions write, the coordinators' partitions among them.</param>
/// <param name="ids">All transactional ids.</param>
/// <param name="timeoutMs">Their timeout.</param>
internal sealed class TransactionInvariants(
    SimulatedCluster cluster, IReadOnlyList<TopicPartition> partitions, string[] ids, int timeoutMs)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<TopicPartition, (long FirstUnstable, DateTimeOffset Since)> _unstable = [];
    private readonly Dictionary<string, (string State, DateTimeOffset Since)> _prepared = new(StringComparer.Ordinal);
    private bool _isHealed;

    public void NoteHealed()
    {
        _isHealed = true;
        _unstable.Clear();
        _prepared.Clear();
    }

    public void Check()
    {
        foreach (var partition in partitions)
        {
            foreach (var broker in cluster.Running)
            {
                if (broker.LogOf(partition) is { } log && log.LastStableOffset > log.HighWatermark)
                {
                    throw new InvariantBrokenException(
                        "W11", $"{log.LastStableOffset} of {partition} on broker {broker.Id} is stable, and {log.HighWatermark} the high watermark");
                }
            }

            if (LedLog(partition) is { FirstUnstableOffset: { } firstUnstable } led)
            {
                CheckOpen(partition, led);
                CheckAge(partition, firstUnstable);
            }
            else
            {
                _unstable.Remove(partition);
            }
        }

        if (_isHealed)
        {
            CheckDecided();
        }
    }

    /// <summary>What each log knows of its producers, compared with what its records say (W10).</summary>
    public void CheckProducerStates()
    {
        foreach (var partition in partitions)
        {
            foreach (var broker in cluster.Running)
            {
                if (broker.LogOf(partition) is not { LogStartOffset: 0 } log)
                {
                    continue;
                }

                var expected = ProducersIn(log).OrderBy(producer => producer.ProducerId).ToList();
                var known = log.DescribeProducers().Select(Known).Select(producer => producer.AsFarAs(expected)).ToList();
                if (!known.SequenceEqual(expected))
                {
                    throw new InvariantBrokenException(
                        "W10",
                        $"{partition} on broker {broker.Id} knows {string.Join(", ", known.Except(expected))}, "
                        + $"and its records say {string.Join(", ", expected.Except(known))}");
                }
            }
        }
    }

    public override string ToString() =>
        string.Join("; ", ids.Select(id => $"{id} is {Describe(id)?.TransactionState ?? "not known now"}"));

    /// <summary>The log of the leader, where that knows that it is the one.</summary>
    private PartitionLog? LedLog(TopicPartition topicPartition)
    {
        var state = cluster.State(topicPartition);
        return state.HasLeader
            && cluster.Broker(state.Leader) is { IsRunning: true } broker
            && broker.Server.Replicas.TryGetOnline(topicPartition, out var partition)
            && partition.IsLeader
            && partition.LeaderEpoch == state.LeaderEpoch
            ? partition.Log : null;
    }

    private void CheckOpen(TopicPartition partition, PartitionLog log)
    {
        foreach (var producer in log.DescribeProducers())
        {
            if (producer.CurrentTxnStartOffset < 0 || IsKnown(partition, producer.ProducerId) is not { } failure)
            {
                continue;
            }

            throw new InvariantBrokenException(
                "W11", $"producer {producer.ProducerId} has an open transaction in {partition} from {producer.CurrentTxnStartOffset} on, and {failure}");
        }
    }

    /// <summary>Why an open transaction is not one of its coordinator's; null where it is, or that cannot be told now.</summary>
    private string? IsKnown(TopicPartition partition, long producerId)
    {
        foreach (var id in ids)
        {
            if (Describe(id) is not { } described)
            {
                return null;
            }

            if (described.ErrorCode == ErrorCode.None && described.ProducerId == producerId)
            {
                return described.TransactionState is not ("Ongoing" or "PrepareCommit" or "PrepareAbort")
                    ? $"{id} is {described.TransactionState}"
                    : described.Topics.Any(topic => topic.Topic == partition.Topic && topic.Partitions.Contains(partition.Partition))
                        ? null : $"the transaction of {id}, which is {described.TransactionState}, does not have that partition";
            }
        }

        return "no transactional id has that producer id";
    }

    private void CheckAge(TopicPartition partition, long firstUnstable)
    {
        var now = cluster.Time.GetUtcNow();
        if (!_isHealed || !_unstable.TryGetValue(partition, out var known) || known.FirstUnstable != firstUnstable)
        {
            _unstable[partition] = (firstUnstable, now);
        }
        else if (now - known.Since > TimeSpan.FromMilliseconds(timeoutMs) + Patience)
        {
            throw new InvariantBrokenException(
                "L5", $"{partition} is not stable from {firstUnstable} on, {(now - known.Since).TotalSeconds:F1} s after all was mended: {this}");
        }
    }

    private void CheckDecided()
    {
        var now = cluster.Time.GetUtcNow();
        foreach (var id in ids)
        {
            if (Describe(id) is not { } described || described.TransactionState is not ("PrepareCommit" or "PrepareAbort"))
            {
                _prepared.Remove(id);
                continue;
            }

            var state = $"{described.TransactionState} {described.ProducerId} {described.ProducerEpoch} {described.TransactionStartTimeMs}";
            if (!_prepared.TryGetValue(id, out var known) || known.State != state)
            {
                _prepared[id] = (state, now);
            }
            else if (now - known.Since > Patience)
            {
                throw new InvariantBrokenException("W12", $"{id} has been {described.TransactionState} for {Patience.TotalSeconds} s, all being mended");
            }
        }
    }

    /// <summary>
    /// An id at its coordinator, which may not know it; null where there is none now that has loaded it and knows that it is the one.
    /// </summary>
    private DescribeTransactionsResponse.DescribedTransaction? Describe(string id)
    {
        foreach (var broker in cluster.Running)
        {
            var partition = new TopicPartition(TopicName.TransactionState, broker.Server.Transactions.PartitionOf(id));
            if (cluster.LeaderOf(partition) == broker.Id && LedLog(partition) is not null)
            {
                return broker.Server.Transactions.Administration.Describe(id) is
                { ErrorCode: ErrorCode.None or ErrorCode.TransactionalIdNotFound } described ? described : null;
            }
        }

        return null;
    }

    private static KnownProducer Known(ActiveProducer producer) => new(
        producer.ProducerId, producer.ProducerEpoch, producer.LastSequence, producer.CoordinatorEpoch, producer.CurrentTxnStartOffset);

    private static IEnumerable<KnownProducer> ProducersIn(PartitionLog log)
    {
        var producers = new Dictionary<long, KnownProducer>();
        foreach (var bytes in CommittedLog.Reads(log, 0))
        {
            foreach (var batch in new BatchIterator(bytes))
            {
                if (batch.HasProducerId)
                {
                    var before = producers.GetValueOrDefault(batch.ProducerId, KnownProducer.None(batch.ProducerId));
                    producers[batch.ProducerId] = batch.IsControl
                        ? before.Ended(batch.ProducerEpoch, CoordinatorEpochOf(bytes.AsSpan((int)batch.Position, batch.SizeInBytes)))
                        : before.Appended(batch);
                }
            }
        }

        return producers.Values;
    }

    /// <summary>
    /// Of a marker a cleaner leaves no more than its batch, where all it decided is gone and no later batch tells the producer's epoch.
    /// </summary>
    private static int CoordinatorEpochOf(ReadOnlySpan<byte> control)
    {
        using var reader = RecordReader.Open(control);
        return reader.MoveNext() ? EndTransactionMarker.Read(reader.Current).CoordinatorEpoch : KnownProducer.NotTold;
    }

    /// <summary>What records say of a producer.</summary>
    private readonly record struct KnownProducer(long ProducerId, short Epoch, int LastSequence, int CoordinatorEpoch, long TransactionStart)
    {
        /// <summary>The coordinator's epoch went with the marker's record.</summary>
        public const int NotTold = -2;

        public static KnownProducer None(long producerId) =>
            new(producerId, RecordFormat.NoProducerEpoch, RecordFormat.NoSequence, -1, RecordFormat.NoOffset);

        public KnownProducer Ended(short epoch, int coordinatorEpoch) => new(
            ProducerId, epoch, epoch == Epoch ? LastSequence : RecordFormat.NoSequence, coordinatorEpoch, RecordFormat.NoOffset);

        /// <summary>Without what the records do not tell any more.</summary>
        public KnownProducer AsFarAs(IReadOnlyList<KnownProducer> told)
        {
            var id = ProducerId;
            return told.Any(producer => producer.ProducerId == id && producer.CoordinatorEpoch == NotTold)
                ? this with { CoordinatorEpoch = NotTold } : this;
        }

        public KnownProducer Appended(in BatchHeader batch) => new(
            ProducerId,
            batch.ProducerEpoch,
            batch.LastSequence,
            CoordinatorEpoch,
            batch.IsTransactional && TransactionStart < 0 ? batch.BaseOffset : TransactionStart);
    }
}
