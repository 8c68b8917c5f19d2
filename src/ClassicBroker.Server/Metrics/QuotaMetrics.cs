using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Replication.Quotas;
using ClassicBroker.Server.Quotas;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// How much of their quotas users and clients use, under the names of Kafka's <c>Produce</c>, <c>Fetch</c>, <c>Request</c> and
/// <c>ControllerMutation</c> beans. Clients without a quota are not shown. Stateless; the instruments belong to the scope.
/// </summary>
internal static class QuotaMetrics
{
    public static void Register(MeterScope meters, QuotaEnforcement quotas)
    {
        Usage(meters, "Produce", "byte-rate", "Bytes a client produces per second.", () => quotas.ProduceUsages);
        Usage(meters, "Fetch", "byte-rate", "Bytes a client consumes per second.", () => quotas.FetchUsages);
        Usage(meters, "Request", "request-time", "Time of threads a client takes, in percent of one thread.", () => quotas.RequestUsages);
        Usage(
            meters,
            "ControllerMutation",
            "mutation-rate",
            "Partitions a client creates and deletes per second.",
            () => quotas.MutationUsages);
        Gauges(
            meters,
            "ControllerMutation",
            "tokens",
            "Partitions a client may still create or delete at once.",
            () => quotas.MutationUsages,
            usage => usage.Tokens);
        meters.Gauge(
            "kafka.server:type=Request,name=exempt-request-time",
            "Time of threads taken by requests that no quota limits, in percent of one thread.",
            () => quotas.ExemptPercent);
    }

    /// <summary>What throttled replicas move (KIP-73), also where no rate limits it.</summary>
    public static void Register(MeterScope meters, ReplicationQuota leader, ReplicationQuota follower, ReplicationQuota moves)
    {
        Rate("LeaderReplication", "Bytes a second that followers of throttled replicas fetch from this broker.", leader);
        Rate("FollowerReplication", "Bytes a second that throttled replicas of this broker fetch.", follower);
        Rate("AlterLogDirsReplication", "Bytes a second that are copied between the broker's log directories.", moves);

        void Rate(string type, string description, ReplicationQuota quota) =>
            meters.Gauge($"kafka.server:type={type},name=byte-rate", description, () => quota.BytesPerSecond);
    }

    private static void Usage(MeterScope meters, string type, string name, string description, Func<IReadOnlyList<QuotaUsage>> usages)
    {
        Gauges(meters, type, name, description, usages, usage => usage.Rate);
        Gauges(meters, type, "throttle-time", "For how long a client was held back last, in ms.", usages, usage => usage.ThrottleMs);
    }

    private static void Gauges(
        MeterScope meters,
        string type,
        string name,
        string description,
        Func<IReadOnlyList<QuotaUsage>> usages,
        Func<QuotaUsage, double> value) =>
        meters.Gauges(
            $"kafka.server:type={type},name={name}",
            description,
            () => usages().Select(usage => new Measurement<double>(value(usage), Tags(usage))));

    private static IEnumerable<KeyValuePair<string, object?>> Tags(QuotaUsage usage)
    {
        if (usage.User.Length > 0)
        {
            yield return new("user", usage.User);
        }

        if (usage.Client.Length > 0)
        {
            yield return new("client-id", usage.Client);
        }
    }
}
