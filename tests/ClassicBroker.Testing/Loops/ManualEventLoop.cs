using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Loops;

/// <summary>
/// An <see cref="IEventLoop"/> that a test drives through its <see cref="ManualTime"/>. Threading: the test's thread only.
/// </summary>
public sealed class ManualEventLoop : IEventLoop
{
    private readonly ManualTime _time;
    private readonly Queue<Action> _queue = new();
    private readonly EventLoopSynchronizationContext _context;
    private bool _isStalled;

    internal ManualEventLoop(ManualTime time, string name, int number, TimeProvider clock)
    {
        _time = time;
        Name = name;
        Number = number;
        Time = clock;
        _context = new(this);
    }

    public string Name { get; }

    public bool InEventLoop { get; private set; }

    /// <summary>The work that runs on the loop does not come back: what is queued stays so until this is unset.</summary>
    public bool IsStalled
    {
        get => _isStalled;
        set
        {
            _isStalled = value;
            _time.NoteReady(this);
        }
    }

    /// <summary>What it tells those that ask for the time: its own <see cref="ManualTime"/>, or a clock that goes wrong.</summary>
    public TimeProvider Time { get; }

    /// <summary>What it is part of, for <see cref="ManualTime.Ran"/>; null where that does not matter.</summary>
    public object? Owner { get; init; }

    /// <summary>How much work waits for its time: timers that are set.</summary>
    public int Scheduled { get; private set; }

    /// <summary>Set by <see cref="Die"/>, for good.</summary>
    public bool IsDead { get; private set; }

    public void Execute(Action work)
    {
        if (!IsDead)
        {
            _queue.Enqueue(work);
            _time.NoteReady(this);
        }
    }

    /// <summary>The process this loop belongs to is killed: what is queued or scheduled never runs.</summary>
    public void Die()
    {
        IsDead = true;
        _queue.Clear();
    }

    public IScheduledWork Schedule(Action work, TimeSpan delay)
    {
        var timer = new ManualTimer(_time, () => Execute(work), Timeout.InfiniteTimeSpan, more => Scheduled += more);
        timer.Change(delay < TimeSpan.Zero ? TimeSpan.Zero : delay, Timeout.InfiniteTimeSpan);
        return timer;
    }

    /// <summary>As <see cref="Schedule"/>, and does not count: what comes from outside, as bytes of a network that take their time.</summary>
    public void ScheduleApart(Action work, TimeSpan delay) =>
        new ManualTimer(_time, () => Execute(work), Timeout.InfiniteTimeSpan).Change(delay, Timeout.InfiniteTimeSpan);

    /// <summary>Starts <paramref name="work"/> on this loop, runs all loops until idle, and returns its outcome.</summary>
    public T Run<T>(Func<Task<T>> work) => _time.Await(this.InvokeAsync(work));

    /// <inheritdoc cref="Run{T}(Func{Task{T}})"/>
    public void Run(Func<Task> work) => _time.Await(this.InvokeAsync(work));

    /// <summary>Tells loops apart in a trace.</summary>
    internal int Number { get; }

    /// <summary>Has it work that may run?</summary>
    internal bool IsReady => _queue.Count > 0 && !_isStalled;

    /// <summary>Is it among those that <see cref="ManualTime"/> draws from?</summary>
    internal bool IsListed { get; set; }

    internal bool RunOne()
    {
        if (IsStalled || !_queue.TryDequeue(out var work))
        {
            return false;
        }

        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        InEventLoop = true;
        try
        {
            work();
        }
        finally
        {
            InEventLoop = false;
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        return true;
    }
}
