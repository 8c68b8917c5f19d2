using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Deletions;

/// <summary>One partition of a DeleteRecords, and what becomes of it. Owned by the request.</summary>
public sealed class DeleteRecordsWait(TopicPartition partition, long offset)
{
    public const long UnknownLowWatermark = -1;

    public TopicPartition Partition { get; } = partition;

    /// <summary>Records below go; -1 asks for all below the high watermark.</summary>
    public long Offset { get; internal set; } = offset;

    public bool IsPending { get; internal set; }

    public ErrorCode Error { get; internal set; }

    /// <summary>The lowest log start offset of the live replicas.</summary>
    public long LowWatermark { get; internal set; } = UnknownLowWatermark;
}
