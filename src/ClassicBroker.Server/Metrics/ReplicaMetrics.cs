using System.Diagnostics.Metrics;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Sessions;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// The replicas of a broker under the names of Kafka's <c>ReplicaManager</c>, <c>Partition</c> and <c>Log</c> beans, and those of its
/// purgatories and fetch sessions. Read when a listener asks. Stateless; the instruments belong to the scope.
/// </summary>
internal static class ReplicaMetrics
{
    /// <summary>How long a transaction may go on beyond the longest timeout before it counts as late, as in Kafka.</summary>
    private const long LateTransactionMs = 5 * 60 * 1000;

    private const string Replicas = "kafka.server:type=ReplicaManager,name=";
    private const string PartitionType = "kafka.cluster:type=Partition,name=";
    private const string LogType = "kafka.log:type=Log,name=";

    public static void Register(MeterScope meters, ReplicaManager replicas, Func<long> transactionTimeoutMsMax)
    {
        Counts(meters, replicas);
        Transactions(meters, replicas, transactionTimeoutMsMax);
        Isr(meters, replicas.IsrMetrics);
        Partitions(meters, replicas);
        Logs(meters, replicas.Logs);
        Purgatories(meters, replicas.Delayed);
    }

    public static void Register(MeterScope meters, FetchSessionCache sessions)
    {
        const string Cache = "kafka.server:type=FetchSessionCache,name=";
        meters.Gauge($"{Cache}NumIncrementalFetchSessions", "Fetch sessions that are kept.", () => sessions.Count);
        meters.Gauge($"{Cache}NumIncrementalFetchPartitionsCached", "Partitions of these sessions.", () => sessions.PartitionCount);
        meters.Counter(
            $"{Cache}IncrementalFetchSessionEvictionsPerSec", "Fetch sessions given up to make room.", () => sessions.Evictions);
    }

    private static void Counts(MeterScope meters, ReplicaManager replicas)
    {
        Gauge("PartitionCount", "Replicas this broker holds, on failed disks too.", () => Count(_ => true) + replicas.OfflineCount);
        Gauge("LeaderCount", "Partitions this broker leads.", () => Count(partition => partition.IsLeader));
        Gauge(
            "UnderReplicatedPartitions",
            "Partitions led here that have replicas out of sync.",
            () => Count(partition => partition.IsUnderReplicated));
        Gauge(
            "UnderMinIsrPartitionCount",
            "Partitions led here with fewer replicas in sync than min.insync.replicas: acks=all is refused.",
            () => Count(partition => partition.IsUnderMinIsr));
        Gauge(
            "AtMinIsrPartitionCount",
            "Partitions led here with just min.insync.replicas in sync.",
            () => Count(partition => partition.IsAtMinIsr));
        Gauge(
            "ReassigningPartitions",
            "Partitions led here whose replicas are being moved.",
            () => Count(partition => partition.IsReassigning));
        Gauge("OfflineReplicaCount", "Replicas whose log directory has failed.", () => replicas.OfflineCount);

        void Gauge(string name, string description, Func<long> observe) => meters.Gauge($"{Replicas}{name}", description, observe);

        long Count(Func<Partition, bool> condition) => replicas.OnlinePartitions.Count(condition);
    }

    private static void Transactions(MeterScope meters, ReplicaManager replicas, Func<long> transactionTimeoutMsMax)
    {
        meters.Gauge(
            $"{Replicas}ProducerIdCount",
            "Producers whose last sequences are remembered, counted once for each replica.",
            () => replicas.OnlinePartitions.Sum(partition => partition.Log?.ProducerCount ?? 0));
        meters.Gauge(
            $"{Replicas}PartitionsWithLateTransactionsCount",
            "Partitions led here with a transaction that has been open for longer than it may.",
            () =>
            {
                var late = replicas.Time.UnixMs() - transactionTimeoutMsMax() - LateTransactionMs;
                return replicas.OnlinePartitions.Count(
                    partition => partition is { IsLeader: true, Log: { } log } && log.HasTransactionFromBefore(late));
            });
    }

    private static void Isr(MeterScope meters, IsrMetrics isr)
    {
        meters.Counter($"{Replicas}IsrExpandsPerSec", "Replicas that came to be in sync.", () => isr.Expansions.Value);
        meters.Counter($"{Replicas}IsrShrinksPerSec", "Replicas that fell out of sync.", () => isr.Shrinkages.Value);
        meters.Counter($"{Replicas}FailedIsrUpdatesPerSec", "Changes of an ISR that were not taken.", () => isr.Failures.Value);
    }

    private static void Partitions(MeterScope meters, ReplicaManager replicas)
    {
        Gauges("UnderReplicated", "1 where replicas are out of sync.", partition => partition.IsUnderReplicated ? 1 : 0);
        Gauges("UnderMinIsr", "1 where fewer replicas are in sync than must be.", partition => partition.IsUnderMinIsr ? 1 : 0);
        Gauges("AtMinIsr", "1 where just as many replicas are in sync as must be.", partition => partition.IsAtMinIsr ? 1 : 0);
        Gauges(
            "InSyncReplicasCount", "Replicas in sync, as their leader knows.", partition => partition.IsLeader ? partition.Isr.Count : 0);
        Gauges("ReplicasCount", "Replicas, as their leader knows.", partition => partition.IsLeader ? partition.Replicas.Count : 0);
        Gauges(
            "LastStableOffsetLag",
            "Records below the high watermark that a transaction keeps from readers of committed ones.",
            partition => partition.Log is { } log ? log.HighWatermark - log.LastStableOffset : 0);

        void Gauges(string name, string description, Func<Partition, long> value) =>
            meters.Gauges(
                $"{PartitionType}{name}",
                description,
                () => replicas.OnlinePartitions
                    .Select(partition => new Measurement<long>(value(partition), PartitionTags.Of(partition.TopicPartition))));
    }

    private static void Logs(MeterScope meters, LogStore logs)
    {
        Gauges("Size", "Bytes of the log's segments.", log => log.SizeInBytes);
        Gauges("NumLogSegments", "Segments of the log.", log => log.SegmentCount);
        Gauges("LogStartOffset", "The first offset of the log.", log => log.LogStartOffset);
        Gauges("LogEndOffset", "The offset behind the last of the log.", log => log.LogEndOffset);

        void Gauges(string name, string description, Func<PartitionLog, long> value) =>
            meters.Gauges(
                $"{LogType}{name}",
                description,
                () => logs.EachLog.Select(log => new Measurement<long>(
                    value(log),
                    log.IsFuture
                        ? [.. PartitionTags.Of(log.Partition), new("is-future", "true")]
                        : PartitionTags.Of(log.Partition))));
    }

    private static void Purgatories(MeterScope meters, DelayedOperations delayed)
    {
        var purgatories = new[] { delayed.Produce, delayed.Fetch, delayed.DeleteRecords }
            .Select(purgatory => (Purgatory: purgatory, Tag: new KeyValuePair<string, object?>("delayedOperation", purgatory.Name)))
            .ToArray();
        meters.Gauges(
            "kafka.server:type=DelayedOperationPurgatory,name=PurgatorySize",
            "Operations watched by the purgatory, once for each of their partitions.",
            () => purgatories.Select(entry => new Measurement<long>(entry.Purgatory.Watched, entry.Tag)));
        meters.Gauges(
            "kafka.server:type=DelayedOperationPurgatory,name=NumDelayedOperations",
            "Operations that wait in the purgatory.",
            () => purgatories.Select(entry => new Measurement<long>(entry.Purgatory.Delayed, entry.Tag)));
    }
}
