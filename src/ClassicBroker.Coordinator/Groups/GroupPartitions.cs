using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Groups;

/// <summary>
/// All partitions of <c>__consumer_offsets</c>, and which group belongs to which. Their number is fixed when the broker starts, as in
/// Kafka: were it to follow the topic, groups would be looked for in partitions that do not hold them. Threading: any.
/// </summary>
internal sealed class GroupPartitions
{
    private readonly GroupPartition[] _partitions;
    private int _isActive;

    public GroupPartitions(int count) => _partitions = [.. Enumerable.Range(0, count).Select(index => new GroupPartition(index))];

    public GroupPartition[] All => _partitions;

    /// <summary>False before the start and after the stop of the coordinator.</summary>
    public bool IsActive
    {
        get => Volatile.Read(ref _isActive) != 0;
        set => Volatile.Write(ref _isActive, value ? 1 : 0);
    }

    public bool IsLoading => Array.Exists(_partitions, partition => partition.IsLoading);

    public int IndexOf(string groupId) => JavaHash.Abs(JavaHash.OfString(groupId)) % _partitions.Length;

    /// <summary>Null for a partition the topic did not have when the broker started.</summary>
    public GroupPartition? Find(int index) => (uint)index < (uint)_partitions.Length ? _partitions[index] : null;

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

        partition = _partitions[IndexOf(groupId)];
        return partition.Availability;
    }
}
