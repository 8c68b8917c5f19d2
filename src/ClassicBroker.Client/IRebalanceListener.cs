using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>
/// Hears which partitions a group gives to its consumer and takes from it. Called within a poll, which waits for it: what is committed here
/// is committed before another member gets the partition.
/// </summary>
public interface IRebalanceListener
{
    /// <summary>Partitions were added; none may mean that the rebalance changed nothing.</summary>
    ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions);

    /// <summary>Partitions are about to be given up; the consumer still owns them.</summary>
    ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions);

    /// <summary>Partitions were lost and may have another owner already, so that a commit would fail.</summary>
    ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions) => OnPartitionsRevokedAsync(partitions);
}
