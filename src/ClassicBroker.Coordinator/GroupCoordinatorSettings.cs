using ClassicBroker.Metadata;
using ClassicBroker.Records;

namespace ClassicBroker.Coordinator;

/// <summary>The broker keys the group coordinator lives by. Immutable: Kafka has none of them change while running.</summary>
public sealed record GroupCoordinatorSettings
{
    /// <summary>Partitions of <c>__consumer_offsets</c>, as they are or as <c>offsets.topic.num.partitions</c> will make them.</summary>
    public required int PartitionCount { get; init; }

    /// <summary><c>inter.broker.protocol.version</c>, which fixes the versions of the records written.</summary>
    public MetadataVersion InterBrokerProtocol { get; init; } = MetadataVersions.Latest;

    /// <summary><c>group.min.session.timeout.ms</c>.</summary>
    public int SessionTimeoutMinMs { get; init; } = 6_000;

    /// <summary><c>group.max.session.timeout.ms</c>.</summary>
    public int SessionTimeoutMaxMs { get; init; } = 1_800_000;

    /// <summary><c>group.max.size</c>.</summary>
    public int GroupSizeMax { get; init; } = int.MaxValue;

    /// <summary><c>group.initial.rebalance.delay.ms</c>.</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary><c>offset.metadata.max.bytes</c>; counted in characters, as Kafka counts.</summary>
    public int OffsetMetadataMax { get; init; } = 4_096;

    /// <summary><c>offsets.commit.required.acks</c>.</summary>
    public short CommitRequiredAcks { get; init; } = -1;

    /// <summary><c>offsets.commit.timeout.ms</c>.</summary>
    public int CommitTimeoutMs { get; init; } = 5_000;

    /// <summary>
    /// <c>zookeeper.session.timeout.ms</c>: a coordinator that is cut off for so long may have been replaced.
    /// </summary>
    public int CutOffMs { get; init; } = 18_000;

    /// <summary><c>offsets.load.buffer.size</c>.</summary>
    public int LoadBufferSize { get; init; } = 5 * 1024 * 1024;

    /// <summary><c>offsets.retention.minutes</c>.</summary>
    public long OffsetsRetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary><c>offsets.retention.check.interval.ms</c>.</summary>
    public long RetentionCheckIntervalMs { get; init; } = 600_000;

    /// <summary><c>offsets.topic.compression.codec</c>.</summary>
    public CompressionCodec OffsetsCodec { get; init; } = CompressionCodec.None;
}
