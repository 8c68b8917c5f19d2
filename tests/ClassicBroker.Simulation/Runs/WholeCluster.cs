using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What a cluster must come back to once everything is mended: full ISRs (L2), no reassignment left (L6), replicas alike, and the
/// controller and every broker believing what ZooKeeper holds (W9). Threading: the run's thread.
/// </summary>
internal sealed class WholeCluster(SimulatedCluster cluster, IReadOnlyList<TopicPartition> partitions)
{
    /// <summary>What every topic of a run has, and every reassignment asks for.</summary>
    public const int ReplicasOfEach = 3;

    /// <summary>In which clients of a mended cluster are served (L3).</summary>
    public static readonly TimeSpan ServeTime = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks at whether a mended cluster has come to what is waited for.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Has every partition the replicas it was last asked to have, and no others?</summary>
    public bool IsReassigned => partitions.All(partition =>
        cluster.Assignment(partition.Topic).Partitions[partition.Partition]
            is { AddingReplicas.Count: 0, RemovingReplicas.Count: 0, Replicas.Count: ReplicasOfEach });

    /// <summary>Do all brokers serve, with every replica they are to have in sync, and know it of each other?</summary>
    public bool IsInSync =>
        cluster.Brokers.All(broker => broker is { IsRunning: true, IsStopping: false } && broker.Server.Replicas.Logs.FutureLogs.Count == 0)
        && partitions.All(IsInSyncAt)
        && IsKnown();

    /// <summary>Are they also alike? With load that goes on they need not be at any moment.</summary>
    public bool IsWhole => IsInSync && partitions.All(AreAlike);

    public bool IsControllersMemoryTrue => Memory.Difference() is null;

    private ControllerMemory Memory => new(cluster);

    public override string ToString() => $"{Memory.Difference() ?? "the controller knows all that"}; " + string.Join(
        "; ",
        partitions.Select(partition =>
            $"{partition} {cluster.State(partition)} of {Assigned(partition)} "
            + string.Join(' ', cluster.Brokers.Select(broker => broker.LogOf(partition) is { } log
                ? $"{broker.Id}:{log.LogStartOffset}/{log.HighWatermark}/{log.LogEndOffset}" : $"{broker.Id}:{(broker.IsRunning ? "none" : "down")}"))));

    private bool IsInSyncAt(TopicPartition partition) =>
        cluster.Assignment(partition.Topic).Partitions[partition.Partition] is { AddingReplicas.Count: 0, RemovingReplicas.Count: 0 } assigned
        && cluster.State(partition) is { HasLeader: true } state
        && state.Isr.Order().SequenceEqual(assigned.Replicas.Order());

    private bool AreAlike(TopicPartition partition)
    {
        var replicas = cluster.Assignment(partition.Topic).Partitions[partition.Partition].Replicas;
        var logs = replicas.Select(id => cluster.Broker(id).LogOf(partition)).ToList();
        return logs.TrueForAll(log => log is not null && log.LogEndOffset == logs[0]!.LogEndOffset && log.HighWatermark == log.LogEndOffset);
    }

    private bool IsKnown() => cluster.Brokers.All(broker => partitions.All(partition =>
        broker.Server.Metadata.Current.Partition(partition) is { } image
        && cluster.State(partition) is var state
        && image.Leader == state.Leader
        && image.LeaderEpoch == state.LeaderEpoch
        && image.Isr.Order().SequenceEqual(state.Isr.Order())));

    private string Assigned(TopicPartition partition) =>
        cluster.Assignment(partition.Topic).Partitions[partition.Partition] is var assigned
            ? $"[{string.Join(',', assigned.Replicas)}]+[{string.Join(',', assigned.AddingReplicas)}]-[{string.Join(',', assigned.RemovingReplicas)}]"
            : "";
}
