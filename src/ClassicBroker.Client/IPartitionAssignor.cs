using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>
/// Shares the partitions of a group out among its members; runs on the member that leads the group. All members must know one by the same
/// name. Implementations keep no state.
/// </summary>
public interface IPartitionAssignor
{
    /// <summary>The name members vote for, such as <c>range</c>.</summary>
    string Name { get; }

    /// <summary>Members keep their partitions while they rebalance and give up only those that move (KIP-429).</summary>
    bool IsCooperative { get; }

    /// <summary>What a member tells the leader beside its topics; null for nothing.</summary>
    byte[]? UserData(IReadOnlyList<TopicPartition> owned, int generation);

    /// <summary>Who gets what.</summary>
    /// <param name="partitionCounts">Partitions of each topic that exists and that some member subscribes.</param>
    /// <param name="members">All members, in the order of their ids, those with instance ids first.</param>
    IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members);
}
