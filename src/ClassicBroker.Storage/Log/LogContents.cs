using ClassicBroker.Primitives;

namespace ClassicBroker.Storage;

/// <summary>
/// What a log consists of when it is opened: found on disk by <see cref="LogLoader"/>, handed over to <see cref="PartitionLog"/>.
/// </summary>
internal sealed record LogContents
{
    public required PartitionDirectory Directory { get; init; }

    public required PartitionMetadataFile Metadata { get; init; }

    /// <summary>What <c>partition.metadata</c> says; zero where it says nothing.</summary>
    public required Uuid TopicId { get; init; }

    public required SegmentList Segments { get; init; }

    public required LeaderEpochCache Epochs { get; init; }

    public required ProducerState Producers { get; init; }

    public required long LogStartOffset { get; init; }

    public required long LogEndOffset { get; init; }

    public required long RecoveryPoint { get; init; }
}
