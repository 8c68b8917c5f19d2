using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Configuration;

/// <summary>
/// Keys of the Java clients that have nothing to act on here, and why: they are taken, so that a file written for Java serves, and a client
/// logs them with the reason. Stateless.
/// </summary>
internal static class KeysWithoutEffect
{
    private const string Sampling = "metrics are instruments of a Meter here, which are not sampled by the client";
    private const string Objects = "serializers are objects here, given to the client's constructor";
    private const string SystemTls = "TLS is the system's here, which makes its own choice";
    private const string SystemKerberos = "no kinit is run: key tables need none, and a ticket cache is renewed by what made it";
    private const string BrokersOnly = "it configures how brokers check tokens";

    /// <summary>Logs the keys of a client that have no effect, with the reasons, where there are any.</summary>
    public static void Log(ILogger logger, IReadOnlyList<string> keys)
    {
        if (keys.Count > 0)
        {
            logger.LogInformation(
                "These configurations have no effect in this client: {Keys}",
                string.Join("; ", keys.Select(key => $"{key} ({ReasonOf(key)})")));
        }
    }

    /// <summary>Why a key has no effect; null for a key that has one, or means nothing.</summary>
    public static string? ReasonOf(string key) => key switch
    {
        "auto.include.jmx.reporter" => "there is no JMX in .NET; metrics are on the Meter of the client",
        "metric.reporters" => "reporters are Java classes; metrics are on the Meter of the client",
        "metrics.num.samples" or "metrics.recording.level" or "metrics.sample.window.ms" => Sampling,
        "enable.metrics.push" => "brokers that use ZooKeeper take no client metrics (KIP-714)",
        "metadata.recovery.strategy" => "the bootstrap servers are always asked where no known broker can be reached",
        "key.serializer" or "value.serializer" or "key.deserializer" or "value.deserializer" => Objects,
        "serializer.class" or "key.serializer.class" => Objects,
        "internal.throw.on.fetch.stable.offset.unsupported" => "a coordinator too old for stable offsets is always told",
        "ssl.provider" or "ssl.keymanager.algorithm" or "ssl.trustmanager.algorithm" or "ssl.secure.random.implementation" => SystemTls,
        "sasl.kerberos.kinit.cmd" or "sasl.kerberos.ticket.renew.window.factor" or "sasl.kerberos.ticket.renew.jitter"
            or "sasl.kerberos.min.time.before.relogin" => SystemKerberos,
        "sasl.oauthbearer.jwks.endpoint.url" or "sasl.oauthbearer.jwks.endpoint.refresh.ms"
            or "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms" or "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms"
            or "sasl.oauthbearer.clock.skew.seconds" or "sasl.oauthbearer.expected.audience"
            or "sasl.oauthbearer.expected.issuer" => BrokersOnly,
        "mirror.topics.whitelist" or "mirror.topics.blacklist" or "mirror.consumer.numthreads" =>
            "Kafka 0.8 kept them from 0.7 and read them nowhere",
        _ => null,
    };
}
