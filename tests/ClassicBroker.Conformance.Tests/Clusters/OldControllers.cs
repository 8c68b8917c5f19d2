using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Holds partition states against those that controllers of 2.2 left, field by field, with the one difference between them and those of
/// 3.9 worked out: a controller of 2.2 that succeeds one whose broker died leaves that broker in the ISRs, and as the leader where it was
/// alone in sync; one of 3.9 takes it out, which is one more epoch and one more write by that controller. The leader takes it out later, or
/// has to take it back. Threading: one test.
/// </summary>
internal sealed class OldControllers(SimulatedCluster cluster, ConformanceReport report)
{
    private readonly Dictionary<string, Pair> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _takenOutBy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<int>> _moved = new(StringComparer.Ordinal);
    private readonly HashSet<string> _apart = new(StringComparer.Ordinal);

    /// <summary>Where a leader had taken a broker out of the ISR itself before the broker's session ended.</summary>
    public IReadOnlySet<string> ByLeader { get; init; } = new HashSet<string>();

    public void Forget(string path)
    {
        _moved.Remove(path);
        _known.Remove(path);
        _takenOutBy.Remove(path);
        _apart.Remove(path);
    }

    /// <param name="what">The step and the znode.</param>
    /// <param name="path">The znode.</param>
    /// <param name="pair">Its two states.</param>
    /// <param name="lost">The broker that was the controller and died in the step.</param>
    /// <param name="controllerEpoch">Of the controller after the step.</param>
    /// <param name="isDeleted">Is its topic being deleted?</param>
    public void Compare(string what, string path, Pair pair, int? lost, int controllerEpoch, bool isDeleted)
    {
        var before = _known.GetValueOrDefault(path);
        _known[path] = pair;
        report.Compare($"{what} fields", pair.Recorded.Fields, pair.Ours.Fields);
        if (IsApart(path, before, pair))
        {
            return;
        }

        var isTakenOut = !isDeleted && !ByLeader.Contains(what)
            && lost is { } broker && before?.Ours.Isr.Contains(broker) == true;
        CompareLeaderAndIsr(what, path, pair, isDeleted);
        CompareControllerEpoch(what, path, pair, isTakenOut ? controllerEpoch : null);
        if (before is not null)
        {
            CompareGrowth(what, before, pair, isTakenOut ? lost : null);
        }
    }

    /// <summary>In a step in which controllers follow each other, each of which dies: the leaders, and that nothing joined an ISR.</summary>
    public void CompareLast(string what, Pair pair, int lastController)
    {
        var leader = pair.Recorded.Leader == lastController ? lastController : -1;
        report.Compare($"{what} leader", $"{leader}", $"{pair.Ours.Leader}");
        report.Compare($"{what} isr is within {pair.Recorded.IsrSet}", "True", $"{!pair.Ours.Isr.Except(pair.Recorded.Isr).Any()}");
    }

    /// <summary>
    /// A partition whose ISR was left with a dead broker goes another way once the others in sync die as well: until both ways have met it
    /// is left alone.
    /// </summary>
    private bool IsApart(string path, Pair? before, Pair pair)
    {
        var mayPart = before is not null && before.Kept.Any();
        if (pair.Ours.Isr.Except(pair.Recorded.Isr).Any() && mayPart)
        {
            _apart.Add(path);
        }
        else if (pair.IsEven && _apart.Remove(path))
        {
            return true;
        }

        return _apart.Contains(path);
    }

    private void CompareLeaderAndIsr(string what, string path, Pair pair, bool isDeleted)
    {
        report.Compare($"{what} leader", $"{(IsRegistered(pair.Recorded.Leader) ? pair.Recorded.Leader : -1)}", $"{pair.Ours.Leader}");
        if (isDeleted)
        {
            // Its replicas stop one after the other, in the order of a hash set; the last one stays.
            report.Compare($"{what} isr count", $"{pair.Recorded.Isr.Count}", $"{pair.Ours.Isr.Count}");
            return;
        }

        var expected = pair.Recorded.Isr
            .Where(broker => IsRegistered(broker) || pair.Recorded.Isr.Count == 1 || pair.Ours.Isr.Contains(broker))
            .ToList();
        report.Compare($"{what} isr", string.Join(' ', expected.Order()), pair.Ours.IsrSet);

        // A broker that was taken out here and kept there stands behind the others here.
        var moved = _moved.TryGetValue(path, out var known) ? known : _moved[path] = [];
        moved.UnionWith(pair.Kept);
        moved.IntersectWith(pair.Recorded.Isr);
        report.Compare($"{what} order of isr", string.Join(' ', expected.Except(moved)), string.Join(' ', pair.Ours.Isr.Except(moved)));
    }

    /// <summary>The controller that took a broker out left its epoch, until both states are written by a later one.</summary>
    private void CompareControllerEpoch(string what, string path, Pair pair, int? takenOutBy)
    {
        if (takenOutBy is { } epoch)
        {
            _takenOutBy[path] = epoch;
        }

        var expected = Math.Max(pair.Recorded.ControllerEpoch, _takenOutBy.GetValueOrDefault(path));
        report.Compare($"{what} controller_epoch", $"{expected}", $"{pair.Ours.ControllerEpoch}");
    }

    private void CompareGrowth(string what, Pair before, Pair pair, int? takenOut)
    {
        var epochs = pair.Recorded.Epoch - before.Recorded.Epoch + (takenOut is null ? 0 : 1);
        report.Compare($"{what} epochs", $"{epochs}", $"{pair.Ours.Epoch - before.Ours.Epoch}");

        var versions = pair.Recorded.Version - before.Recorded.Version + (takenOut is null ? 0 : 1) + OfBrokers(before, pair, takenOut);
        var ours = pair.Ours.Version - before.Ours.Version;

        // On the busy machine of the recording replicas left ISRs and came back of themselves, which shows in the version alone.
        report.Compare($"{what} versions", $"{versions}", $"{(ours < versions ? versions : ours)}");
    }

    /// <summary>How many writes of a leader's are missing here, and how many were not needed there.</summary>
    private static int OfBrokers(Pair before, Pair pair, int? takenOut)
    {
        if (takenOut is { } broker)
        {
            var wasLeader = before.Recorded.Leader == broker;
            return pair.Recorded.Isr.Contains(broker) || wasLeader ? 0 : -1;
        }

        var isElected = pair.Recorded.Epoch != before.Recorded.Epoch;
        return before.Kept.Sum(kept => pair.Ours.Isr.Contains(kept) ? 1 : isElected || pair.Recorded.Isr.Contains(kept) ? 0 : -1);
    }

    private bool IsRegistered(int broker) => cluster.ZooKeeper.Stat($"/brokers/ids/{broker}") is not null;

    /// <summary>What was recorded of a partition, and what is here. Immutable.</summary>
    internal sealed record Pair(PartitionState Recorded, PartitionState Ours)
    {
        /// <summary>The brokers that the recorded ISR still has.</summary>
        public IEnumerable<int> Kept => Recorded.Isr.Except(Ours.Isr);

        public bool IsEven => Recorded.Leader == Ours.Leader && Recorded.IsrSet == Ours.IsrSet;
    }
}
