using static ClassicBroker.Server.Config.ConfigKey;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>
/// Keys that Kafka does not have, for operators' HTTP; not shown by DescribeConfigs, so that tools of Kafka see its keys only. One line
/// each, read by <see cref="BrokerConfigDefinition"/>.
/// </summary>
internal static class OperationsConfigKeys
{
    public const string Metrics = "metrics.listeners";
    public const string Health = "health.listeners";

    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        List(Health, "", "Where /health/live, /health/ready and /health/startup are served: http://host:port, several by commas.").Own(),
        List(Metrics, "", "Where Prometheus scrapes /metrics: http://host:port, several by commas.").Own(),
    ];
}
