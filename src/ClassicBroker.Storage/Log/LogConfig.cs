using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// The settings of one topic that its logs live by, with Kafka's defaults. Immutable: a change of configuration hands every log of the
/// topic a new one.
/// </summary>
public sealed record LogConfig
{
    /// <summary><c>segment.bytes</c>.</summary>
    public int SegmentBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary><c>segment.ms</c>.</summary>
    public long SegmentMs { get; init; } = 7 * 24 * 3600 * 1000L;

    /// <summary><c>segment.jitter.ms</c>.</summary>
    public long SegmentJitterMs { get; init; }

    /// <summary><c>segment.index.bytes</c>.</summary>
    public int SegmentIndexBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary><c>flush.messages</c>.</summary>
    public long FlushMessages { get; init; } = long.MaxValue;

    /// <summary><c>flush.ms</c>.</summary>
    public long FlushMs { get; init; } = long.MaxValue;

    /// <summary><c>retention.bytes</c>; negative is without limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary><c>retention.ms</c>; negative is without limit.</summary>
    public long RetentionMs { get; init; } = 7 * 24 * 3600 * 1000L;

    /// <summary><c>max.message.bytes</c>.</summary>
    public int MaxMessageBytes { get; init; } = 1048588;

    /// <summary><c>index.interval.bytes</c>.</summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary><c>delete.retention.ms</c>.</summary>
    public long DeleteRetentionMs { get; init; } = 24 * 3600 * 1000L;

    /// <summary><c>min.compaction.lag.ms</c>.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary><c>max.compaction.lag.ms</c>.</summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary><c>file.delete.delay.ms</c>.</summary>
    public long FileDeleteDelayMs { get; init; } = 60_000;

    /// <summary><c>min.cleanable.dirty.ratio</c>.</summary>
    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary><c>cleanup.policy</c>.</summary>
    public CleanupPolicy CleanupPolicy { get; init; } = CleanupPolicy.Delete;

    /// <summary><c>unclean.leader.election.enable</c>.</summary>
    public bool UncleanLeaderElectionEnable { get; init; }

    /// <summary><c>min.insync.replicas</c>.</summary>
    public int MinInsyncReplicas { get; init; } = 1;

    /// <summary><c>compression.type</c> with its level; null is <c>producer</c>: keep what came.</summary>
    public Compression? Compression { get; init; }

    /// <summary><c>preallocate</c>.</summary>
    public bool Preallocate { get; init; }

    /// <summary>The magic of <c>message.format.version</c>; 2 for every version since 0.11.</summary>
    public byte RecordMagic { get; init; } = RecordFormat.CurrentMagic;

    /// <summary>
    /// Does the log keep leader epochs? Not while it gets records of formats that carry none, as in Kafka: what it knew of epochs would say
    /// nothing of where it ends, and each of its replicas would know something else.
    /// </summary>
    public bool KeepsEpochs => RecordMagic >= RecordFormat.MagicV2;

    /// <summary><c>message.timestamp.type</c>.</summary>
    public TimestampType MessageTimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary><c>message.timestamp.before.max.ms</c>.</summary>
    public long MessageTimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary><c>message.timestamp.after.max.ms</c>.</summary>
    public long MessageTimestampAfterMaxMs { get; init; } = long.MaxValue;

    /// <summary><c>leader.replication.throttled.replicas</c>.</summary>
    public IReadOnlyList<string> LeaderReplicationThrottledReplicas { get; init; } = [];

    /// <summary><c>follower.replication.throttled.replicas</c>.</summary>
    public IReadOnlyList<string> FollowerReplicationThrottledReplicas { get; init; } = [];

    /// <summary><c>message.downconversion.enable</c>.</summary>
    public bool MessageDownconversionEnable { get; init; } = true;

    public bool IsCompacted => (CleanupPolicy & CleanupPolicy.Compact) != 0;

    public bool IsDeleted => (CleanupPolicy & CleanupPolicy.Delete) != 0;

    internal RecordValidationSettings ValidationSettings(TopicPartition partition) => new()
    {
        TopicPartition = partition,
        TargetMagic = RecordMagic,
        TargetCompression = Compression,
        TimestampType = MessageTimestampType,
        TimestampBeforeMaxMs = MessageTimestampBeforeMaxMs,
        TimestampAfterMaxMs = MessageTimestampAfterMaxMs,
        IsCompacted = IsCompacted,
        MessageSizeMax = MaxMessageBytes,
    };
}
