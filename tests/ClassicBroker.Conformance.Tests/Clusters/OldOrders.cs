using ClassicBroker.Conformance.Tests.Recordings;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Turns the orders of controllers of 2.2 into those of partitions as they are here: a dead broker that they left in an ISR, or as the
/// leader, and the epochs that this is behind, are what <see cref="OldControllers"/> holds against the znodes. Threading: one test.
/// </summary>
internal sealed class OldOrders(SimulatedCluster cluster)
{
    private const int LeaderDuringDelete = -2;

    private Dictionary<string, OldControllers.Pair> _before = new(StringComparer.Ordinal);
    private Dictionary<string, OldControllers.Pair> _after = new(StringComparer.Ordinal);
    private bool _isLast;

    /// <summary>The step in which controllers stop one after the other: what they leave is chance, what they began with is not.</summary>
    public int LastStep { get; init; }

    /// <param name="step">With the states as they are once the controller has settled.</param>
    public void Begin(RecordedStep step)
    {
        _isLast = step.Number == LastStep;
        _before = _after;
        _after = new(StringComparer.Ordinal);
        foreach (var (path, znode) in step.Znodes.Where(znode => znode.Key.EndsWith("/state", StringComparison.Ordinal)))
        {
            if (cluster.ZooKeeper.Stat(path) is { } stat)
            {
                var parts = path.Split('/');
                _after[$"{parts[3]}-{parts[5]}"] = new(
                    PartitionState.Parse(znode.Data!, znode.Version), PartitionState.Parse(cluster.ZooKeeper.Text(path)!, stat.Version));
            }
        }
    }

    public ControllerOrder AsHere(ControllerOrder order)
    {
        var before = _before.GetValueOrDefault(order.Partition);
        var isOfBefore = before is not null && (_isLast || order.Epoch <= before.Recorded.Epoch);
        var pair = isOfBefore ? before : _after.GetValueOrDefault(order.Partition) ?? before;
        return pair is null || order.Epoch is null || order.Leader == LeaderDuringDelete
            ? order
            : order with
            {
                Epoch = order.Epoch - pair.Recorded.Epoch + pair.Ours.Epoch,
                Leader = order.Epoch == pair.Recorded.Epoch && order.Leader == pair.Recorded.Leader ? pair.Ours.Leader : order.Leader,
                Isr = order.Isr?.Except(pair.Kept).ToList() is { Count: > 0 } isr ? isr : order.Isr,
            };
    }
}
