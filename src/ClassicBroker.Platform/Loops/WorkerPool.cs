using System.Diagnostics;

namespace ClassicBroker.Platform;

/// <summary>
/// Threads for work that may block: each piece runs on the first thread that is free, so that pieces must not depend on each other's order.
/// Threads start when there is work for them and stay. What work throws is fatal and goes to the callback given.
/// Threading: any thread.
/// </summary>
public sealed class WorkerPool : IExecutor, IAsyncDisposable
{
    private readonly object _monitor = new();
    private readonly Queue<Action> _queue = new();
    private readonly Action<Exception> _fatal;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _threadsMax;
    private int _started;
    private int _threads;
    private int _idle;
    private long _busyTicks;
    private bool _isStopping;

    /// <param name="name">Names the threads, each with a number behind it.</param>
    /// <param name="threadsMax">The most threads at a time.</param>
    /// <param name="fatal">Told, on the worker's thread, what work threw; expected to end the process.</param>
    public WorkerPool(string name, int threadsMax, Action<Exception> fatal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadsMax, 1);
        (Name, _threadsMax, _fatal) = (name, threadsMax, fatal);
    }

    public string Name { get; }

    /// <summary>The most threads at a time. Threads beyond a lower limit end when they have finished their work.</summary>
    public int ThreadsMax
    {
        get
        {
            lock (_monitor)
            {
                return _threadsMax;
            }
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            lock (_monitor)
            {
                _threadsMax = value;
                Monitor.PulseAll(_monitor);
                for (var wanting = _queue.Count; wanting > 0 && _threads < _threadsMax; wanting--)
                {
                    StartThread();
                }
            }
        }
    }

    /// <summary>Time that all threads together have spent on work that has ended.</summary>
    public TimeSpan BusyTime => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _busyTicks));

    /// <summary>Pieces of work that wait for a thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_monitor)
            {
                return _queue.Count;
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Once the pool has ended, work is dropped: no caller is left that its outcome concerns.</remarks>
    public void Execute(Action work)
    {
        lock (_monitor)
        {
            _queue.Enqueue(work);
            if (_queue.Count <= _idle)
            {
                Monitor.Pulse(_monitor);
            }
            else if (_threads < _threadsMax && !_isStopping)
            {
                StartThread();
            }
        }
    }

    /// <summary>Ends the threads after what is queued now, and waits for them. Not to be called by work of the pool.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_monitor)
        {
            _isStopping = true;
            Monitor.PulseAll(_monitor);
            if (_threads == 0)
            {
                _ended.TrySetResult();
            }
        }

        await _ended.Task;
    }

    private void StartThread()
    {
        _threads++;
        new Thread(Run) { Name = $"{Name}-{_started++}", IsBackground = true }.Start();
    }

    private void Run()
    {
        while (Take() is { } work)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                work();
            }
            catch (Exception exception) when (Report(exception))
            {
                // Reported; the callback decides whether there is a tomorrow.
            }

            Interlocked.Add(ref _busyTicks, Stopwatch.GetTimestamp() - began);
        }
    }

    /// <summary>The next piece; null where the thread is to end.</summary>
    private Action? Take()
    {
        lock (_monitor)
        {
            while (true)
            {
                if (_threads <= _threadsMax && _queue.TryDequeue(out var work))
                {
                    return work;
                }

                if (_threads > _threadsMax || _isStopping)
                {
                    return End();
                }

                _idle++;
                Monitor.Wait(_monitor);
                _idle--;
            }
        }
    }

    private Action? End()
    {
        _threads--;
        if (_isStopping && _threads == 0)
        {
            _ended.TrySetResult();
        }

        return null;
    }

    private bool Report(Exception exception)
    {
        _fatal(exception);
        return true;
    }
}
