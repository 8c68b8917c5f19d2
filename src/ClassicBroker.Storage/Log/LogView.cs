namespace ClassicBroker.Storage;

/// <summary>The bounds of a log as one reader sees them throughout its read.</summary>
internal readonly record struct LogView(long LogStart, LogOffset LogEnd, LogOffset HighWatermark, LogOffset LastStable)
{
    /// <summary>Inner bounds are taken before outer ones: they only move forward, so that none lies outside another.</summary>
    public static LogView Of(LogBounds bounds)
    {
        var stable = bounds.LastStable;
        var highWatermark = bounds.HighWatermark;
        return new(bounds.LogStart, bounds.LogEnd, highWatermark, stable);
    }

    public LogRead ToRead(FetchIsolation isolation) => new()
    {
        HighWatermark = HighWatermark.Offset,
        LastStableOffset = LastStable.Offset,
        LogStartOffset = LogStart,
        LogEndOffset = LogEnd.Offset,
        AbortedTransactions = isolation == FetchIsolation.TxnCommitted ? [] : null,
    };
}
