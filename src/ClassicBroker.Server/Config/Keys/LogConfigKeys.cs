using static ClassicBroker.Server.Config.ConfigKey;
using static ClassicBroker.Server.Config.ConfigUpdateMode;
using static ClassicBroker.Server.Config.ConfigValidator;

namespace ClassicBroker.Server.Config.Keys;

/// <summary>Broker keys of the log and its cleaner: one line each, read by <see cref="BrokerConfigDefinition"/>.</summary>
internal static class LogConfigKeys
{
    public static IReadOnlyList<ConfigKey> Keys { get; } =
    [
        Long("log.cleaner.backoff.ms", "15000", "Sleep when nothing to clean.", AtLeast(0), ClusterWide),
        Long("log.cleaner.dedupe.buffer.size", "134217728",
            "Total dedupe memory; must exceed 1 MiB per thread (0.8.2 default 524288000).", update: ClusterWide),
        Long("log.cleaner.delete.retention.ms", "86400000", "How long tombstones stay.", AtLeast(0), ClusterWide),
        Boolean("log.cleaner.enable", "true", "Run the cleaner (0.8.2 default false; needed by compacted __consumer_offsets)."),
        Double("log.cleaner.io.buffer.load.factor", "0.9", "Fill ratio of dedupe buffer.", update: ClusterWide),
        Int("log.cleaner.io.buffer.size", "524288", "Total cleaner I/O buffers.", AtLeast(0), ClusterWide),
        Double("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", "Cleaner I/O throttle (read+write).",
            update: ClusterWide),
        Long("log.cleaner.max.compaction.lag.ms", "9223372036854775807", "Age at which a log becomes eligible anyway.",
            AtLeast(1), ClusterWide),
        Double("log.cleaner.min.cleanable.ratio", "0.5", "Dirty ratio making a log eligible.", Between(0, 1), ClusterWide),
        Long("log.cleaner.min.compaction.lag.ms", "0", "Minimum age before compaction.", AtLeast(0), ClusterWide),
        Int("log.cleaner.threads", "1", "Compaction threads.", AtLeast(0), ClusterWide),
        List("log.cleanup.policy", "delete", "Default cleanup policy.", EachOf("compact", "delete"), ClusterWide),
        String("log.dir", "/tmp/kafka-logs", "Single data dir, used when log.dirs is null."),
        Long("log.dir.failure.timeout.ms", "30000", "KRaft only.", AtLeast(1)).Inert(InertReasons.KRaft),
        String("log.dirs", null, "Comma list of data dirs."),
        Long("log.flush.interval.messages", "9223372036854775807", "Fsync after this many messages.", AtLeast(1), ClusterWide),
        Long("log.flush.interval.ms", null, "Max time a message stays unflushed.", update: ClusterWide),
        Int("log.flush.offset.checkpoint.interval.ms", "60000", "Period of recovery-point checkpoint.", AtLeast(0)),
        Long("log.flush.scheduler.interval.ms", "9223372036854775807",
            "Period of the flusher; default for log.flush.interval.ms."),
        Int("log.flush.start.offset.checkpoint.interval.ms", "60000", "Period of log-start-offset checkpoint.", AtLeast(0)),
        Int("log.index.interval.bytes", "4096", "Bytes between index entries.", AtLeast(0), ClusterWide),
        Int("log.index.size.max.bytes", "10485760", "Max offset/time index size (preallocated).", AtLeast(4), ClusterWide),
        Long("log.initial.task.delay.ms", "30000", "Delay of LogManager periodic tasks.", AtLeast(0)).Internal(),
        Boolean("log.message.downconversion.enable", "true", "Serve old-format fetchers by conversion.", update: ClusterWide),
        String("log.message.format.version", "3.0-IV1", "On-disk format by release name; ignored when IBP ≥3.0.", Release),
        Long("log.message.timestamp.after.max.ms", "9223372036854775807",
            "Max future skew of create time; default falls back to difference.max.", AtLeast(0), ClusterWide),
        Long("log.message.timestamp.before.max.ms", "9223372036854775807",
            "Max age of create time; default falls back to difference.max.", AtLeast(0), ClusterWide),
        Long("log.message.timestamp.difference.max.ms", "9223372036854775807",
            "Max /now − create time/; deprecated 3.6 in favour of before/after.", AtLeast(0), ClusterWide),
        String("log.message.timestamp.type", "CreateTime", "Who stamps messages.",
            OneOf("CreateTime", "LogAppendTime"), ClusterWide),
        Boolean("log.preallocate", "false", "Preallocate segment files.", update: ClusterWide),
        Long("log.retention.bytes", "-1", "Per-partition size limit; −1 none.", update: ClusterWide),
        Long("log.retention.check.interval.ms", "300000", "Period of retention check.", AtLeast(1)),
        Int("log.retention.hours", "168", "Retention in hours."),
        Int("log.retention.minutes", null, "Retention in minutes."),
        Long("log.retention.ms", null, "Retention; −1 unlimited; beats minutes, which beat hours.", update: ClusterWide),
        Int("log.roll.hours", "168", "Max hours before rolling.", AtLeast(1)),
        Int("log.roll.jitter.hours", "0", "Random reduction of roll time, in hours.", AtLeast(0)),
        Long("log.roll.jitter.ms", null, "Random reduction of roll time; beats hours form.", update: ClusterWide),
        Long("log.roll.ms", null, "Max time before rolling; beats log.roll.hours.", update: ClusterWide),
        Int("log.segment.bytes", "1073741824", "Segment size.", AtLeast(14), ClusterWide),
        Long("log.segment.delete.delay.ms", "60000", "Delay between rename to .deleted and unlink.", AtLeast(0), ClusterWide),
        Int("min.insync.replicas", "1", "ISR size needed for acks=all writes.", AtLeast(1), ClusterWide),
        Int("num.recovery.threads.per.data.dir", "1", "Threads per dir for recovery at start and flush at stop.",
            AtLeast(1), ClusterWide),
    ];
}
