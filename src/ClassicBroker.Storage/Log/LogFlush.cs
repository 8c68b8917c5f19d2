using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// How far a log has been synced: records alone, which is all that an acknowledgement asks for, and with their indexes, from where a
/// start does not build those again (the recovery point). Threading: safe from any thread; one syncs at a time while appends go on, and a
/// truncation meanwhile takes back what it would have promised. Lock order: log, then the sync's lock.
/// Failure: a sync that has failed is never tried again. The kernel tells of lost pages once; a second call, or one that ran beside the
/// first, may be told that all is well.
/// </summary>
internal sealed class LogFlush(long recoveryPoint, long lastFlushMs)
{
    private readonly Lock _lock = new();
    private readonly Lock _syncing = new();
    private StorageException? _failure;
    private long _recoveryPoint = recoveryPoint;
    private long _synced = recoveryPoint;
    private long _lastFlushMs = lastFlushMs;
    private int _truncations;
    private int _newFiles = 1;
    private int _newFilesSynced;

    public long RecoveryPoint => Volatile.Read(ref _recoveryPoint);

    /// <summary>All records before it are on the disk; never below the recovery point.</summary>
    public long SyncedOffset => Volatile.Read(ref _synced);

    public long LastFlushMs => Volatile.Read(ref _lastFlushMs);

    /// <summary>The directory has entries that are not durable yet.</summary>
    public void NoteNewFiles() => Interlocked.Increment(ref _newFiles);

    public void NoteTruncation(long offset)
    {
        lock (_lock)
        {
            _truncations++;
            _recoveryPoint = Math.Min(_recoveryPoint, offset);
            _synced = Math.Min(_synced, offset);
        }
    }

    /// <summary>Syncs the segments between recovery point and <paramref name="offset"/>. Appends go on meanwhile.</summary>
    public void Run(LogState log, long offset) => Exclusively(() => RunAlone(log, offset, withIndexes: true));

    /// <summary>Syncs the records before <paramref name="offset"/> that are not, and leaves the recovery point where it is.</summary>
    public void RunOnRecords(LogState log, long offset) => Exclusively(() => RunAlone(log, offset, withIndexes: false));

    /// <summary>Syncs what has changed in these segments, wherever the recovery point stands.</summary>
    public void Sync(IEnumerable<LogSegment> segments) => Exclusively(() =>
    {
        foreach (var segment in segments)
        {
            segment.Flush();
        }
    });

    private void Exclusively(Action sync)
    {
        lock (_syncing)
        {
            if (_failure is { } failed)
            {
                throw new StorageException(failed.Operation, failed.Path, failed.Errno, $"an earlier sync failed: {failed.Message}");
            }

            try
            {
                sync();
            }
            catch (StorageException failure)
            {
                _failure = failure;
                throw;
            }
        }
    }

    private void RunAlone(LogState log, long offset, bool withIndexes)
    {
        while (!log.AreFilesClosed)
        {
            // The log may have been cut since this was asked for; what is synced is what it holds now.
            var start = Begin(withIndexes);
            var end = Math.Min(offset, log.LogEndOffset);
            var segments = log.Segments;
            if (end <= start.From)
            {
                return;
            }

            var began = log.Environment.Time.GetTimestamp();
            if (TrySync(start, log, segments, end, withIndexes))
            {
                log.Environment.Flushed?.Invoke(log.Environment.Time.GetElapsedTime(began));
                return;
            }
        }
    }

    private FlushStart Begin(bool withIndexes)
    {
        lock (_lock)
        {
            return new(withIndexes ? _recoveryPoint : _synced, _truncations, Volatile.Read(ref _newFiles));
        }
    }

    /// <summary>False where the log has lost a segment meanwhile; the next turn sees what is left.</summary>
    private bool TrySync(in FlushStart start, LogState log, SegmentList segments, long offset, bool withIndexes)
    {
        // From one before: a segment rolled exactly there got its last index entries after it had been synced.
        foreach (var segment in segments.Covering(Math.Max(start.From - 1, 0), offset))
        {
            if (!TryFlush(segment, log, withIndexes))
            {
                return false;
            }
        }

        if (!TrySyncNames(start, log))
        {
            return false;
        }

        lock (_lock)
        {
            _newFilesSynced = Math.Max(_newFilesSynced, start.NewFiles);
            if (start.Truncations != _truncations)
            {
                return true;
            }

            _synced = Math.Max(_synced, offset);
            if (withIndexes && offset > _recoveryPoint)
            {
                _recoveryPoint = offset;
                _lastFlushMs = log.NowMs;
            }
        }

        return true;
    }

    /// <summary>
    /// Makes durable what the batches cannot do without: their epochs, the id of their topic, the names of their files and of their
    /// directory.
    /// </summary>
    private bool TrySyncNames(in FlushStart start, LogState log)
    {
        try
        {
            var isReplaced = log.Epochs.Sync() | log.Metadata.Sync();
            if (isReplaced || start.NewFiles != Volatile.Read(ref _newFilesSynced))
            {
                log.Files.SyncEntries();
            }

            log.Parent.SyncEntries(log.EntryChange);
            return true;
        }
        catch (StorageException failure) when (failure.IsNotFound && log.AreFilesClosed)
        {
            return false;
        }
    }

    /// <summary>Only what the log has let go may fail to be synced.</summary>
    private static bool TryFlush(LogSegment segment, LogState log, bool withIndexes)
    {
        try
        {
            if (withIndexes)
            {
                segment.Flush();
            }
            else
            {
                segment.FlushRecords();
            }

            return true;
        }
        catch (Exception failure) when (
            failure is StorageException or ObjectDisposedException && (log.AreFilesClosed || !log.Segments.All.Contains(segment)))
        {
            return false;
        }
    }
}
