using ClassicBroker.Client.Configuration;

namespace ClassicBroker.Client;

/// <summary>How a client logs in, the <c>sasl.*</c> keys, under the Java clients' names and defaults. Immutable.</summary>
public sealed record SaslConfig
{
    /// <summary>The mechanism, <c>sasl.mechanism</c>: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER, GSSAPI.</summary>
    public string Mechanism { get; init; } = "GSSAPI";

    /// <summary>
    /// The login module with its options, <c>sasl.jaas.config</c>, in Java's notation, whose class names stand for what is built in here:
    /// <c>org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="…";</c>
    /// </summary>
    public string? JaasConfig { get; init; }

    /// <summary>What brokers are to Kerberos, <c>sasl.kerberos.service.name</c>, where the login module does not name it.</summary>
    public string? KerberosServiceName { get; init; }

    /// <summary>Where tokens of OAUTHBEARER come from.</summary>
    public OAuthConfig OAuth { get; init; } = new();

    /// <summary>The mechanism alone: the rest is secret.</summary>
    public override string ToString() => Mechanism;

    internal static SaslConfig Read(ConfigReader reader)
    {
        reader.Accept(
            "sasl.kerberos.kinit.cmd", "sasl.kerberos.ticket.renew.window.factor", "sasl.kerberos.ticket.renew.jitter",
            "sasl.kerberos.min.time.before.relogin", "sasl.oauthbearer.jwks.endpoint.url", "sasl.oauthbearer.jwks.endpoint.refresh.ms",
            "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
            "sasl.oauthbearer.clock.skew.seconds", "sasl.oauthbearer.expected.audience", "sasl.oauthbearer.expected.issuer");
        reader.Refuse("sasl.client.callback.handler.class", "handlers are Java classes; what logs in is in sasl.jaas.config");
        reader.Refuse("sasl.login.class", "logins are Java classes; this client has its own");
        return new SaslConfig
        {
            Mechanism = reader.String("sasl.mechanism", new SaslConfig().Mechanism),
            JaasConfig = reader.String("sasl.jaas.config"),
            KerberosServiceName = reader.String("sasl.kerberos.service.name"),
            OAuth = OAuthConfig.Read(reader),
        };
    }
}
