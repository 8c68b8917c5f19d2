using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of replication, the controller and shutdown: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class ReplicationConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Boolean("auto.leader.rebalance.enable", "true", "Controller periodically re-elects preferred leaders."),
        Boolean("controlled.shutdown.enable", "true", "Ask controller to move leaders before stopping."),
        Int("controlled.shutdown.max.retries", "3", "Attempts before giving up and stopping uncleanly."),
        Long("controlled.shutdown.retry.backoff.ms", "5000", "Pause between attempts."),
        Int("controller.socket.timeout.ms", "30000", "Controller→broker socket timeout."),
        Int("default.replication.factor", "1", "Replication factor of auto-created topics (and of −1 requests)."),
        Int("delete.records.purgatory.purge.interval.requests", "1", "Purge interval of delete-records purgatory, in requests."),
        String("durability", "pagecache",
            "What a replica must have done with records before it counts as having them: pagecache, as Kafka, or fsync.",
            OneOf("pagecache", "fsync")).Own(),
        Int("fetch.purgatory.purge.interval.requests", "1000", "Purge interval of fetch purgatory, in requests."),
        Long("follower.replication.throttled.rate", "9223372036854775807",
            "Dynamic-only: bytes/s followers may fetch for throttled replicas.", AtLeast(0), DynamicOnly),
        String("inter.broker.protocol.version", "3.9-IV0", "IBP gating of inter-broker formats; default = own release.", Release),
        Long("leader.imbalance.check.interval.seconds", "300", "Period of that check.", AtLeast(1)),
        Int("leader.imbalance.per.broker.percentage", "10", "Imbalance ratio per broker that triggers it."),
        Long("leader.replication.throttled.rate", "9223372036854775807",
            "Dynamic-only: bytes/s leaders may send for throttled replicas.", AtLeast(0), DynamicOnly),
        Int("num.replica.fetchers", "1", "Fetcher threads per source broker.", update: ClusterWide),
        Int("producer.purgatory.purge.interval.requests", "1000", "Purge interval of produce purgatory, in requests."),
        Long("replica.alter.log.dirs.io.max.bytes.per.second", "9223372036854775807", "Dynamic-only: bytes/s for intra-broker moves.",
            AtLeast(0), DynamicOnly),
        Int("replica.fetch.backoff.ms", "1000", "Pause after a fetch error on a partition.", AtLeast(0)),
        Int("replica.fetch.max.bytes", "1048576",
            "Per-partition bytes a follower asks for (not absolute: first batch always returned).", AtLeast(0)),
        Int("replica.fetch.min.bytes", "1", "Min bytes a follower waits for."),
        Int("replica.fetch.response.max.bytes", "10485760", "Whole-response cap of a follower fetch.", AtLeast(0)),
        Int("replica.fetch.wait.max.ms", "500", "Max wait of a follower fetch; ≤ replica.lag.time.max.ms."),
        Long("replica.high.watermark.checkpoint.interval.ms", "5000", "How often high watermarks are written to disk."),
        Long("replica.lag.max.messages", null, "Follower that lacks more records leaves the ISR (gone since 0.9).", AtLeast(1)).Retired(),
        Long("replica.lag.time.max.ms", "30000", "Follower not caught up for this long leaves the ISR."),
        String("replica.selector.class", null, "Follower-fetch replica selector (e.g. RackAwareReplicaSelector)."),
        Int("replica.socket.receive.buffer.bytes", "65536", "SO_RCVBUF of follower fetch sockets."),
        Int("replica.socket.timeout.ms", "30000", "Follower fetch socket timeout; ≥ replica.fetch.wait.max.ms."),
        Boolean("unclean.leader.election.enable", "false",
            "Allow electing a non-ISR replica (0.8–0.10 default true, false since 0.11).", update: ClusterWide),
        Long("unclean.leader.election.interval.ms", "300000", "Internal, KRaft.", AtLeast(1)).Inert(InertReasons.KRaft).Internal(),
    ];
}
