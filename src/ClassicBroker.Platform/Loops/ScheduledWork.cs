namespace ClassicBroker.Platform;

/// <summary>
/// Work in a <see cref="ScheduledWorkQueue"/>. Threading: <see cref="Cancel"/> from any thread, the rest on the queue's loop.
/// </summary>
internal sealed class ScheduledWork(ScheduledWorkQueue queue, Action work) : IScheduledWork
{
    private const int Waiting = 0;
    private const int Done = 1;
    private const int Cancelled = 2;

    private Action? _work = work;
    private int _state;

    public bool IsCancelled => Volatile.Read(ref _state) == Cancelled;

    public bool Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) != Waiting)
        {
            return false;
        }

        // What the work holds on to must not wait for the timer's time.
        _work = null;
        queue.NoteCancelled();
        return true;
    }

    /// <summary>The work, once; null where it was cancelled.</summary>
    public Action? Take() => Interlocked.CompareExchange(ref _state, Done, Waiting) == Waiting ? _work : null;
}
