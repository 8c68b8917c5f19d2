using System.Diagnostics.Metrics;
using ClassicBroker.Coordinator;
using ClassicBroker.Coordinator.Groups;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// The group coordinator's figures under the names of Kafka's <c>kafka.coordinator.group</c> beans. Observed on demand. Owned by the
/// broker. Threading: any.
/// </summary>
internal sealed class GroupMetrics : IDisposable
{
    public const string MeterName = "kafka.coordinator.group";

    private readonly Meter _meter = new(MeterName);

    public GroupMetrics(GroupCoordinator groups)
    {
        Gauge(nameof(GroupCounts.NumGroups), () => groups.Count().NumGroups);
        Gauge(nameof(GroupCounts.NumOffsets), () => groups.Count().NumOffsets);
        Gauge(nameof(GroupCounts.NumGroupsPreparingRebalance), () => groups.Count().NumGroupsPreparingRebalance);
        Gauge(nameof(GroupCounts.NumGroupsCompletingRebalance), () => groups.Count().NumGroupsCompletingRebalance);
        Gauge(nameof(GroupCounts.NumGroupsStable), () => groups.Count().NumGroupsStable);
        Gauge(nameof(GroupCounts.NumGroupsDead), () => groups.Count().NumGroupsDead);
        Gauge(nameof(GroupCounts.NumGroupsEmpty), () => groups.Count().NumGroupsEmpty);
        Counter("offset-commit-count", () => groups.Offsets.CommittedCount);
        Counter("offset-expiration-count", () => groups.Administration.ExpiredCount);
        Counter("group-completed-rebalance-count", () => groups.CompletedRebalances);
    }

    public void Dispose() => _meter.Dispose();

    private void Gauge(string name, Func<int> observe) =>
        _meter.CreateObservableGauge($"{MeterName}.GroupMetadataManager.{name}", observe);

    private void Counter(string name, Func<long> observe) =>
        _meter.CreateObservableCounter($"{MeterName}.group-coordinator-metrics.{name}", observe);
}
