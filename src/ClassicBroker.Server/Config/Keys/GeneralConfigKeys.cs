using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of identity, listeners, threads and sockets: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class GeneralConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        String("advertised.host.name", null,
            "DEPRECATED, host given to clients when listeners/advertised.listeners unset.").Retired(),
        String("advertised.listeners", null, "Addresses put in ZK and metadata; null = listeners; 0.0.0.0 forbidden.",
            update: PerBroker),
        Int("advertised.port", null, "DEPRECATED, port given to clients when listeners/advertised.listeners unset.").Retired(),
        Class("alter.config.policy.class.name", null, "Plug-in validating config changes.").Inert(InertReasons.Plugins),
        String("authorizer.class.name", "", "Authorizer implementation; empty = no authorization.", NonNull),
        Boolean("auto.create.topics.enable", "true", "Create topics on metadata/produce for unknown names."),
        Int("background.threads", "10", "Scheduler threads for housekeeping.", AtLeast(1), ClusterWide),
        Int("broker.id", "-1", "This broker's id; −1 = generate (stored in meta.properties of each log dir)."),
        Boolean("broker.id.generation.enable", "true", "Allow automatic broker id from ZK sequence when broker.id is −1."),
        String("broker.rack", null,
            "Rack id stored in broker registration; used for rack-aware assignment and follower fetching."),
        Int("compression.gzip.level", "-1", "Level when broker recompresses with gzip.", GzipLevel, ClusterWide),
        Int("compression.lz4.level", "9", "Level when broker recompresses with lz4.", Between(1, 17), ClusterWide),
        String("compression.type", "producer", "Broker-side codec for topics; producer = keep client's codec.",
            OneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"), ClusterWide),
        Int("compression.zstd.level", "3", "Level when broker recompresses with zstd.", Between(-131072, 22), ClusterWide),
        Int("connection.failed.authentication.delay.ms", "100", "Delay before closing a connection that failed authentication.",
            AtLeast(0)),
        Long("connections.max.idle.ms", "600000", "Close idle connections after this."),
        String("control.plane.listener.name", null,
            "Separate listener for controller→broker requests; must differ from inter-broker listener."),
        Class("create.topic.policy.class.name", null, "Plug-in validating topic creation.").Inert(InertReasons.Plugins),
        Boolean("delete.topic.enable", "true", "Whether deletion requests are honoured (0.8.x default false, true since 1.0)."),
        String("early.start.listeners", null, "Listeners opened before the authorizer finishes loading.").Inert(InertReasons.Authorizer),
        Int("fetch.max.bytes", "57671680", "Server cap on bytes returned to one fetch request.", AtLeast(1024)),
        String("host.name", "", "DEPRECATED, bind host used only when listeners unset.").Retired(),
        String("inter.broker.listener.name", null,
            "Listener used between brokers; default derived from security.inter.broker.protocol."),
        String("listener.security.protocol.map", "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
            "Listener name → security protocol pairs.", update: PerBroker),
        String("listeners", "PLAINTEXT://:9092",
            "Comma list of NAME://host:port to bind; empty host = default interface, 0.0.0.0 = all; where unset, host.name and port.",
            update: PerBroker),
        Int("max.connection.creation.rate", "2147483647", "Cap on new connections per second (broker or per listener).",
            AtLeast(0), ClusterWide),
        Int("max.connections", "2147483647", "Cap on total connections in the broker (or per listener with prefix).",
            AtLeast(0), ClusterWide),
        Int("max.connections.per.ip", "2147483647", "Connection cap per client address.", AtLeast(0), ClusterWide),
        String("max.connections.per.ip.overrides", "", "Host:count list overriding the cap.", update: ClusterWide),
        Int("max.incremental.fetch.session.cache.slots", "1000", "Max cached KIP-227 fetch sessions.", AtLeast(0)),
        Int("max.request.partition.size.limit", "2000", "Max partitions in one DescribeTopicPartitions answer (KRaft only API).",
            AtLeast(1)).Inert(InertReasons.KRaft),
        Int("message.max.bytes", "1048588", "Largest batch accepted, after compression; server default for max.message.bytes.",
            AtLeast(0), ClusterWide),
        Int("node.id", "-1", "Another name of broker.id; the two must agree."),
        Int("num.io.threads", "8", "Request handler threads.", AtLeast(1), ClusterWide),
        Int("num.network.threads", "3", "Processor threads per listener.", AtLeast(1), ClusterWide),
        Int("num.partitions", "1", "Partition count of auto-created topics (and of −1 requests).", AtLeast(1)),
        Int("num.replica.alter.log.dirs.threads", null, "Threads moving replicas between log dirs; null = number of log dirs.", AtLeast(1)),
        Int("port", "9092", "DEPRECATED, listen port used only when listeners unset.").Retired(),
        Long("queued.max.request.bytes", "-1",
            "Bytes of requests received in part or unanswered, of all connections; −1 none; must be ≥ socket.request.max.bytes. "
            + "Unless it is set, 512 MiB apply."),
        Int("queued.max.requests", "500", "Request queue length before network threads block. Nothing is queued here.", AtLeast(1))
            .Inert(InertReasons.Queue),
        Int("request.timeout.ms", "30000", "Inter-broker client request timeout (controller, admin forwarding)."),
        Int("reserved.broker.max.id", "1000", "Largest id a user may set; generated ids start above it.", AtLeast(0)),
        String("security.inter.broker.protocol", "PLAINTEXT", "Protocol for broker↔broker; exclusive with inter.broker.listener.name.",
            OneOf("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")),
        Long("socket.connection.setup.timeout.max.ms", "30000", "Upper bound of the growing set-up timeout.")
            .Inert(InertReasons.Connections),
        Long("socket.connection.setup.timeout.ms", "10000", "Initial timeout for outgoing connection set-up.")
            .Inert(InertReasons.Connections),
        Int("socket.listen.backlog.size", "50", "TCP accept backlog.", AtLeast(1)),
        Int("socket.receive.buffer.bytes", "102400", "SO_RCVBUF of server sockets; −1 = OS default."),
        Int("socket.request.max.bytes", "104857600", "Largest request frame.", AtLeast(1)),
        Int("socket.send.buffer.bytes", "102400", "SO_SNDBUF of server sockets; −1 = OS default."),
        Boolean("unstable.api.versions.enable", "false", "Advertise unstable latest versions.").Inert(InertReasons.KRaft).Internal(),
        Boolean("unstable.feature.versions.enable", "false", "Allow unstable features.").Inert(InertReasons.KRaft).Internal(),
    ];
}
