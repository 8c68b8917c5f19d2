using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Stores;

/// <summary>What became of a batch of conditional writes of partition states.</summary>
/// <param name="Written">What is stored now, with its new partition epoch.</param>
/// <param name="Stale">Written by someone else meanwhile; to be read and decided again.</param>
/// <param name="Failed">Refused for another reason.</param>
public sealed record PartitionStateWrites(
    IReadOnlyDictionary<TopicPartition, LeaderAndIsr> Written,
    IReadOnlyList<TopicPartition> Stale,
    IReadOnlyDictionary<TopicPartition, ZooKeeperError> Failed);
