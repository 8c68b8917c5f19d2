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

    /// <summary>What a sync has to start from; taken before it is known what there is to sync.</summary>
    public FlushStart Begin()
    {
        lock (_lock)
        {
            return new(_recoveryPoint, _truncations, Volatile.Read(ref _newFiles));
        }
    }

    public void Run(in FlushStart start, PartitionDirectory directory, SegmentList segments, long offset, long nowMs)
    {
        // From one before: a segment rolled exactly there got its last index entries after it had been synced.
        foreach (var segment in segments.Covering(Math.Max(start.RecoveryPoint - 1, 0), offset))
        {
            segment.Flush();
        }

        if (start.NewFiles != Volatile.Read(ref _newFilesSynced))
        {
            directory.Files.SyncDirectory(directory.Path);
        }

        lock (_lock)
        {
            _newFilesSynced = Math.Max(_newFilesSynced, start.NewFiles);
            if (start.Truncations == _truncations && offset > _recoveryPoint)
            {
                _recoveryPoint = offset;
                _lastFlushMs = nowMs;
            }
        }
    }
}
