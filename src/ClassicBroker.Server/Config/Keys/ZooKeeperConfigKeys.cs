using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of the ZooKeeper connection: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class ZooKeeperConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        String("zookeeper.clientCnxnSocket", null, "ZK client socket class; Netty class needed for TLS.").Inert(InertReasons.Jvm),
        String("zookeeper.connect", null,
            "Ensemble host:port list with optional chroot suffix; mandatory."),
        Int("zookeeper.connection.timeout.ms", null, "Max wait for first ZK connection; null = session timeout."),
        Int("zookeeper.max.in.flight.requests", "10", "Cap on unacknowledged pipelined ZK requests.", AtLeast(1)),
        Boolean("zookeeper.metadata.migration.enable", "false", "Migration of the metadata to KRaft; refused when true."),
        Int("zookeeper.metadata.migration.min.batch.size", "200", "Least records of a batch of that migration.", AtLeast(1))
            .Internal().Inert(InertReasons.KRaft),
        Int("zookeeper.session.timeout.ms", "18000", "ZK session timeout requested by the broker."),
        Boolean("zookeeper.set.acl", "false", "Create znodes with secure ACLs (creator all, world read) instead of open ones."),
        List("zookeeper.ssl.cipher.suites", null, "Cipher list to ZK; null = JVM default."),
        Boolean("zookeeper.ssl.client.enable", "false", "TLS to ZK (also system property zookeeper.client.secure)."),
        Boolean("zookeeper.ssl.crl.enable", "false", "Check certificate revocation lists on ZK TLS."),
        List("zookeeper.ssl.enabled.protocols", null, "TLS versions allowed to ZK; null = value of zookeeper.ssl.protocol."),
        String("zookeeper.ssl.endpoint.identification.algorithm", "HTTPS",
            "'https' any case verifies host name, blank disables."),
        String("zookeeper.ssl.keystore.location", null, "Client key store for ZK TLS."),
        Password("zookeeper.ssl.keystore.password", null, "Password of the ZK key store (key password must be identical)."),
        String("zookeeper.ssl.keystore.type", null, "Type of the ZK key store; null = guess from extension."),
        Boolean("zookeeper.ssl.ocsp.enable", "false", "Check OCSP on ZK TLS."),
        String("zookeeper.ssl.protocol", "TLSv1.2", "TLS protocol for ZK negotiation."),
        String("zookeeper.ssl.truststore.location", null, "Trust store for ZK TLS."),
        Password("zookeeper.ssl.truststore.password", null, "Password of the ZK trust store."),
        String("zookeeper.ssl.truststore.type", null, "Type of the ZK trust store; null = guess from extension."),
        Int("zookeeper.sync.time.ms", "2000",
            "How far a ZK follower may lag its leader; accepted and unused by ≥1.x brokers (removed 3.0).")
            .Inert(InertReasons.Unused).Retired(),
    ];
}
