using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>
/// Broker keys of SASL, delegation tokens and the password encoder: one line each, read by <see cref="BrokerConfigDefinition"/>.
/// </summary>
internal static class SaslConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Long("connections.max.reauth.ms", "0", "Max SASL session life before re-authentication; 0 off."),
        Long("delegation.token.expiry.check.interval.ms", "3600000", "Expired token sweep.", AtLeast(1)),
        Long("delegation.token.expiry.time.ms", "86400000", "Life until next renewal.", AtLeast(1)),
        Password("delegation.token.master.key", null, "DEPRECATED alias of delegation.token.secret.key."),
        Long("delegation.token.max.lifetime.ms", "604800000", "Absolute token lifetime.", AtLeast(1)),
        Password("delegation.token.secret.key", null, "HMAC secret, same on all brokers; unset/empty disables tokens."),
        String("password.encoder.cipher.algorithm", "AES/CBC/PKCS5Padding", "Cipher of the password encoder."),
        Int("password.encoder.iterations", "4096", "PBKDF2 iterations of the password encoder.", AtLeast(1024)),
        Int("password.encoder.key.length", "128", "Key length of the password encoder, in bits.", AtLeast(8)),
        String("password.encoder.keyfactory.algorithm", null, "Key factory; default PBKDF2WithHmacSHA512 else SHA1."),
        Password("password.encoder.old.secret", null, "Previous secret during rotation (values re-encoded at start)."),
        Password("password.encoder.secret", null, "Secret encrypting dynamic password configs in ZK."),
        Class("principal.builder.class", "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
            "Builds KafkaPrincipal; must also be a KafkaPrincipalSerde in 3.x.", update: PerBroker),
        Class("sasl.client.callback.handler.class", null, "Client callback.").Inert(InertReasons.Plugins),
        List("sasl.enabled.mechanisms", "GSSAPI", "Mechanisms accepted.", update: PerBroker),
        Password("sasl.jaas.config", null, "JAAS entry; brokers use listener.name.<l>.<mechanism>. prefix.", update: PerBroker),
        String("sasl.kerberos.kinit.cmd", "/usr/bin/kinit", "Kinit path.", update: PerBroker).Inert(InertReasons.Kerberos),
        Long("sasl.kerberos.min.time.before.relogin", "60000", "Min time between logins.", update: PerBroker).Inert(InertReasons.Kerberos),
        List("sasl.kerberos.principal.to.local.rules", "DEFAULT", "Kerberos auth_to_local rules.", update: PerBroker),
        String("sasl.kerberos.service.name", null, "Kerberos service name.", update: PerBroker),
        Double("sasl.kerberos.ticket.renew.jitter", "0.05", "Renew jitter.", update: PerBroker).Inert(InertReasons.Kerberos),
        Double("sasl.kerberos.ticket.renew.window.factor", "0.8", "Renew at this fraction of ticket life.", update: PerBroker)
            .Inert(InertReasons.Kerberos),
        Class("sasl.login.callback.handler.class", null, "Login callback."),
        Class("sasl.login.class", null, "Login class."),
        Int("sasl.login.connect.timeout.ms", null, "OAuth provider connect timeout."),
        Int("sasl.login.read.timeout.ms", null, "OAuth provider read timeout."),
        Short("sasl.login.refresh.buffer.seconds", "300", "OAuth buffer before expiry.", update: PerBroker),
        Short("sasl.login.refresh.min.period.seconds", "60", "OAuth min refresh wait.", update: PerBroker),
        Double("sasl.login.refresh.window.factor", "0.8", "OAuth credential refresh fraction.", update: PerBroker),
        Double("sasl.login.refresh.window.jitter", "0.05", "OAuth refresh jitter.", update: PerBroker),
        Long("sasl.login.retry.backoff.max.ms", "10000", "OAuth login retry max backoff."),
        Long("sasl.login.retry.backoff.ms", "100", "OAuth login retry backoff."),
        String("sasl.mechanism.controller.protocol", "GSSAPI", "Mechanism towards KRaft controllers.").Inert(InertReasons.KRaft),
        String("sasl.mechanism.inter.broker.protocol", "GSSAPI", "Mechanism brokers use among themselves.", update: PerBroker),
        Int("sasl.oauthbearer.clock.skew.seconds", "30", "Tolerated clock skew."),
        List("sasl.oauthbearer.expected.audience", null, "Required audience list."),
        String("sasl.oauthbearer.expected.issuer", null, "Required issuer."),
        Long("sasl.oauthbearer.jwks.endpoint.refresh.ms", "3600000", "JWKS cache refresh."),
        Long("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", "10000", "JWKS retry max backoff."),
        Long("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", "100", "JWKS retry backoff."),
        String("sasl.oauthbearer.jwks.endpoint.url", null, "JWKS endpoint."),
        String("sasl.oauthbearer.scope.claim.name", "scope", "Scope claim."),
        String("sasl.oauthbearer.sub.claim.name", "sub", "Subject claim."),
        String("sasl.oauthbearer.token.endpoint.url", null, "Token endpoint."),
        Class("sasl.server.callback.handler.class", null, "Per listener+mechanism server callback."),
        Int("sasl.server.max.receive.size", "524288", "Largest SASL frame before authentication."),
    ];
}
