using System.Diagnostics.Metrics;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Metrics;

/// <summary>
/// What the authorizer decides, under names like those of Kafka's <c>authorizer-metrics</c>, and how long certificates are valid.
/// Stateless; the instruments belong to the scope.
/// </summary>
internal static class SecurityMetrics
{
    private const string Authorizer = "kafka.server:type=authorizer-metrics,name=";

    public static void Register(MeterScope meters, AclAuthorizer authorizer)
    {
        meters.Counter(
            $"{Authorizer}authorization-request-total",
            "Questions whether a client may do something.",
            () => authorizer.AllowedCount + authorizer.DeniedCount);
        meters.Counter($"{Authorizer}authorization-allowed-total", "Those that were allowed.", () => authorizer.AllowedCount);
        meters.Counter($"{Authorizer}authorization-denied-total", "Those that were denied.", () => authorizer.DeniedCount);
        meters.Gauge($"{Authorizer}acls-total-count", "Entries of all access control lists.", () => authorizer.Image.Count);
    }

    public static void Register(MeterScope meters, BrokerTls tls) =>
        meters.Gauges(
            "classicbroker.security:type=Certificate,name=ExpiryTimestampSeconds",
            "Until when the certificate of a listener is valid, in seconds since 1970.",
            () => tls.CertificateExpiries.Select(entry => new Measurement<long>(
                entry.Expiry.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("listener", entry.Listener))));
}
