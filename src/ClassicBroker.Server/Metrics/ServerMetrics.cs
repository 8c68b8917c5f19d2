using System.Diagnostics.Metrics;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server.Hosting;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// The broker as a whole under the names of Kafka's <c>KafkaServer</c> and <c>app-info</c>, and the state of its session with ZooKeeper.
/// Stateless; the instruments belong to the scope.
/// </summary>
internal static class ServerMetrics
{
    public static void Register(MeterScope meters, TimeProvider time, Func<BrokerState> state, Func<BrokerIdentity?> identity)
    {
        meters.Gauge(
            "kafka.server:type=KafkaServer,name=BrokerState",
            "Kafka's number of the broker's state: 1 starting, 2 recovering, 3 running, 6 and 7 stopping.",
            () => (long)state());
        meters.Gauges(
            "kafka.server:type=KafkaServer,name=ClusterId",
            "Always 1; the tag is the id of the cluster.",
            () => identity() is { } known
                ? [new Measurement<long>(1, new KeyValuePair<string, object?>("clusterId", known.ClusterId))]
                : Array.Empty<Measurement<long>>());
        meters.Gauge("kafka.server:type=KafkaServer,name=yammer-metrics-count", "Instruments there are.", () => meters.InstrumentCount);
        var startedMs = time.UnixMs();
        meters.Gauges(
            "kafka.server:type=app-info,name=start-time-ms",
            "When the broker was started, in ms since 1970; the tags say what it is.",
            () => [new Measurement<long>(startedMs, Application(identity()))]);
    }

    public static void Register(MeterScope meters, IZooKeeper zooKeeper) =>
        meters.Gauges(
            "kafka.server:type=SessionExpireListener,name=SessionState",
            "1 for the state the session with ZooKeeper is in.",
            () => Enum.GetValues<ZooKeeperSessionState>().Select(state => new Measurement<long>(
                zooKeeper.State == state ? 1 : 0, new KeyValuePair<string, object?>("state", NameOf(state)))));

    public static void Register(MeterScope meters, ShutdownProgress progress) =>
        meters.Gauge(
            "kafka.server:type=KafkaServer,name=ControlledShutdownPercent",
            "How many of the partitions led here have moved away since the controlled shutdown began; 0 before that.",
            () => progress.Percent);

    private static KeyValuePair<string, object?>[] Application(BrokerIdentity? identity) =>
    [
        new("id", identity is null ? "" : $"{identity.BrokerId.Value}"),
        new("version", ProductVersion.Kafka),
        new("commit-id", ProductVersion.Commit),
        new("product-version", ProductVersion.Product),
    ];

    /// <summary>As the Java client calls its states.</summary>
    private static string NameOf(ZooKeeperSessionState state) => state switch
    {
        ZooKeeperSessionState.Connecting => "CONNECTING",
        ZooKeeperSessionState.Connected => "CONNECTED",
        ZooKeeperSessionState.AuthFailed => "AUTH_FAILED",
        ZooKeeperSessionState.Expired => "EXPIRED",
        _ => "CLOSED",
    };
}
