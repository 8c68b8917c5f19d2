using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Storage;

namespace ClassicBroker.Simulation.Runs.Retention;

/// <summary>
/// The retention by size of the run's own topic: only whole old segments go, and no more than leaves <c>retention.bytes</c>; on a leader a
/// log never begins earlier than before; once all is mended no more is kept than must be (H18). Threading: the run's thread.
/// </summary>
internal sealed class RetainedTopic(
    SimulatedCluster cluster, ClientHistory history, RetentionWorkload retention, IReadOnlyList<TopicPartition> partitions) : ISimulatedLoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(TopicPartition Partition, int Broker), Seen> _seen = [];

    public IReadOnlyList<ICommittedLog> Logs => [];

    public IEnumerable<Task> Clients => [];

    public static string[] Properties(RetentionWorkload retention) => [$"log.retention.check.interval.ms={retention.CheckMs}"];

    public void Start()
    {
    }

    public void Settle()
    {
    }

    /// <summary>Leaders first: followers let go what their leader has let go.</summary>
    public void Check()
    {
        foreach (var partition in partitions)
        {
            foreach (var broker in cluster.Running.OrderBy(broker => LeadershipView.Of(broker, partition) is null))
            {
                if (broker.LogOf(partition) is { Directory.IsOnline: true } log)
                {
                    Check(broker, partition, log);
                }
            }
        }
    }

    public void Finish(Action<TimeSpan, string, string, Func<bool>> await) =>
        await(Patience, "H18", $"more is kept than {retention.Bytes} bytes ask for", () => partitions.All(partition =>
            ReplicasOf(partition).All(broker =>
                broker.LogOf(partition) is not { } log || log.SizeInBytes - FirstSegment(broker, log).Size < retention.Bytes)));

    /// <summary>One that was down when its replica was moved away keeps it, as Kafka's does, and no leader tells it what is committed.</summary>
    private IEnumerable<SimulatedBroker> ReplicasOf(TopicPartition partition) =>
        cluster.Assignment(partition.Topic).Partitions[partition.Partition].Replicas.Select(cluster.Broker).Where(broker => broker.IsRunning);

    private void Check(SimulatedBroker broker, TopicPartition partition, PartitionLog log)
    {
        var now = new Seen(log, LeadershipView.Of(broker, partition), log.LogStartOffset, log.LogEndOffset);
        var before = _seen.GetValueOrDefault((partition, broker.Id));
        _seen[(partition, broker.Id)] = now;
        if (now.View is not null && before?.View == now.View && before.Log == log && now.Start < before.Start)
        {
            throw new InvariantBrokenException(
                "H18", $"the log of {partition} on broker {broker.Id}, which leads, went back from {before.Start} to {now.Start} as its start");
        }

        var knownStart = history.AskedToDelete.GetValueOrDefault(partition);
        if (now.Start <= knownStart)
        {
            return;
        }

        // What a leader let go just before it died, a follower may have heard of.
        if (cluster.LeaderOf(partition) is >= 0 and var leader && cluster.Broker(leader).IsRunning)
        {
            RequireWholeSegmentsGone(broker, partition, log);
            if (before?.Log == log && before.View == now.View && before.End <= now.End)
            {
                RequireEnoughKept(broker, partition, log);
            }
        }

        history.AskedToDelete[partition] = now.Start;
    }

    /// <summary>A replica is the first to let go of records: it does so for its size.</summary>
    private void RequireWholeSegmentsGone(SimulatedBroker broker, TopicPartition partition, PartitionLog log)
    {
        var first = FirstSegment(broker, log);
        if (first.BaseOffset != log.LogStartOffset)
        {
            throw new InvariantBrokenException(
                "H18", $"the log of {partition} on broker {broker.Id} begins at {log.LogStartOffset}, within the segment of {first.BaseOffset}");
        }
    }

    /// <summary>What a leader had not replicated counts as well, until it is cut off.</summary>
    private void RequireEnoughKept(SimulatedBroker broker, TopicPartition partition, PartitionLog log)
    {
        if (log.SizeInBytes < retention.Bytes)
        {
            throw new InvariantBrokenException(
                "H18",
                $"the log of {partition} on broker {broker.Id} begins at {log.LogStartOffset}, and has {log.SizeInBytes} of the {retention.Bytes} bytes to keep");
        }
    }

    private static (long BaseOffset, long Size) FirstSegment(SimulatedBroker broker, PartitionLog log) => StoredLog.FirstSegment(broker.Files, log.Path);

    /// <summary>What a look at a replica found.</summary>
    private sealed record Seen(PartitionLog Log, LeadershipView? View, long Start, long End);
}
