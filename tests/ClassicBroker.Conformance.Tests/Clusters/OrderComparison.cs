using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Recordings;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Holds what controllers of a simulated cluster ordered in a step against what was recorded of that step, partition by partition and both
/// ways; how often, and grouped how, is theirs. Threading: one test.
/// </summary>
/// <param name="orders">What is ordered here.</param>
/// <param name="report">Gets every difference that is not accepted.</param>
/// <param name="archive">The recording.</param>
/// <param name="life">The folder of its steps.</param>
internal sealed class OrderComparison(ControllerOrders orders, ConformanceReport report, string archive, string life)
{
    private const string Ordered = "ordered";
    private const string NotOrdered = "not ordered";

    private readonly ILookup<string, ControllerOrder> _recorded = ControllerOrders.Recorded(archive);
    private readonly HashSet<AcceptedOrder> _met = [];

    /// <summary>Once the epochs of a partition have been raced for, its orders differ in them.</summary>
    public IReadOnlySet<(int Step, string Topic)> Racing { get; init; } = new HashSet<(int, string)>();

    /// <summary>What was ordered there or here alone, and why.</summary>
    public required IReadOnlyList<AcceptedOrder> Accepted { get; init; }

    /// <summary>Of recordings of 2.2: what their orders are with partitions as they are here.</summary>
    public OldOrders? Old { get; init; }

    /// <param name="step">What was recorded.</param>
    /// <param name="next">
    /// The step after one that was recorded while the controller was at work: it has the states that the orders lead to. Null where all
    /// had settled.
    /// </param>
    public void Compare(RecordedStep step, RecordedStep? next)
    {
        Old?.Begin(next ?? step);
        var kafkas = Lines(step, RecordedOf(step));
        var ours = Lines(step, orders.Take());
        foreach (var order in kafkas.Union(ours).Order(StringComparer.Ordinal))
        {
            if (kafkas.Contains(order) != ours.Contains(order))
            {
                Differ(step, order, kafkas.Contains(order));
            }
            else
            {
                report.Equal();
            }
        }
    }

    /// <summary>That every accepted difference was met.</summary>
    public void Verify() => Assert.Empty(Accepted.Where(accepted => !_met.Contains(accepted)).Select(accepted => accepted.Pattern));

    private IEnumerable<ControllerOrder> RecordedOf(RecordedStep step)
    {
        var recorded = _recorded[$"{life}/{step.Name}.jsonl"];
        return Old is null ? recorded : recorded.Select(Old.AsHere);
    }

    private HashSet<string> Lines(RecordedStep step, IEnumerable<ControllerOrder> told) =>
        told.Select(order => Old is null ? $"{order}" : $"{order with { Written = "" }}")
            .Where(order => !IsRacing(step, order))
            .ToHashSet(StringComparer.Ordinal);

    private void Differ(RecordedStep step, string order, bool isKafkas)
    {
        var accepted = Accepted.Where(accepted => accepted.IsKafkas == isKafkas && accepted.Matches($"{step.Name} {order}")).ToList();
        if (accepted.Count == 0)
        {
            report.Differs($"{step.Name} {order}", isKafkas ? Ordered : NotOrdered, isKafkas ? NotOrdered : Ordered);
            return;
        }

        _met.UnionWith(accepted);
        report.LeftOut(accepted[0].Reason);
    }

    private bool IsRacing(RecordedStep step, string order) =>
        Racing.Any(race => step.Number >= race.Step && order.Contains($" {race.Topic}-", StringComparison.Ordinal));
}
