using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Offsets;

/// <summary>One partition of a commit, and what becomes of it. Owned by the request.</summary>
public sealed class PartitionCommit(TopicPartition partition, CommittedOffset offset)
{
    public TopicPartition Partition { get; } = partition;

    public CommittedOffset Offset { get; } = offset;

    public ErrorCode Error { get; internal set; }
}
