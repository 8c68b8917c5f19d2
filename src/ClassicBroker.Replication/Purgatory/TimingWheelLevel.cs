namespace ClassicBroker.Replication.Purgatory;

/// <summary>
/// One wheel of the hierarchy: <paramref name="size"/> buckets of <paramref name="tickMs"/> each, counting from a current time rounded down
/// to a tick. Threading: guarded by the lock of the <see cref="TimingWheel"/> that owns it.
/// </summary>
internal sealed class TimingWheelLevel(long tickMs, int size, long startMs)
{
    private readonly TimingWheelEntry[] _buckets = [.. Enumerable.Range(0, size).Select(_ => new TimingWheelEntry())];
    private readonly long[] _bucketExpirations = new long[size];
    private long _currentMs = startMs - (startMs % tickMs);
    private TimingWheelLevel? _overflow;

    /// <summary>Links the entry into the bucket of its time. False where that time has come already.</summary>
    /// <param name="entry">An entry that is in no bucket.</param>
    /// <param name="wakeUps">Gets the bucket's expiration when the bucket had nothing for it yet.</param>
    public bool TryAdd(TimingWheelEntry entry, PriorityQueue<TimingWheelEntry, long> wakeUps)
    {
        if (entry.ExpirationMs < _currentMs + tickMs)
        {
            return false;
        }

        if (entry.ExpirationMs >= _currentMs + (tickMs * size))
        {
            _overflow ??= new TimingWheelLevel(tickMs * size, size, _currentMs);
            return _overflow.TryAdd(entry, wakeUps);
        }

        var tick = entry.ExpirationMs / tickMs;
        var slot = (int)(tick % size);
        entry.LinkBefore(_buckets[slot]);
        if (_bucketExpirations[slot] != tick * tickMs)
        {
            _bucketExpirations[slot] = tick * tickMs;
            wakeUps.Enqueue(_buckets[slot], tick * tickMs);
        }

        return true;
    }

    public void Advance(long nowMs)
    {
        if (nowMs >= _currentMs + tickMs)
        {
            _currentMs = nowMs - (nowMs % tickMs);
            _overflow?.Advance(_currentMs);
        }
    }
}
