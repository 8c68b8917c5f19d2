using ClassicBroker.Coordinator;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Server.Config;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Coordination;

/// <summary>Makes a broker's group coordinator from its configuration. Used once, at start.</summary>
internal static class GroupCoordination
{
    private const long MillisecondsPerMinute = 60_000;

    public static GroupCoordinator Make(
        KafkaConfig config, CoordinatorPartitionCounts counts, ReplicaManager replicas, KafkaServerEnvironment environment) =>
        new(
            SettingsOf(config, counts.Groups),
            replicas,
            new LeaderAppender(replicas, environment.Loggers.CreateLogger<LeaderAppender>()),
            environment.GroupLoop,
            environment.Random,
            environment.Loggers.CreateLogger<GroupCoordinator>());

    private static GroupCoordinatorSettings SettingsOf(KafkaConfig config, int partitions) =>
        new()
        {
            PartitionCount = partitions,
            InterBrokerProtocol = config.InterBrokerProtocolVersion,
            SessionTimeoutMinMs = config.Values.Int("group.min.session.timeout.ms"),
            SessionTimeoutMaxMs = config.Values.Int("group.max.session.timeout.ms"),
            GroupSizeMax = config.Values.Int("group.max.size"),
            InitialRebalanceDelayMs = config.Values.Int("group.initial.rebalance.delay.ms"),
            OffsetMetadataMax = config.Values.Int("offset.metadata.max.bytes"),
            CommitRequiredAcks = config.Values.Short("offsets.commit.required.acks"),
            CommitTimeoutMs = config.Values.Int("offsets.commit.timeout.ms"),
            LoadBufferSize = config.Values.Int("offsets.load.buffer.size"),
            OffsetsRetentionMs = config.Values.Int("offsets.retention.minutes") * MillisecondsPerMinute,
            RetentionCheckIntervalMs = config.Values.Long("offsets.retention.check.interval.ms"),
            OffsetsCodec = CodecOf(config.Values.Int("offsets.topic.compression.codec")),
        };

    private static CompressionCodec CodecOf(int id) =>
        id is >= (int)CompressionCodec.None and <= (int)CompressionCodec.Zstd
            ? (CompressionCodec)id
            : throw new ConfigException($"Unknown compression type id: {id}");
}
