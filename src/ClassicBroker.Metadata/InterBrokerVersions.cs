namespace ClassicBroker.Metadata;

/// <summary>
/// What brokers may say to each other at an <c>inter.broker.protocol.version</c>. These request versions are fixed by it and never
/// negotiated, because a peer may still run the older release that the version stands for.
/// </summary>
public static class InterBrokerVersions
{
    /// <summary>Brokers register and controllers keep finalised features (KIP-584).</summary>
    public static bool SupportsFeatureVersioning(this MetadataVersion version) => version >= MetadataVersion.IBP_2_7_IV0;

    /// <summary>Leaders tell where a leader epoch ended (KIP-101).</summary>
    public static bool SupportsOffsetForLeaderEpoch(this MetadataVersion version) => version >= MetadataVersion.IBP_0_11_0_IV2;

    /// <summary>Followers learn of divergence from the fetch response (KIP-595).</summary>
    public static bool SupportsTruncationOnFetch(this MetadataVersion version) => version >= MetadataVersion.IBP_2_7_IV1;

    /// <summary>Leaders change the ISR through the controller and not in ZooKeeper (KIP-497).</summary>
    public static bool SupportsAlterPartition(this MetadataVersion version) => version >= MetadataVersion.IBP_2_7_IV2;

    /// <summary>Topics carry ids (KIP-516).</summary>
    public static bool SupportsTopicIds(this MetadataVersion version) => version >= MetadataVersion.IBP_2_8_IV0;

    /// <summary>Producer id blocks come from the controller (KIP-730).</summary>
    public static bool SupportsAllocateProducerIds(this MetadataVersion version) => version >= MetadataVersion.IBP_3_0_IV0;

    /// <summary>A leader elected uncleanly is marked as recovering (KIP-704).</summary>
    public static bool SupportsLeaderRecovery(this MetadataVersion version) => version >= MetadataVersion.IBP_3_2_IV0;

    /// <summary>The feature znode drops minimum levels (KIP-778).</summary>
    public static bool SupportsFeatureZnodeV2(this MetadataVersion version) => version >= MetadataVersion.IBP_3_3_IV0;

    /// <summary>The controller znode names a KRaft controller epoch (KIP-866).</summary>
    public static bool SupportsControllerZnodeV2(this MetadataVersion version) => version >= MetadataVersion.IBP_3_4_IV0;

    /// <summary>Version of LeaderAndIsr.</summary>
    public static short LeaderAndIsrVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_3_4_IV0 => 7,
            >= MetadataVersion.IBP_3_2_IV0 => 6,
            >= MetadataVersion.IBP_2_8_IV1 => 5,
            >= MetadataVersion.IBP_2_4_IV1 => 4,
            >= MetadataVersion.IBP_2_4_IV0 => 3,
            >= MetadataVersion.IBP_2_2_IV0 => 2,
            >= MetadataVersion.IBP_1_0_IV0 => 1,
            _ => 0,
        };

    /// <summary>Version of UpdateMetadata.</summary>
    public static short UpdateMetadataVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_3_4_IV0 => 8,
            >= MetadataVersion.IBP_2_8_IV1 => 7,
            >= MetadataVersion.IBP_2_4_IV1 => 6,
            >= MetadataVersion.IBP_2_2_IV0 => 5,
            >= MetadataVersion.IBP_1_0_IV0 => 4,
            >= MetadataVersion.IBP_0_10_2_IV0 => 3,
            >= MetadataVersion.IBP_0_10_0_IV1 => 2,
            >= MetadataVersion.IBP_0_9_0 => 1,
            _ => 0,
        };

    /// <summary>Version of StopReplica.</summary>
    public static short StopReplicaVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_3_4_IV0 => 4,
            >= MetadataVersion.IBP_2_6_IV0 => 3,
            >= MetadataVersion.IBP_2_4_IV1 => 2,
            >= MetadataVersion.IBP_2_2_IV0 => 1,
            _ => 0,
        };

    /// <summary>Version of ControlledShutdown.</summary>
    public static short ControlledShutdownVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_2_4_IV1 => 3,
            >= MetadataVersion.IBP_2_2_IV0 => 2,
            >= MetadataVersion.IBP_0_9_0 => 1,
            _ => 0,
        };

    /// <summary>Version of AlterPartition, from <see cref="SupportsAlterPartition"/> on.</summary>
    public static short AlterPartitionVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_3_5_IV1 => 3,
            >= MetadataVersion.IBP_3_3_IV0 => 2,
            >= MetadataVersion.IBP_3_2_IV0 => 1,
            _ => 0,
        };

    /// <summary>Version of a follower's Fetch.</summary>
    public static short ReplicaFetchVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_3_9_IV0 => 17,
            >= MetadataVersion.IBP_3_7_IV4 => 16,
            >= MetadataVersion.IBP_3_5_IV1 => 15,
            >= MetadataVersion.IBP_3_5_IV0 => 14,
            >= MetadataVersion.IBP_3_1_IV0 => 13,
            >= MetadataVersion.IBP_2_7_IV1 => 12,
            >= MetadataVersion.IBP_2_3_IV1 => 11,
            >= MetadataVersion.IBP_2_1_IV2 => 10,
            >= MetadataVersion.IBP_2_0_IV1 => 8,
            >= MetadataVersion.IBP_1_1_IV0 => 7,
            >= MetadataVersion.IBP_0_11_0_IV1 => 5,
            >= MetadataVersion.IBP_0_11_0_IV0 => 4,
            >= MetadataVersion.IBP_0_10_1_IV1 => 3,
            >= MetadataVersion.IBP_0_10_0_IV0 => 2,
            >= MetadataVersion.IBP_0_9_0 => 1,
            _ => 0,
        };

    /// <summary>Version of a follower's ListOffsets.</summary>
    public static short ReplicaListOffsetsVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_3_9_IV0 => 9,
            >= MetadataVersion.IBP_3_5_IV0 => 8,
            >= MetadataVersion.IBP_3_0_IV1 => 7,
            >= MetadataVersion.IBP_2_8_IV0 => 6,
            >= MetadataVersion.IBP_2_2_IV1 => 5,
            >= MetadataVersion.IBP_2_1_IV1 => 4,
            >= MetadataVersion.IBP_2_0_IV1 => 3,
            >= MetadataVersion.IBP_0_11_0_IV0 => 2,
            >= MetadataVersion.IBP_0_10_1_IV2 => 1,
            _ => 0,
        };

    /// <summary>Version of a follower's OffsetForLeaderEpoch.</summary>
    public static short ReplicaOffsetForLeaderEpochVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_2_8_IV0 => 4,
            >= MetadataVersion.IBP_2_3_IV1 => 3,
            >= MetadataVersion.IBP_2_1_IV1 => 2,
            >= MetadataVersion.IBP_2_0_IV0 => 1,
            _ => 0,
        };

    /// <summary>Version of WriteTxnMarkers.</summary>
    public static short WriteTxnMarkersVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_2_8_IV0 => 1,
            _ => 0,
        };

    /// <summary>Version of AddPartitionsToTxn that verifies transactions; null where coordinators cannot be asked (KIP-890).</summary>
    public static short? TransactionVerificationVersion(this MetadataVersion version) =>
        version switch
        {
            >= MetadataVersion.IBP_3_8_IV0 => 5,
            >= MetadataVersion.IBP_3_6_IV0 => 4,
            _ => null,
        };
}
