using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of metrics: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class MetricsConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Boolean("auto.include.jmx.reporter", "true", "Add the JMX reporter even if not listed (deprecated).").Inert(InertReasons.Jvm),
        Int("kafka.metrics.polling.interval.secs", "10", "Yammer CSV-style reporter period.", AtLeast(1)).Inert(InertReasons.Jvm),
        List("kafka.metrics.reporters", "", "Yammer reporter classes.").Inert(InertReasons.Jvm),
        List("metric.reporters", "", "Reporter classes.", update: ClusterWide).Inert(InertReasons.Jvm),
        Int("metrics.num.samples", "2", "Samples per metric window.", AtLeast(1)).Inert(InertReasons.Metrics),
        String("metrics.recording.level", "INFO", "Sensor recording level.").Inert(InertReasons.Metrics),
        Long("metrics.sample.window.ms", "30000", "Sample window.", AtLeast(1)).Inert(InertReasons.Metrics),
        Int("telemetry.max.bytes", "1048576", "Max client telemetry push (KRaft only API).", AtLeast(1)).Inert(InertReasons.KRaft),
    ];
}
