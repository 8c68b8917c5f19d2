using ClassicBroker.Platform;

namespace ClassicBroker.Testing.Loops;

/// <summary>
/// A clock that stands still until a test advances it, and the loops that live by it. Everything runs on the test's thread, in an order
/// that repeats: work of one loop in the order it came, timers by their time, and among loops in turn, or as <paramref name="order"/>
/// draws, so that a seed finds what depends on which comes first.
/// Threading: the test's thread only.
/// </summary>
public sealed class ManualTime(IRandomSource? order = null) : TimeProvider
{
    private const long StepsMax = 2_000_000;

    private const ulong TraceSeed = 14695981039346656037;
    private const ulong TracePrime = 1099511628211;

    private readonly List<ManualEventLoop> _loops = [];
    private readonly List<ManualEventLoop> _ready = [];
    private readonly PriorityQueue<ManualTimer, (long DueTicks, long Order)> _timers = new();
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _lastTimer;
    private int _lastLoop;

    /// <summary>
    /// A digest of which loop ran when: two runs that did the same have the same. Only kept where the order is drawn.
    /// </summary>
    public ulong Trace { get; private set; } = TraceSeed;

    /// <summary>Told of a loop after each piece of work that it ran. Only where the order is drawn.</summary>
    public Action<ManualEventLoop>? Ran { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state), period);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>A loop of this time; run by <see cref="RunUntilIdle"/>.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="clock">What it tells those that ask it for the time; this one, unless set.</param>
    /// <param name="owner">What it is part of, for <see cref="Ran"/>.</param>
    public ManualEventLoop CreateLoop(string name, TimeProvider? clock = null, object? owner = null)
    {
        _loops.RemoveAll(dead => dead.IsDead);
        var loop = new ManualEventLoop(this, name, ++_lastLoop, clock ?? this) { Owner = owner };
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Runs all loops until none has work; time stands still.</summary>
    public void RunUntilIdle()
    {
        for (var steps = 0L; steps < StepsMax; steps++)
        {
            if (!(order is null ? RunOneOfEach() : RunOneOfAny(order)))
            {
                return;
            }
        }

        throw new InvalidOperationException("The loops never come to rest.");
    }

    /// <summary>Lets time pass, firing each timer at its own time and running all loops after each.</summary>
    public void Advance(TimeSpan span)
    {
        RunUntilIdle();
        var until = _now + span;
        while (_timers.TryPeek(out var timer, out var due) && due.DueTicks <= until.Ticks)
        {
            _timers.Dequeue();
            if (timer.IsDueAt(due.Order))
            {
                _now = new(Math.Max(due.DueTicks, _now.Ticks), TimeSpan.Zero);
                timer.Fire();
                RunUntilIdle();
            }
        }

        _now = until;
        RunUntilIdle();
    }

    public void AdvanceMs(long milliseconds) => Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Runs the loops until <paramref name="task"/> has ended, without letting time pass, and returns its outcome.</summary>
    public T Await<T>(Task<T> task)
    {
        RunUntilIdle();
        return task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException(
            "The task waits for something else than the loops.");
    }

    /// <inheritdoc cref="Await{T}"/>
    public void Await(Task task)
    {
        RunUntilIdle();
        if (!task.IsCompleted)
        {
            throw new InvalidOperationException("The task waits for something else than the loops.");
        }

        task.GetAwaiter().GetResult();
    }

    private bool RunOneOfEach()
    {
        var ran = false;
        foreach (var loop in _loops)
        {
            ran |= loop.RunOne();
        }

        return ran;
    }

    private bool RunOneOfAny(IRandomSource random)
    {
        while (_ready.Count > 0)
        {
            var index = _ready.Count == 1 ? 0 : random.Next(_ready.Count);
            var loop = _ready[index];
            if (loop.IsReady)
            {
                Trace = unchecked((Trace ^ (ulong)loop.Number ^ ((ulong)_now.Ticks << 8)) * TracePrime);
                loop.RunOne();
                Ran?.Invoke(loop);
                return true;
            }

            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            loop.IsListed = false;
        }

        return false;
    }

    /// <summary>A loop may have got something to do.</summary>
    internal void NoteReady(ManualEventLoop loop)
    {
        if (order is not null && loop.IsReady && !loop.IsListed)
        {
            loop.IsListed = true;
            _ready.Add(loop);
        }
    }

    internal long Enqueue(ManualTimer timer, TimeSpan delay)
    {
        var number = ++_lastTimer;
        _timers.Enqueue(timer, ((_now + delay).Ticks, number));
        return number;
    }
}
