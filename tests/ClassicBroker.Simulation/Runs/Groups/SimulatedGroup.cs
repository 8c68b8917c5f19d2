using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs.Groups;

/// <summary>
/// The consumer group of a run: its members, what they must be told at all times (H5, H6, H13, H14), and what they must come to once all is
/// mended: stable within twice the rebalance timeout (L4), also past a member that does not rejoin, and everything read and committed (L3).
/// Threading: the run's thread.
/// </summary>
internal sealed class SimulatedGroup : ISimulatedLoad
{
    public static readonly TopicPartition OffsetsPartition = new("__consumer_offsets", 0);

    private const int Replicas = 3;

    private readonly SimulatedCluster _cluster;
    private readonly GroupWorkload _workload;
    private readonly IReadOnlyList<TopicPartition> _partitions;
    private readonly GroupHistory _history;
    private readonly List<SimulatedMember> _members = [];

    /// <param name="cluster">The cluster.</param>
    /// <param name="workload">What the seed made of the group.</param>
    /// <param name="partitions">What its members share.</param>
    /// <param name="offsets">What is committed in the partition that holds its offsets.</param>
    public SimulatedGroup(
        SimulatedCluster cluster, GroupWorkload workload, IReadOnlyList<TopicPartition> partitions, ICommittedLog offsets)
    {
        (_cluster, _workload, _partitions, Logs) = (cluster, workload, partitions, [offsets]);
        _history = new(mayDissolve: workload.RetentionCheckMs < GroupWorkload.UsualRetentionCheckMs);
        using var calls = new GroupCalls(cluster, workload, 0);
        cluster.Await(cluster.ClientLoop.InvokeAsync(() => FindAsync(calls)), "the group's coordinator");
        cluster.Until(
            () => cluster.Brokers.Count(broker => broker.LogOf(OffsetsPartition) is not null) == Replicas, "the replicas of the offsets topic");
    }

    /// <summary>What brokers need in their configuration for it.</summary>
    public static IReadOnlyList<string> Properties(GroupWorkload workload, int minIsr) =>
    [
        $"min.insync.replicas={minIsr}",
        $"offsets.topic.replication.factor={Replicas}",
        "offsets.commit.timeout.ms=2000",
        "group.min.session.timeout.ms=100",
        $"group.initial.rebalance.delay.ms={workload.InitialDelayMs}",
        $"offsets.retention.check.interval.ms={workload.RetentionCheckMs}",
    ];

    public IReadOnlyList<ICommittedLog> Logs { get; }

    public IEnumerable<Task> Clients => _members.Select(member => member.Completion);

    private TimeSpan StableTime => TimeSpan.FromMilliseconds((2 * _workload.RebalanceTimeoutMs) + (2 * _workload.SessionTimeoutMs));

    public void Start()
    {
        for (var number = 0; number < _workload.Members; number++)
        {
            StartMember();
        }
    }

    public void Check()
    {
    }

    public void Settle() => _members.ForEach(member => member.Settle());

    public void Finish(Action<TimeSpan, string, string, Func<bool>> await)
    {
        await(
            WholeCluster.ServeTime,
            "L3",
            "members do not find their coordinator",
            () => _members.TrueForAll(member => member.Generation >= 0));
        await(StableTime, "L4", "the group is not stable", () => IsStable(_members));
        await(WholeCluster.ServeTime, "L3", "the group has not committed all there is", () => IsStable(_members) && IsAllCommitted());

        // One that lives and does not rejoin holds the others up for the rebalance timeout, and no longer; a static one stays as long as it lives.
        var deaf = _members[0];
        if (_workload.IsStatic)
        {
            deaf.Stop();
        }
        else
        {
            deaf.IgnoreRebalances(StableTime * 4);
        }

        var newcomer = StartMember();
        newcomer.Settle();
        var others = _members.FindAll(member => member != deaf);
        await(StableTime, "L4", "the group is not stable without one that does not rejoin", () => IsStable(others));
        _members.ForEach(member => member.Stop());
        await(WholeCluster.ServeTime, "L3", "members do not end", () => Clients.All(client => client.IsCompleted));
    }

    private static async Task FindAsync(GroupCalls calls)
    {
        while (calls.Coordinator is null)
        {
            await calls.FindAsync();
        }
    }

    private SimulatedMember StartMember()
    {
        var member = new SimulatedMember(_cluster, _history, _workload, _members.Count, _partitions);
        _members.Add(member);
        member.Start();
        return member;
    }

    /// <summary>Has every partition one member, and are they of one generation?</summary>
    private bool IsStable(List<SimulatedMember> members) =>
        members.TrueForAll(member => member.Settled is not null && member.Generation == members[0].Generation)
        && members.SelectMany(member => member.Settled!).Order().SequenceEqual(_partitions);

    private bool IsAllCommitted() => _partitions.All(partition =>
        _cluster.LeaderOf(partition) is >= 0 and var leader
        && _cluster.Broker(leader).LogOf(partition) is { } log
        && _members.Exists(member => member.Settled is not null && member.Committed(partition) >= log.HighWatermark));
}
