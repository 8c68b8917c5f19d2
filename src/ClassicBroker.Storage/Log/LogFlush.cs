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

    public void Run(PartitionDirectory directory, SegmentList segments, long offset, long nowMs)
    {
        var (from, truncations, newFiles) = Begin();
        foreach (var segment in segments.Covering(from, offset))
        {
            segment.Flush();
        }

        if (newFiles != Volatile.Read(ref _newFilesSynced))
        {
            directory.Files.SyncDirectory(directory.Path);
        }

        lock (_lock)
        {
            _newFilesSynced = Math.Max(_newFilesSynced, newFiles);
            if (truncations == _truncations && offset > _recoveryPoint)
            {
                _recoveryPoint = offset;
                _lastFlushMs = nowMs;
            }
        }
    }

    private (long From, int Truncations, int NewFiles) Begin()
    {
        lock (_lock)
        {
            return (_recoveryPoint, _truncations, Volatile.Read(ref _newFiles));
        }
    }
}
