using ClassicBroker.Platform.Metrics;

namespace ClassicBroker.ZooKeeper;

/// <summary>
/// What a client counts of its session, under the names of Kafka's <c>SessionExpireListener</c> and <c>ZooKeeperClientMetrics</c>.
/// Threading: counted on the client's loop, read from any thread.
/// </summary>
public sealed class ZooKeeperClientMetrics
{
    private const string Session = "kafka.server:type=SessionExpireListener,name=ZooKeeper";

    private readonly MetricHistogram _latency;
    private readonly MetricCounter _connects = new();
    private readonly MetricCounter _disconnects = new();
    private readonly MetricCounter _expirations = new();
    private readonly MetricCounter _authenticationFailures = new();
    private readonly MetricCounter _authentications = new();

    public ZooKeeperClientMetrics(MeterScope meters)
    {
        _latency = meters.Histogram(
            "kafka.server:type=ZooKeeperClientMetrics,name=ZooKeeperRequestLatencyMs", "Time until ZooKeeper answered a request, in ms.");
        meters.Counter($"{Session}SyncConnectsPerSec", "Connections to ZooKeeper made.", () => _connects.Value);
        meters.Counter($"{Session}DisconnectsPerSec", "Connections to ZooKeeper lost.", () => _disconnects.Value);
        meters.Counter($"{Session}ExpiresPerSec", "Sessions with ZooKeeper that expired.", () => _expirations.Value);
        meters.Counter(
            $"{Session}AuthFailuresPerSec", "Sessions whose credentials ZooKeeper refused.", () => _authenticationFailures.Value);
        meters.Counter($"{Session}SaslAuthenticationsPerSec", "Connections authenticated by SASL.", () => _authentications.Value);
        meters.Counter($"{Session}ReadOnlyConnectsPerSec", "Zero: no broker asks for a read-only connection.", () => 0L);
    }

    internal void Answered(TimeSpan latency) => _latency.Record(latency.TotalMilliseconds);

    internal void Authenticated() => _authentications.Increment();

    internal void Changed(ZooKeeperSessionState from, ZooKeeperSessionState to)
    {
        switch (to)
        {
            case ZooKeeperSessionState.Connected:
                _connects.Increment();
                break;
            case ZooKeeperSessionState.Expired:
                _expirations.Increment();
                break;
            case ZooKeeperSessionState.AuthFailed:
                _authenticationFailures.Increment();
                break;
        }

        if (from == ZooKeeperSessionState.Connected && to == ZooKeeperSessionState.Connecting)
        {
            _disconnects.Increment();
        }
    }
}
