using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Metadata;

namespace ClassicBroker.Coordinator.Log;

/// <summary>The versions of values that all brokers of the cluster can read, by <c>inter.broker.protocol.version</c>. Immutable.</summary>
internal readonly record struct RecordVersions(short Group, short Offset)
{
    /// <summary>The one version with an expiration of its own.</summary>
    private const short OffsetWithExpiration = 1;

    public static RecordVersions Of(MetadataVersion interBrokerProtocol) =>
        new(
            interBrokerProtocol switch
            {
                < MetadataVersion.IBP_0_10_1_IV0 => 0,
                < MetadataVersion.IBP_2_1_IV0 => 1,
                < MetadataVersion.IBP_2_3_IV0 => 2,
                _ => 3,
            },
            interBrokerProtocol switch
            {
                < MetadataVersion.IBP_2_1_IV0 => OffsetWithExpiration,
                < MetadataVersion.IBP_2_1_IV1 => 2,
                _ => 3,
            });

    public short Of(in CommittedOffset offset) =>
        offset.ExpireTimestampMs == CommittedOffset.NoExpiration ? Offset : OffsetWithExpiration;
}
