using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of groups and offsets: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class GroupConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Int("group.coordinator.append.linger.ms", "10", "New coordinator batching (KRaft only effect).", AtLeast(0))
            .Inert(InertReasons.KRaft),
        Boolean("group.coordinator.new.enable", "false", "Internal switch (KRaft).").Inert(InertReasons.KRaft).Internal(),
        List("group.coordinator.rebalance.protocols", "classic", "Enabled protocols; ZK mode refuses consumer.",
            EachOf("classic", "consumer")),
        Int("group.coordinator.threads", "1", "New coordinator threads (KRaft only effect).", AtLeast(1)).Inert(InertReasons.KRaft),
        Int("group.initial.rebalance.delay.ms", "3000", "Wait for more members before first rebalance of an empty group."),
        Int("group.max.session.timeout.ms", "1800000", "Largest session.timeout.ms a member may ask."),
        Int("group.max.size", "2147483647", "Max members per group.", AtLeast(1)),
        Int("group.min.session.timeout.ms", "6000", "Smallest session.timeout.ms a member may ask."),
        Int("offset.metadata.max.bytes", "4096", "Max size of commit metadata string."),
        Short("offsets.commit.required.acks", "-1", "Acks for offset commits; leave −1 (deprecated 3.8); 2.2 requires −1..RF."),
        Int("offsets.commit.timeout.ms", "5000", "How long a commit waits for replication.", AtLeast(1)),
        Int("offsets.load.buffer.size", "5242880", "Read batch size while loading __consumer_offsets.", AtLeast(1)),
        Long("offsets.retention.check.interval.ms", "600000", "Period of expiry sweep.", AtLeast(1)),
        Int("offsets.retention.minutes", "10080", "Commits expire this long after group empties (or last commit for standalone).",
            AtLeast(1)),
        Int("offsets.topic.compression.codec", "0", "Codec id for offsets topic batches: 0 none 1 gzip 2 snappy 3 lz4 4 zstd."),
        Int("offsets.topic.num.partitions", "50", "Partition count of __consumer_offsets.", AtLeast(1)),
        Short("offsets.topic.replication.factor", "3",
            "RF of __consumer_offsets; creation fails until that many brokers live (sample server.properties sets 1).", AtLeast(1)),
        Int("offsets.topic.segment.bytes", "104857600", "Segment size of __consumer_offsets.", AtLeast(1)),
    ];
}
