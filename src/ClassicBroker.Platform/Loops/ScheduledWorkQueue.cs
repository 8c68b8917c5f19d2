namespace ClassicBroker.Platform;

/// <summary>
/// What a loop has put off, by due time and then by order of scheduling. Cancelled work leaves when it is due, or sooner when it is
/// more than half. Threading: its loop only, except <see cref="NoteCancelled"/>.
/// </summary>
internal sealed class ScheduledWorkQueue(TimeProvider time)
{
    private const int CancelledTolerated = 1024;

    private readonly PriorityQueue<ScheduledWork, (long DueAt, long Order)> _queue = new();
    private long _order;
    private int _cancelled;

    public void Add(ScheduledWork work, long dueAt)
    {
        var cancelled = Volatile.Read(ref _cancelled);
        if (cancelled > CancelledTolerated && cancelled > _queue.Count / 2)
        {
            RemoveCancelled();
        }

        _queue.Enqueue(work, (dueAt, _order++));
    }

    /// <summary>A timestamp of the clock, <paramref name="delay"/> from now.</summary>
    public long DueAt(TimeSpan delay) =>
        time.GetTimestamp() + (long)Math.Ceiling(Math.Max(0, delay.TotalSeconds) * time.TimestampFrequency);

    /// <summary>Milliseconds until the next work is due, rounded up; 0 where some is due, -1 where there is none.</summary>
    public int MillisecondsToNext()
    {
        if (!_queue.TryPeek(out _, out var next))
        {
            return -1;
        }

        var left = next.DueAt - time.GetTimestamp();
        return left <= 0 ? 0 : (int)Math.Min(int.MaxValue, Math.Ceiling(left * 1000.0 / time.TimestampFrequency));
    }

    /// <summary>The next work that is due and not cancelled, or null.</summary>
    public Action? TakeDue()
    {
        while (_queue.TryPeek(out var work, out var next) && next.DueAt <= time.GetTimestamp())
        {
            _queue.Dequeue();
            if (work.Take() is { } due)
            {
                return due;
            }

            Interlocked.Decrement(ref _cancelled);
        }

        return null;
    }

    public void NoteCancelled() => Interlocked.Increment(ref _cancelled);

    private void RemoveCancelled()
    {
        var live = new List<(ScheduledWork, (long, long))>(_queue.Count);
        foreach (var (work, priority) in _queue.UnorderedItems)
        {
            if (work.IsCancelled)
            {
                Interlocked.Decrement(ref _cancelled);
            }
            else
            {
                live.Add((work, priority));
            }
        }

        _queue.Clear();
        _queue.EnqueueRange(live);
    }
}
