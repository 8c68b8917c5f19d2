using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of TLS: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class TlsConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        String("security.providers", null, "JVM security provider creators.").Inert(InertReasons.Jvm),
        Boolean("ssl.allow.dn.changes", "false", "Allow DN change on dynamic key store update."),
        Boolean("ssl.allow.san.changes", "false", "Allow SAN shrink on dynamic key store update."),
        List("ssl.cipher.suites", "", "Ciphers; empty = all.", update: PerBroker),
        String("ssl.client.auth", "none", "Client certificate policy.", OneOf("required", "requested", "none"), PerBroker),
        List("ssl.enabled.protocols", "TLSv1.2,TLSv1.3", "TLS versions accepted.", update: PerBroker),
        String("ssl.endpoint.identification.algorithm", "https", "Server name check for outgoing TLS; blank disables.",
            update: PerBroker),
        Class("ssl.engine.factory.class", null, "Custom SSL engine factory.", update: PerBroker),
        Password("ssl.key.password", null, "Private key password.", update: PerListener),
        String("ssl.keymanager.algorithm", "SunX509", "Key manager factory algorithm (JVM default).", update: PerBroker)
            .Inert(InertReasons.Jvm),
        Password("ssl.keystore.certificate.chain", null, "PEM chain inline.", update: PerListener),
        Password("ssl.keystore.key", null, "PEM private key inline.", update: PerListener),
        String("ssl.keystore.location", null, "Key store file.", update: PerListener),
        Password("ssl.keystore.password", null, "Key store password.", update: PerListener),
        String("ssl.keystore.type", "JKS", "JKS, PKCS12 or PEM.", update: PerListener),
        String("ssl.principal.mapping.rules", "DEFAULT", "Rules turning a DN into a name."),
        String("ssl.protocol", "TLSv1.3", "TLS context protocol.", update: PerBroker),
        String("ssl.provider", null, "TLS provider.", update: PerBroker).Inert(InertReasons.Jvm),
        String("ssl.secure.random.implementation", null, "SecureRandom name.", update: PerBroker).Inert(InertReasons.Jvm),
        String("ssl.trustmanager.algorithm", "PKIX", "Trust manager factory algorithm (JVM default).", update: PerBroker)
            .Inert(InertReasons.Jvm),
        Password("ssl.truststore.certificates", null, "PEM trust anchors inline.", update: PerListener),
        String("ssl.truststore.location", null, "Trust store file.", update: PerListener),
        Password("ssl.truststore.password", null, "Trust store password.", update: PerListener),
        String("ssl.truststore.type", "JKS", "Trust store type.", update: PerListener),
    ];
}
