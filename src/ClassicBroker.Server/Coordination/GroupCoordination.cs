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
        KafkaConfig config,
        CoordinatorPartitionCounts counts,
        ReplicaManager replicas,
        Func<long, bool> stands,
        KafkaServerEnvironment environment) =>
        new(
            SettingsOf(config, counts.Groups),
            replicas,
            new LeaderAppender(replicas, environment.Loggers.CreateLogger<LeaderAppender>()),
            stands,
            environment.GroupLoop,
            environment.Random,
            environment.Loggers.CreateLogger<GroupCoordinator>());

    private static GroupCoordinatorSettings SettingsOf(KafkaConfig config, int partitions) =>
        new()
        {
            PartitionCount = partitions,
            InterBrokerProtocol = config.InterBrokerProtocolVersion,
            SessionTimeoutMinMs = config.GroupMinSessionTimeoutMs,
            SessionTimeoutMaxMs = config.GroupMaxSessionTimeoutMs,
            GroupSizeMax = config.GroupMaxSize,
            InitialRebalanceDelayMs = config.GroupInitialRebalanceDelayMs,
            OffsetMetadataMax = config.OffsetMetadataMaxBytes,
            CommitRequiredAcks = config.OffsetsCommitRequiredAcks,
            CommitTimeoutMs = config.OffsetsCommitTimeoutMs,
            CutOffMs = config.ZooKeeperSessionTimeoutMs,
            LoadBufferSize = config.OffsetsLoadBufferSize,
            OffsetsRetentionMs = config.OffsetsRetentionMinutes * MillisecondsPerMinute,
            RetentionCheckIntervalMs = config.OffsetsRetentionCheckIntervalMs,
            OffsetsCodec = CodecOf(config.OffsetsTopicCompressionCodec),
        };

    private static CompressionCodec CodecOf(int id) =>
        id is >= (int)CompressionCodec.None and <= (int)CompressionCodec.Zstd
            ? (CompressionCodec)id
            : throw new ConfigException($"Unknown compression type id: {id}");
}
