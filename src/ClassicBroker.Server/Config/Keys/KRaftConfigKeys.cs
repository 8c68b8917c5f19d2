using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>
/// Broker keys of Kafka's KRaft mode: one line each, read by <see cref="BrokerConfigDefinition"/>. A file written for both modes may hold
/// them; but for those that would choose KRaft they are accepted and without effect.
/// </summary>
internal static class KRaftConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        List("process.roles", "", "Roles of a KRaft node; refused when set.", EachOf("broker", "controller")),
        String("controller.listener.names", null, "Listeners of KRaft controllers; refused when set."),
        .. new[]
        {
            Boolean("alter.config.policy.kraft.compatibility.enable", "false", "Show the alter config policy what KRaft would."),
            Int("broker.heartbeat.interval.ms", "2000", "Period of a KRaft broker's heartbeats."),
            Int("broker.session.timeout.ms", "9000", "Time without heartbeats after which a KRaft broker is fenced."),
            Int("controller.quorum.append.linger.ms", "25", "Batching of the metadata log."),
            List("controller.quorum.bootstrap.servers", "", "Where to find the quorum."),
            Int("controller.quorum.election.backoff.max.ms", "1000", "Longest pause between elections of the quorum."),
            Int("controller.quorum.election.timeout.ms", "1000", "Time without a leader after which a voter stands for election."),
            Int("controller.quorum.fetch.timeout.ms", "2000", "Time without fetches after which a quorum member reacts."),
            Int("controller.quorum.request.timeout.ms", "2000", "Timeout of requests within the quorum."),
            Int("controller.quorum.retry.backoff.ms", "20", "Pause between requests within the quorum."),
            List("controller.quorum.voters", "", "Voters of the quorum, id@host:port."),
            Boolean("eligible.leader.replicas.enable", "false", "Eligible leader replicas (KIP-966)."),
            Int("initial.broker.registration.timeout.ms", "60000", "Time a KRaft broker waits for its registration."),
            String("metadata.log.dir", null, "Where the metadata log is kept."),
            Long("metadata.log.max.record.bytes.between.snapshots", "20971520", "Bytes between snapshots of the metadata.", AtLeast(1)),
            Long("metadata.log.max.snapshot.interval.ms", "3600000", "Time between snapshots of the metadata.", AtLeast(0)),
            Int("metadata.log.segment.bytes", "1073741824", "Segment size of the metadata log.", AtLeast(12)),
            Int("metadata.log.segment.min.bytes", "8388608", "Least segment size of the metadata log.", AtLeast(12)).Internal(),
            Long("metadata.log.segment.ms", "604800000", "Age at which a segment of the metadata log rolls."),
            Int("metadata.max.idle.interval.ms", "500", "Time between no-op records of the metadata log.", AtLeast(0)),
            Long("metadata.max.retention.bytes", "104857600", "Size retention of the metadata log."),
            Long("metadata.max.retention.ms", "604800000", "Time retention of the metadata log."),
            Long("server.max.startup.time.ms", "9223372036854775807", "Longest start of a KRaft node.", AtLeast(0)).Internal(),
        }.Select(key => key.Inert(InertReasons.KRaft)),
        .. NewGroupKeys(),
    ];

    /// <summary>Keys of the consumer protocol of KIP-848 and of share groups.</summary>
    private static IEnumerable<ConfigKey> NewGroupKeys() =>
        new[]
        {
            List(
                "group.consumer.assignors",
                "org.apache.kafka.coordinator.group.assignor.UniformAssignor,org.apache.kafka.coordinator.group.assignor.RangeAssignor",
                "Server-side assignors, the default first."),
            Int("group.consumer.heartbeat.interval.ms", "5000", "Heartbeat interval of consumers.", AtLeast(1)),
            Int("group.consumer.max.heartbeat.interval.ms", "15000", "Largest heartbeat interval of consumers.", AtLeast(1)),
            Int("group.consumer.max.session.timeout.ms", "60000", "Largest session timeout of consumers.", AtLeast(1)),
            Int("group.consumer.max.size", "2147483647", "Most consumers of a group.", AtLeast(1)),
            String("group.consumer.migration.policy", "disabled", "Moves of groups between the protocols.").Internal(),
            Int("group.consumer.min.heartbeat.interval.ms", "5000", "Smallest heartbeat interval of consumers.", AtLeast(1)),
            Int("group.consumer.min.session.timeout.ms", "45000", "Smallest session timeout of consumers.", AtLeast(1)),
            Int("group.consumer.session.timeout.ms", "45000", "Session timeout of consumers.", AtLeast(1)),
            Int("group.share.delivery.count.limit", "5", "Deliveries of a record to a share group.", Between(2, 10)),
            Boolean("group.share.enable", "false", "Share groups.").Internal(),
            Int("group.share.heartbeat.interval.ms", "5000", "Heartbeat interval of share consumers.", AtLeast(1)),
            Short("group.share.max.groups", "10", "Most share groups.", Between(1, 100)),
            Int("group.share.max.heartbeat.interval.ms", "15000", "Largest heartbeat interval of share consumers.", AtLeast(1)),
            Int("group.share.max.record.lock.duration.ms", "60000", "Longest lock of a record.", Between(30000, 3600000)),
            Int("group.share.max.session.timeout.ms", "60000", "Largest session timeout of share consumers.", AtLeast(1)),
            Short("group.share.max.size", "200", "Most consumers of a share group.", Between(10, 1000)),
            Int("group.share.min.heartbeat.interval.ms", "5000", "Smallest heartbeat interval of share consumers.", AtLeast(1)),
            Int("group.share.min.record.lock.duration.ms", "15000", "Shortest lock of a record.", Between(1000, 30000)),
            Int("group.share.min.session.timeout.ms", "45000", "Smallest session timeout of share consumers.", AtLeast(1)),
            Int("group.share.partition.max.record.locks", "200", "Most locked records of a partition.", Between(100, 10000)),
            Int("group.share.record.lock.duration.ms", "30000", "Lock of a record.", Between(1000, 60000)),
            Int("group.share.session.timeout.ms", "45000", "Session timeout of share consumers.", AtLeast(1)),
        }.Select(key => key.Inert(InertReasons.KRaft));
}
