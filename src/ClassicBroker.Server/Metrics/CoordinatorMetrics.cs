using System.Diagnostics.Metrics;
using ClassicBroker.Coordinator;
using ClassicBroker.Coordinator.Transactions;
using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// The coordinators of groups and transactions under the names of Kafka's <c>GroupMetadataManager</c>, <c>group-coordinator-metrics</c>,
/// <c>transaction-coordinator-metrics</c> and <c>TransactionMarkerChannelManager</c>. Read when a listener asks. Stateless; the
/// instruments belong to the scope.
/// </summary>
internal static class CoordinatorMetrics
{
    /// <summary>Each is a series of its own: more would burden Prometheus.</summary>
    private const int OffsetsShownMax = 10_000;

    private const string GroupCounts = "kafka.coordinator.group:type=GroupMetadataManager,name=";
    private const string Group = "kafka.server:type=group-coordinator-metrics,name=";
    private const string Transaction = "kafka.server:type=transaction-coordinator-metrics,name=";
    private const string Markers = "kafka.coordinator.transaction:type=TransactionMarkerChannelManager,name=";

    public static void Register(MeterScope meters, GroupCoordinator groups)
    {
        meters.Gauge($"{GroupCounts}NumGroups", "Groups coordinated here.", () => groups.Count().NumGroups);
        meters.Gauge($"{GroupCounts}NumOffsets", "Offsets committed for these groups.", () => groups.Count().NumOffsets);
        meters.Gauge(
            $"{GroupCounts}NumGroupsPreparingRebalance",
            "Groups that wait for their members.",
            () => groups.Count().NumGroupsPreparingRebalance);
        meters.Gauge(
            $"{GroupCounts}NumGroupsCompletingRebalance",
            "Groups that wait for their leader's assignment.",
            () => groups.Count().NumGroupsCompletingRebalance);
        meters.Gauge($"{GroupCounts}NumGroupsStable", "Groups at work.", () => groups.Count().NumGroupsStable);
        meters.Gauge($"{GroupCounts}NumGroupsDead", "Groups that are being forgotten.", () => groups.Count().NumGroupsDead);
        meters.Gauge($"{GroupCounts}NumGroupsEmpty", "Groups without members.", () => groups.Count().NumGroupsEmpty);
        meters.Gauge($"{Group}offset-commit-count", "Offsets committed.", () => groups.Offsets.CommittedCount);
        meters.Gauge($"{Group}offset-expiration-count", "Offsets that expired.", () => groups.Administration.ExpiredCount);
        meters.Gauge($"{Group}offset-deletion-count", "Offsets deleted on request.", () => groups.Administration.DeletedCount);
        meters.Gauge($"{Group}group-completed-rebalance-count", "Rebalances that came to an end.", () => groups.CompletedRebalances);
        meters.Gauges(
            "classicbroker.group:type=Offsets,name=CommittedOffset",
            $"What groups have committed, for as long as that is no more than {OffsetsShownMax} offsets; the log end less this is the lag.",
            () => groups.CommittedOffsets(OffsetsShownMax).Select(committed => new Measurement<long>(
                committed.Offset, [new("group", committed.Group), .. PartitionTags.Of(committed.Partition)])));
        Loads(meters, Group, groups.LoadTimes);
    }

    public static void Register(MeterScope meters, TransactionCoordinator transactions)
    {
        Loads(meters, Transaction, transactions.LoadTimes);
        meters.Gauge(
            $"{Markers}UnknownDestinationQueueSize",
            "Transaction markers for partitions that have no leader for now.",
            () => transactions.MarkersWithoutLeader);
        meters.Gauge(
            $"{Markers}LogAppendRetryQueueSize",
            "Transactions whose end could not be written yet.",
            () => transactions.CompletionsToRetry);
    }

    private static void Loads(MeterScope meters, string type, LoadTimes times)
    {
        meters.Gauge($"{type}partition-load-time-max", "The longest load of a partition in the last 30 seconds, in ms.", () => times.Max);
        meters.Gauge(
            $"{type}partition-load-time-avg", "How long loads of the last 30 seconds took on average, in ms.", () => times.Average);
    }
}
