using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Topic keys, each with the broker keys that supply it where a topic does not say.</summary>
internal static class TopicConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Int("segment.bytes", "1073741824", "Segment size.", AtLeast(14)).FallingBackTo("log.segment.bytes"),
        Long("segment.ms", "604800000", "Roll even if not full.", AtLeast(1)).FallingBackTo("log.roll.ms", "log.roll.hours"),
        Long("segment.jitter.ms", "0", "Random reduction of segment.ms.", AtLeast(0))
            .FallingBackTo("log.roll.jitter.ms", "log.roll.jitter.hours"),
        Int("segment.index.bytes", "10485760", "Index size.", AtLeast(4)).FallingBackTo("log.index.size.max.bytes"),
        Long("flush.messages", "9223372036854775807", "Fsync after N messages.",
            AtLeast(1)).FallingBackTo("log.flush.interval.messages"),
        Long("flush.ms", "9223372036854775807", "Fsync after time.", AtLeast(0))
            .FallingBackTo("log.flush.interval.ms", "log.flush.scheduler.interval.ms"),
        Long("retention.bytes", "-1", "Size retention per partition, −1 none.").FallingBackTo("log.retention.bytes"),
        Long("retention.ms", "604800000", "Time retention, −1 none.", AtLeast(-1))
            .FallingBackTo("log.retention.ms", "log.retention.minutes", "log.retention.hours"),
        Int("max.message.bytes", "1048588", "Largest batch.", AtLeast(0)).FallingBackTo("message.max.bytes"),
        Int("index.interval.bytes", "4096", "Bytes between index entries.", AtLeast(0)).FallingBackTo("log.index.interval.bytes"),
        Long("delete.retention.ms", "86400000", "Tombstone life.", AtLeast(0))
            .FallingBackTo("log.cleaner.delete.retention.ms"),
        Long("min.compaction.lag.ms", "0", "Min age before compaction.",
            AtLeast(0)).FallingBackTo("log.cleaner.min.compaction.lag.ms"),
        Long("max.compaction.lag.ms", "9223372036854775807", "Max time uncompacted.",
            AtLeast(1)).FallingBackTo("log.cleaner.max.compaction.lag.ms"),
        Long("file.delete.delay.ms", "60000", "Delay before unlink.", AtLeast(0)).FallingBackTo("log.segment.delete.delay.ms"),
        Double("min.cleanable.dirty.ratio", "0.5", "Dirty ratio for cleaning.",
            Between(0, 1)).FallingBackTo("log.cleaner.min.cleanable.ratio"),
        List("cleanup.policy", "delete", "Delete, compact or both.",
            EachOf("compact", "delete")).FallingBackTo("log.cleanup.policy"),
        Boolean("unclean.leader.election.enable", "false",
            "Allow non-ISR leader.").FallingBackTo("unclean.leader.election.enable"),
        Int("min.insync.replicas", "1", "ISR size for acks=all.", AtLeast(1)).FallingBackTo("min.insync.replicas"),
        String("compression.type", "producer", "Stored codec.",
            OneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")).FallingBackTo("compression.type"),
        Int("compression.gzip.level", "-1", "Gzip level.", GzipLevel).FallingBackTo("compression.gzip.level"),
        Int("compression.lz4.level", "9", "Level when broker recompresses with lz4.",
            Between(1, 17)).FallingBackTo("compression.lz4.level"),
        Int("compression.zstd.level", "3", "Level when broker recompresses with zstd.",
            Between(-131072, 22)).FallingBackTo("compression.zstd.level"),
        Boolean("preallocate", "false", "Preallocate segments.").FallingBackTo("log.preallocate"),
        String("message.format.version", "3.0-IV1", "On-disk format; ignored with IBP ≥3.0.",
            Release).FallingBackTo("log.message.format.version"),
        String("message.timestamp.type", "CreateTime", "Timestamp owner.",
            OneOf("CreateTime", "LogAppendTime")).FallingBackTo("log.message.timestamp.type"),
        Long("message.timestamp.difference.max.ms", "9223372036854775807", "Deprecated 3.6.",
            AtLeast(0)).FallingBackTo("log.message.timestamp.difference.max.ms"),
        Long("message.timestamp.before.max.ms", "9223372036854775807", "Max past skew.",
            AtLeast(0)).FallingBackTo("log.message.timestamp.before.max.ms"),
        Long("message.timestamp.after.max.ms", "9223372036854775807", "Max future skew.",
            AtLeast(0)).FallingBackTo("log.message.timestamp.after.max.ms"),
        List("leader.replication.throttled.replicas", "", "Replicas throttled on leader side.", ThrottledReplicas),
        List("follower.replication.throttled.replicas", "", "Replicas throttled on follower side.", ThrottledReplicas),
        Boolean("message.downconversion.enable", "true",
            "Convert for old fetchers.").FallingBackTo("log.message.downconversion.enable"),
        Boolean("remote.storage.enable", "false", "Tiered storage; refused when true."),
        Long("local.retention.ms", "-2", "Tiered storage, −2 = retention.ms.", AtLeast(-2))
            .FallingBackTo("log.local.retention.ms").Inert(InertReasons.TieredStorage),
        Long("local.retention.bytes", "-2", "Tiered storage, −2 = retention.bytes.", AtLeast(-2))
            .FallingBackTo("log.local.retention.bytes").Inert(InertReasons.TieredStorage),
        Boolean("remote.log.copy.disable", "false", "Tiered storage (KRaft); refused when true."),
        Boolean("remote.log.delete.on.disable", "false", "Tiered storage (KRaft); refused when true."),
    ];
}
