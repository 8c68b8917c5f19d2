using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Storage;

/// <summary>Begins new segments. Threading: under the log's lock; what a roll has finished is synced as disk work.</summary>
internal sealed class LogRoller(LogState log)
{
    /// <summary>The segment to append to: the active one, or a new one where it is time.</summary>
    public LogSegment SegmentFor(int appendBytes, in AppendPlan plan)
    {
        var active = log.Segments.Active;
        if (!active.ShouldRoll(appendBytes, plan.MaxTimestamp, plan.LastOffset, log.Config, log.NowMs))
        {
            return active;
        }

        // Where the first offset takes decompression to know, the new segment begins as early as its indexes can reach.
        var expected = plan.FirstOffset >= 0 ? plan.FirstOffset : plan.LastOffset - int.MaxValue;
        return Roll(Math.Max(expected, log.LogEndOffset));
    }

    public LogSegment Roll(long baseOffset)
    {
        var (segments, active) = (log.Segments, log.Segments.Active);
        var isReplaced = baseOffset == active.BaseOffset && active.Size == 0;
        if (isReplaced)
        {
            // An empty segment whose time has come is replaced by a new one under the same name; until then it can be read.
            active.MarkDeleted();
            segments = segments.Without([active]);
        }
        else
        {
            Invariant.Require(baseOffset > active.BaseOffset);
            active.OnBecomeInactive();
            log.Producers.AdvanceTo(baseOffset);
            log.Producers.TakeSnapshot();
        }

        var rolled = log.CreateSegment(baseOffset);
        log.Segments = segments.With(rolled);
        if (isReplaced)
        {
            active.Delete();
        }

        log.Bounds.LogEnd = log.EndAt(log.LogEndOffset);
        log.Flush.NoteNewFiles();
        log.Logger.LogDebug("[UnifiedLog partition={Partition}] Rolled new log segment at offset {BaseOffset}", log.Partition, baseOffset);
        log.Environment.DiskWork.Execute(() => log.Parent.Attempt(() => FlushRolled(baseOffset)));
        return rolled;
    }

    /// <summary>Makes durable what a roll has finished, the snapshot of the producers at its end included.</summary>
    private void FlushRolled(long baseOffset)
    {
        log.Flush.Run(log, baseOffset);
        IBlockFile? snapshot;
        lock (log.Lock)
        {
            // A log that has been deleted meanwhile has no directory any more, which is no fault of the disk.
            snapshot = log.AreFilesClosed ? null : log.Producers.Snapshots.TryOpen(baseOffset);
        }

        using (snapshot)
        {
            snapshot?.Sync();
        }
    }
}
