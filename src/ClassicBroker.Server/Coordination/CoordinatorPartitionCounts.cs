using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Admin;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Coordination;

/// <summary>
/// Partitions of the topics coordinators keep their state in: as they are when the broker starts, else as they will be made. Immutable.
/// </summary>
public sealed record CoordinatorPartitionCounts(int Groups, int Transactions)
{
    public static async Task<CoordinatorPartitionCounts> ReadAsync(MetadataStore store, KafkaConfig config) =>
        new(
            await CountAsync(store, TopicName.ConsumerOffsets) ?? config.OffsetsTopicNumPartitions,
            await CountAsync(store, TopicName.TransactionState) ?? config.TransactionStateLogNumPartitions);

    private static async Task<int?> CountAsync(MetadataStore store, string topic) =>
        (await store.Topics.GetAsync(topic))?.Partitions.Count is { } count and > 0 ? count : null;
}
