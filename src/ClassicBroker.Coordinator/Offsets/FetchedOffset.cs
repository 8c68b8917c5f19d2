using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Offsets;

/// <summary>What a group is told of one partition. Immutable.</summary>
public readonly record struct FetchedOffset(TopicPartition Partition, long Offset, int LeaderEpoch, string Metadata, ErrorCode Error)
{
    private const long NoOffset = -1;

    /// <summary>Nothing is committed, or nothing that may be told yet.</summary>
    public static FetchedOffset None(TopicPartition partition, ErrorCode error = ErrorCode.None) =>
        new(partition, NoOffset, CommittedOffset.NoEpoch, "", error);

    internal static FetchedOffset Of(TopicPartition partition, in CommittedOffset committed) =>
        new(partition, committed.Offset, committed.LeaderEpoch, committed.Metadata, ErrorCode.None);
}
