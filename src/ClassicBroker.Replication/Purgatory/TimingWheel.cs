using ClassicBroker.Platform;

namespace ClassicBroker.Replication.Purgatory;

/// <summary>
/// A hierarchical timing wheel (tick 1 ms, 20 buckets a wheel): adding and cancelling cost the same however many operations wait, which a
/// heap of timers would not when most of them are cancelled. Owned by one purgatory. Threading: any thread adds and cancels; operations
/// expire on <paramref name="loop"/>, outside the lock.
/// </summary>
public sealed class TimingWheel(IEventLoop loop)
{
    private const long TickMs = 1;
    private const int WheelSize = 20;

    private readonly Lock _lock = new();
    private readonly TimingWheelLevel _wheel = new(TickMs, WheelSize, loop.Time.MonotonicMs());
    private readonly PriorityQueue<TimingWheelEntry, long> _wakeUps = new();
    private IScheduledWork? _armed;
    private long _armedForMs = long.MaxValue;
    private int _count;

    /// <summary>Operations that have neither expired nor been cancelled.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Runs <paramref name="work"/> on the loop once the delay has passed, unless it is cancelled before.</summary>
    public IScheduledWork Schedule(Action work, long delayMs)
    {
        var operation = new ScheduledOperation(work, delayMs);
        operation.Timer = Add(operation, delayMs);
        if (operation.IsCompleted)
        {
            // It ran, or was cancelled, before it knew its timer.
            operation.Timer.Cancel();
        }

        return operation;
    }

    internal TimingWheelEntry Add(DelayedOperation operation, long delayMs)
    {
        var nowMs = loop.Time.MonotonicMs();

        // A client may ask to wait without end; the sum must not wrap.
        var entry = new TimingWheelEntry(this, operation, nowMs + Math.Clamp(delayMs, TickMs, int.MaxValue));
        lock (_lock)
        {
            _wheel.Advance(Math.Min(nowMs, EarliestWakeUpMs()));
            if (_wheel.TryAdd(entry, _wakeUps))
            {
                _count++;
                Arm(nowMs);
                return entry;
            }
        }

        // The thread was held up since it read the clock, and the wheel has turned past the operation's time.
        loop.Execute(operation.Expire);
        return entry;
    }

    internal void Remove(TimingWheelEntry entry)
    {
        lock (_lock)
        {
            if (entry.IsLinked)
            {
                entry.Unlink();
                _count--;
            }
        }
    }

    private long EarliestWakeUpMs() => _wakeUps.TryPeek(out _, out var earliestMs) ? earliestMs : long.MaxValue;

    private void Arm(long nowMs)
    {
        var earliestMs = EarliestWakeUpMs();
        if (earliestMs >= _armedForMs)
        {
            return;
        }

        _armed?.Cancel();
        _armedForMs = earliestMs;
        _armed = loop.Schedule(WakeUp, TimeSpan.FromMilliseconds(Math.Max(0, earliestMs - nowMs)));
    }

    private void WakeUp()
    {
        var expired = new List<DelayedOperation>();
        lock (_lock)
        {
            _armedForMs = long.MaxValue;
            var nowMs = loop.Time.MonotonicMs();
            while (_wakeUps.TryPeek(out var bucket, out var dueMs) && dueMs <= nowMs)
            {
                _wakeUps.Dequeue();
                _wheel.Advance(dueMs);
                Flush(bucket, expired);
            }

            if (_wakeUps.Count > 0)
            {
                Arm(nowMs);
            }
        }

        foreach (var operation in expired)
        {
            operation.Expire();
        }
    }

    /// <summary>Expires what is due, and moves the rest, which came from a coarser wheel, to a finer one.</summary>
    private void Flush(TimingWheelEntry bucket, List<DelayedOperation> expired)
    {
        while (bucket.Next != bucket)
        {
            var entry = bucket.Next;
            entry.Unlink();
            if (!_wheel.TryAdd(entry, _wakeUps))
            {
                _count--;
                expired.Add(entry.Operation!);
            }
        }
    }
}
