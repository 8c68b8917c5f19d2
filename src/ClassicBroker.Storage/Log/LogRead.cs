using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// The outcome of a read. The caller owns <see cref="Records"/>: it hands the region to the transport, or releases its file.
/// </summary>
public readonly record struct LogRead
{
    /// <summary>NONE or OFFSET_OUT_OF_RANGE.</summary>
    public ErrorCode Error { get; init; }

    /// <summary>Where the returned bytes begin; where there are none, where the reader stands. For counting bytes while it waits.</summary>
    public LogOffset FetchOffset { get; init; }

    /// <summary>Whole batches, from the one that holds the fetch offset on; the last may be cut off. Null where there is nothing.</summary>
    public FileRegion? Records { get; init; }

    /// <summary>Header of the first batch of <see cref="Records"/>; default where there are none.</summary>
    public BatchHeader FirstBatch { get; init; }

    /// <summary>The limit cut into the very first batch, so that the region holds no whole one.</summary>
    public bool IsFirstEntryIncomplete { get; init; }

    /// <summary>
    /// For <see cref="FetchIsolation.TxnCommitted"/> the aborted transactions that touch the region; null for the other isolations.
    /// </summary>
    public IReadOnlyList<AbortedTransaction>? AbortedTransactions { get; init; }

    public long HighWatermark { get; init; }

    public long LastStableOffset { get; init; }

    public long LogStartOffset { get; init; }

    public long LogEndOffset { get; init; }

    /// <summary>
    /// Nothing was read: where the records lie takes a look into an index that is not open, for which the caller would not wait.
    /// </summary>
    public bool IsCold { get; init; }

    /// <summary>Bytes of <see cref="Records"/>.</summary>
    public int SizeInBytes => Records?.Length ?? 0;
}
