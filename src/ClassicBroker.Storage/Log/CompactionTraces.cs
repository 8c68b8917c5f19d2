using ClassicBroker.Records;

namespace ClassicBroker.Storage;

/// <summary>
/// What compaction leaves in a log: offsets that no batch covers, and batches with fewer records than offsets. A replica that has copied
/// such a log shows them without ever having cleaned it.
/// </summary>
internal static class CompactionTraces
{
    /// <summary>Does an intact batch of the segment show that the log was compacted?</summary>
    public static bool AreIn(LogSegment segment)
    {
        using var scanner = segment.ScanFrom(0, BatchScanner.HeaderWindow);
        var next = segment.BaseOffset;
        try
        {
            while (scanner.MoveNext())
            {
                if (IsTrace(scanner.Current, next))
                {
                    return scanner.IsCurrentIntact();
                }

                next = scanner.Current.NextOffset;
            }
        }
        catch (RecordsException)
        {
            // What is no batch is the business of recovery, and proves nothing here.
        }

        return false;
    }

    /// <remarks>Old compressed batches know only their last offset.</remarks>
    private static bool IsTrace(in BatchHeader batch, long expectedOffset) =>
        batch.Magic >= RecordFormat.MagicV2
        && (batch.BaseOffset > expectedOffset || batch.RecordCount < batch.NextOffset - batch.BaseOffset);
}
