using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// How far a log has been synced. Threading: safe from any thread; several may sync at a time, and a truncation meanwhile takes back what
/// they would have promised.
/// </summary>
internal sealed class LogFlush(long recoveryPoint, long lastFlushMs)
{
    private readonly Lock _lock = new();
    private long _recoveryPoint = recoveryPoint;
    private long _lastFlushMs = lastFlushMs;
    private int _truncations;
    private int _newFiles = 1;
    private int _newFilesSynced;

    public long RecoveryPoint => Volatile.Read(ref _recoveryPoint);

    public long LastFlushMs => Volatile.Read(ref _lastFlushMs);

    /// <summary>The directory has entries that are not durable yet.</summary>
    public void NoteNewFiles() => Interlocked.Increment(ref _newFiles);

    public void NoteTruncation(long offset)
    {
        lock (_lock)
        {
            _truncations++;
            _recoveryPoint = Math.Min(_recoveryPoint, offset);
        }
    }

    /// <summary>Syncs the segments between recovery point and <paramref name="offset"/>. Appends go on meanwhile.</summary>
    public void Run(LogState log, long offset)
    {
        while (!log.AreFilesClosed)
        {
            // The log may have been cut since this was asked for; what is synced is what it holds now.
            var start = Begin();
            var end = Math.Min(offset, log.LogEndOffset);
            var segments = log.Segments;
            if (end <= start.RecoveryPoint)
            {
                return;
            }

            if (TrySync(start, log, segments, end))
            {
                return;
            }
        }
    }

    private FlushStart Begin()
    {
        lock (_lock)
        {
            return new(_recoveryPoint, _truncations, Volatile.Read(ref _newFiles));
        }
    }

    /// <summary>False where the log has lost a segment meanwhile; the next turn sees what is left.</summary>
    private bool TrySync(in FlushStart start, LogState log, SegmentList segments, long offset)
    {
        // From one before: a segment rolled exactly there got its last index entries after it had been synced.
        foreach (var segment in segments.Covering(Math.Max(start.RecoveryPoint - 1, 0), offset))
        {
            if (!TryFlush(segment, log))
            {
                return false;
            }
        }

        if (start.NewFiles != Volatile.Read(ref _newFilesSynced))
        {
            log.Files.Files.SyncDirectory(log.Files.Path);
        }

        lock (_lock)
        {
            _newFilesSynced = Math.Max(_newFilesSynced, start.NewFiles);
            if (start.Truncations == _truncations && offset > _recoveryPoint)
            {
                _recoveryPoint = offset;
                _lastFlushMs = log.NowMs;
            }
        }

        return true;
    }

    /// <summary>
    /// Only what the log has let go may fail to be synced. A failed sync must never be tried again: pages that did not reach the disk may
    /// count as clean afterwards.
    /// </summary>
    private static bool TryFlush(LogSegment segment, LogState log)
    {
        try
        {
            segment.Flush();
            return true;
        }
        catch (Exception failure) when (
            failure is StorageException or ObjectDisposedException && (log.AreFilesClosed || !log.Segments.All.Contains(segment)))
        {
            return false;
        }
    }
}
