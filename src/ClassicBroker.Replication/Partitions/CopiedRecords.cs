using ClassicBroker.Records;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Partitions;

/// <summary>Appends what another replica, or the same in another directory, has. Stateless; one at a time for a log.</summary>
internal static class CopiedRecords
{
    /// <summary>
    /// Appends records whose first offset was asked for. Records that begin before an empty log does, because the log start they were read
    /// from lies within a batch, start the log at the batch.
    /// </summary>
    /// <param name="log">What they are appended to.</param>
    /// <param name="records">The records.</param>
    /// <param name="leaderEpochMax">Batches of later leader epochs are left out.</param>
    /// <exception cref="RecordsException">They are broken.</exception>
    /// <exception cref="UnexpectedAppendOffsetException">They begin before the log ends.</exception>
    /// <exception cref="Platform.StorageException">The disk failed; the log directory is offline.</exception>
    public static LogAppend AppendTo(PartitionLog log, ReadOnlyMemory<byte> records, int leaderEpochMax = int.MaxValue)
    {
        try
        {
            return log.AppendAsFollower(records, leaderEpochMax);
        }
        catch (UnexpectedAppendOffsetException unexpected) when (IsSpanningLogStart(log, unexpected))
        {
            log.TruncateFullyAndStartAt(unexpected.FirstOffset);
            return log.AppendAsFollower(records, leaderEpochMax);
        }
    }

    private static bool IsSpanningLogStart(PartitionLog log, UnexpectedAppendOffsetException unexpected) =>
        log.LogEndOffset == log.LogStartOffset
        && unexpected.FirstOffset < log.LogEndOffset
        && unexpected.LastOffset >= log.LogEndOffset;
}
