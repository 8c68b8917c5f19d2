using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>Cuts a log at its end, or removes all of it. Threading: under the log's lock.</summary>
internal sealed class LogTruncation(LogState log)
{
    /// <summary>Cuts off everything at or behind <paramref name="offset"/>; whether the log was longer.</summary>
    public bool TruncateTo(long offset)
    {
        if (offset >= log.LogEndOffset)
        {
            log.Epochs.TruncateFromEnd(offset);
            return false;
        }

        log.Logger.LogInformation("[UnifiedLog partition={Partition}] Truncating to offset {Offset}", log.Partition, offset);
        if (offset < log.Segments.First.BaseOffset)
        {
            StartAnewAt(offset);
        }
        else
        {
            Cut(offset);
        }

        return true;
    }

    public void StartAnewAt(long offset)
    {
        log.Logger.LogInformation("[UnifiedLog partition={Partition}] Truncate and start at offset {Offset}", log.Partition, offset);
        log.NoteCut(offset);
        LowerHighWatermark(offset);
        LowerRecoveryPoint(0, 0);
        var removed = log.Segments.All.ToArray();
        var snapshots = SegmentRemoval.Rename(removed, log.Producers.Snapshots);
        log.Segments = new SegmentList([log.CreateSegment(offset)]);
        log.Removal.DeleteLater(removed, snapshots, log.Config.FileDeleteDelayMs);
        log.Epochs.Clear();
        log.Producers.TruncateFullyAndStartAt(offset);
        log.Flush.NoteNewFiles();
        log.Bounds.LogStart = offset;
        log.Bounds.LogEnd = log.EndAt(offset);
        LowerRecoveryPoint(0, 0);
        log.SetHighWatermark(log.EndAt(offset));
    }

    private void Cut(long offset)
    {
        log.NoteCut(offset);
        LowerHighWatermark(offset);
        LowerRecoveryPoint(offset, log.Segments[log.Segments.FloorIndex(offset)].BaseOffset);
        var removed = log.Segments.All.ToArray().Where(segment => segment.BaseOffset > offset).ToList();
        log.Segments = log.Segments.Without(removed);
        log.Removal.Remove(removed, log.Producers.Snapshots, log.Config.FileDeleteDelayMs);
        log.Segments.Active.TruncateTo(offset, log.Config);
        log.Bounds.LogStart = Math.Min(log.Bounds.LogStart, offset);
        log.Bounds.LogEnd = log.EndAt(offset);
        LowerRecoveryPoint(offset, log.Segments.Active.BaseOffset);
        log.Epochs.TruncateFromEnd(offset);
        log.Producers.TruncateAndReload(log.Bounds.LogStart, offset, log.NowMs);
        ProducerReplay.Run(log.Producers, log.Segments, log.Bounds.LogStart, offset);
        log.Producers.AdvanceTo(offset);
        log.Producers.TakeSnapshot();
        log.RefreshFirstUnstable();
    }

    /// <summary>
    /// Takes the high watermark back before records below it go, on disk too: a start would take the log for one that a crash has cost
    /// committed records, which are given up in truth.
    /// </summary>
    private void LowerHighWatermark(long cutOffset)
    {
        if (cutOffset < log.Bounds.HighWatermark.Offset)
        {
            log.Bounds.LogStart = Math.Min(log.Bounds.LogStart, cutOffset);
            log.SetHighWatermark(new LogOffset(cutOffset));
            log.Parent.LowerHighWatermark();
        }
    }

    /// <summary>
    /// Takes the recovery point back before a segment is cut, on disk too: a start must not trust bytes that replace what was synced, nor
    /// a cut that was not. And once more when the log ends where it was cut: a sync that began in between, which nothing keeps from running
    /// beside a truncation, went by the end the log had before.
    /// </summary>
    private void LowerRecoveryPoint(long cutOffset, long segmentBaseOffset)
    {
        var recoveryPoint = log.Flush.RecoveryPoint;
        var wasSynced = cutOffset <= recoveryPoint && recoveryPoint > 0;
        log.Flush.NoteTruncation(wasSynced ? segmentBaseOffset : cutOffset);
        if (wasSynced)
        {
            log.Parent.LowerRecoveryPoint();
        }
    }
}
