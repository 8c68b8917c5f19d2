using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of quota windows: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class QuotaConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Int("alter.log.dirs.replication.quota.window.num", "11", "Samples for log-dir move quotas.", AtLeast(1)),
        Int("alter.log.dirs.replication.quota.window.size.seconds", "1", "Sample length, log-dir move quotas.", AtLeast(1)),
        Class("client.quota.callback.class", null, "Custom quota provider.").Inert(InertReasons.Plugins),
        Int("controller.quota.window.num", "11", "Samples for controller mutation quotas.", AtLeast(1)),
        Int("controller.quota.window.size.seconds", "1", "Sample length, controller mutation quotas.", AtLeast(1)),
        Long("quota.consumer.default", "9223372036854775807", "DEPRECATED static default consumer byte rate (removed 3.0).",
            AtLeast(1)).Inert(InertReasons.Quotas).Retired(),
        Long("quota.producer.default", "9223372036854775807",
            "DEPRECATED static default producer byte rate (removed 3.0); used only if no dynamic default in ZK.", AtLeast(1))
            .Inert(InertReasons.Quotas)
            .Retired(),
        Int("quota.window.num", "11", "Samples kept for client quotas.", AtLeast(1)),
        Int("quota.window.size.seconds", "1", "Sample length, client quotas.", AtLeast(1)),
        Int("replication.quota.window.num", "11", "Samples for replication quotas.", AtLeast(1)),
        Int("replication.quota.window.size.seconds", "1", "Sample length, replication quotas.", AtLeast(1)),
    ];
}
