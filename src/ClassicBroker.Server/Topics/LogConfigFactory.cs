using ClassicBroker.Metadata;
using ClassicBroker.Records;
using ClassicBroker.Server.Config;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Topics;

/// <summary>Turns a topic's config values into what its logs live by.</summary>
public static class LogConfigFactory
{
    /// <summary>The settings of a topic with the given overrides.</summary>
    /// <exception cref="ConfigException">An override cannot be read.</exception>
    public static LogConfig From(KafkaConfig broker, IReadOnlyDictionary<string, string> overrides)
    {
        var values = TopicConfigDefinition.Derive(broker, overrides);
        return new LogConfig
        {
            SegmentBytes = values.Int("segment.bytes"),
            SegmentMs = values.Long("segment.ms"),
            SegmentJitterMs = values.Long("segment.jitter.ms"),
            SegmentIndexBytes = values.Int("segment.index.bytes"),
            FlushMessages = values.Long("flush.messages"),
            FlushMs = values.Long("flush.ms"),
            RetentionBytes = values.Long("retention.bytes"),
            RetentionMs = values.Long("retention.ms"),
            MaxMessageBytes = values.Int("max.message.bytes"),
            IndexIntervalBytes = values.Int("index.interval.bytes"),
            DeleteRetentionMs = values.Long("delete.retention.ms"),
            MinCompactionLagMs = values.Long("min.compaction.lag.ms"),
            MaxCompactionLagMs = values.Long("max.compaction.lag.ms"),
            FileDeleteDelayMs = values.Long("file.delete.delay.ms"),
            MinCleanableDirtyRatio = values.Double("min.cleanable.dirty.ratio"),
            CleanupPolicy = Policy(values.List("cleanup.policy")),
            UncleanLeaderElectionEnable = values.Bool("unclean.leader.election.enable"),
            MinInsyncReplicas = values.Int("min.insync.replicas"),
            Compression = CompressionOf(values),
            Preallocate = values.Bool("preallocate"),
            RecordMagic = Magic(broker, values.String("message.format.version")),
            MessageTimestampType = values.String("message.timestamp.type") == "LogAppendTime"
                ? TimestampType.LogAppendTime
                : TimestampType.CreateTime,
            MessageTimestampBeforeMaxMs = TopicConfigDefinition.TimestampBound(values, "message.timestamp.before.max.ms"),
            MessageTimestampAfterMaxMs = TopicConfigDefinition.TimestampBound(values, "message.timestamp.after.max.ms"),
            LeaderReplicationThrottledReplicas = values.List("leader.replication.throttled.replicas"),
            FollowerReplicationThrottledReplicas = values.List("follower.replication.throttled.replicas"),
            MessageDownconversionEnable = values.Bool("message.downconversion.enable"),
        };
    }

    private static CleanupPolicy Policy(IReadOnlyList<string> names) =>
        (names.Contains("delete") ? CleanupPolicy.Delete : CleanupPolicy.None)
        | (names.Contains("compact") ? CleanupPolicy.Compact : CleanupPolicy.None);

    private static Compression? CompressionOf(ConfigValues values) =>
        values.String("compression.type") switch
        {
            "producer" => null,
            "gzip" => Compression.Of(CompressionCodec.Gzip, values.Int("compression.gzip.level")),
            "lz4" => Compression.Of(CompressionCodec.Lz4, values.Int("compression.lz4.level")),
            "zstd" => Compression.Of(CompressionCodec.Zstd, values.Int("compression.zstd.level")),
            "snappy" => Compression.Of(CompressionCodec.Snappy),
            _ => Compression.None,
        };

    /// <summary>From inter-broker protocol 3.0 on every topic is of format 2, whatever it says.</summary>
    private static byte Magic(KafkaConfig broker, string formatVersion)
    {
        if (broker.InterBrokerProtocolVersion >= MetadataVersion.IBP_3_0_IV0 || !MetadataVersions.TryParse(formatVersion, out var version))
        {
            return RecordFormat.MagicV2;
        }

        return version >= MetadataVersion.IBP_0_11_0_IV0 ? RecordFormat.MagicV2
            : version >= MetadataVersion.IBP_0_10_0_IV0 ? RecordFormat.MagicV1
            : RecordFormat.MagicV0;
    }
}
