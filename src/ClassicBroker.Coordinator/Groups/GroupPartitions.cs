using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>All partitions of <c>__consumer_offsets</c>, and which group belongs to which. Threading: any.</summary>
internal sealed class GroupPartitions(int count) : CoordinatedPartitions<GroupPartition>(count, index => new GroupPartition(index))
{
    /// <summary>
    /// The partition of a group this broker coordinates, or why it does not. Only APIs that old clients use without a group may leave the
    /// id empty.
    /// </summary>
    public ErrorCode TryGet(string groupId, bool mayBeEmpty, out GroupPartition? partition)
    {
        partition = null;
        if (groupId.Length == 0 && !mayBeEmpty)
        {
            return ErrorCode.InvalidGroupId;
        }

        if (!IsActive)
        {
            return ErrorCode.CoordinatorNotAvailable;
        }

        partition = All[IndexOf(groupId)];
        return partition.Availability;
    }
}
