using System.Collections.Concurrent;

namespace ClassicBroker.Platform;

/// <summary>
/// An <see cref="IEventLoop"/> with a thread of its own: runs what is queued, then what is due, then parks until there is more. How it
/// parks is its kind's affair: on a monitor, or in a poll for sockets. What work throws is fatal and goes to the callback given.
/// </summary>
public abstract class SingleThreadEventLoop : IEventLoop, IAsyncDisposable
{
    /// <summary>Queued work run between two looks at timers and sockets, so that neither waits for long.</summary>
    private const int WorkPerTurnMax = 1024;

    private readonly ConcurrentQueue<Action> _queue = new();
    private readonly ScheduledWorkQueue _scheduled;
    private readonly Action<Exception> _fatal;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _park;
    private int _parkMs;
    private int _parked;
    private bool _stopping;

    /// <param name="name">Names the thread.</param>
    /// <param name="time">The clock timers follow.</param>
    /// <param name="fatal">Told, on the loop's thread, what work threw; expected to end the process.</param>
    protected SingleThreadEventLoop(string name, TimeProvider time, Action<Exception> fatal)
    {
        Name = name;
        Time = time;
        _fatal = fatal;
        _scheduled = new(time);
        _park = () => Park(_parkMs);
        _thread = new(Run) { Name = name, IsBackground = true };
    }

    public string Name { get; }

    public TimeProvider Time { get; }

    public bool InEventLoop => Environment.CurrentManagedThreadId == _thread.ManagedThreadId;

    /// <inheritdoc/>
    /// <remarks>Once the loop has ended, work is dropped: no caller is left that its outcome concerns.</remarks>
    public void Execute(Action work)
    {
        _queue.Enqueue(work);
        if (Volatile.Read(ref _parked) != 0 && Interlocked.Exchange(ref _parked, 0) != 0)
        {
            Unpark();
        }
    }

    public IScheduledWork Schedule(Action work, TimeSpan delay)
    {
        var scheduled = new ScheduledWork(_scheduled, work);
        var dueAt = _scheduled.DueAt(delay);
        if (InEventLoop)
        {
            _scheduled.Add(scheduled, dueAt);
        }
        else
        {
            Execute(() => _scheduled.Add(scheduled, dueAt));
        }

        return scheduled;
    }

    /// <summary>Ends the loop after what is queued now, and waits for its thread. Not to be called on the loop itself.</summary>
    public async ValueTask DisposeAsync()
    {
        Execute(() => _stopping = true);
        await _ended.Task;
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts the thread. Called once, by the constructor of the kind.</summary>
    protected void Start() => _thread.Start();

    /// <summary>
    /// Waits up to <paramref name="timeoutMs"/> (-1 without end, 0 not at all) for <see cref="Unpark"/> or for what else the kind
    /// serves; calls <see cref="Woken"/> before it serves that.
    /// </summary>
    protected abstract void Park(int timeoutMs);

    /// <summary>
    /// The wait is over: what is queued from here on needs no <see cref="Unpark"/>, the queue is looked at before the next.
    /// </summary>
    protected void Woken() => Volatile.Write(ref _parked, 0);

    /// <summary>Ends a <see cref="Park"/> that is under way or about to begin. Any thread.</summary>
    protected abstract void Unpark();

    /// <summary>The loop is ending: give up what it owns. Work queued here still runs.</summary>
    protected virtual void Stopping()
    {
    }

    /// <summary>The last thing to happen on the thread.</summary>
    protected virtual void Stopped()
    {
    }

    /// <summary>Runs a piece of work; what it throws is fatal.</summary>
    protected void RunGuarded(Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception) when (Report(exception))
        {
            // Reported; the callback decides whether there is a tomorrow.
        }
    }

    private void Run()
    {
        SynchronizationContext.SetSynchronizationContext(new EventLoopSynchronizationContext(this));
        while (!_stopping)
        {
            RunQueued();
            RunDue();
            ParkUntilWork();
        }

        RunGuarded(Stopping);
        while (!_queue.IsEmpty)
        {
            RunQueued();
        }

        RunGuarded(Stopped);
        _ended.SetResult();
    }

    private void RunQueued()
    {
        for (var count = 0; count < WorkPerTurnMax && _queue.TryDequeue(out var work); count++)
        {
            RunGuarded(work);
        }
    }

    private void RunDue()
    {
        for (var count = 0; count < WorkPerTurnMax && _scheduled.TakeDue() is { } work; count++)
        {
            RunGuarded(work);
        }
    }

    private void ParkUntilWork()
    {
        // Invariant: a thread that enqueues after this either is seen by the look at the queue, or sees the flag and unparks.
        Interlocked.Exchange(ref _parked, 1);
        var timeoutMs = _stopping || !_queue.IsEmpty ? 0 : _scheduled.MillisecondsToNext();
        _parkMs = timeoutMs;
        RunGuarded(_park);
        Woken();
    }

    private bool Report(Exception exception)
    {
        _fatal(exception);
        return true;
    }
}
