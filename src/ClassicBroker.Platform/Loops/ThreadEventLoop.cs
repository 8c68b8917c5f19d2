namespace ClassicBroker.Platform;

/// <summary>A loop that serves its queue and timers alone: the controller's, the ZooKeeper client's, the scheduler's.</summary>
public sealed class ThreadEventLoop : SingleThreadEventLoop
{
    private readonly object _monitor = new();
    private bool _unparked;

    /// <inheritdoc cref="SingleThreadEventLoop(string, TimeProvider, Action{Exception})"/>
    public ThreadEventLoop(string name, TimeProvider time, Action<Exception> fatal)
        : base(name, time, fatal) => Start();

    protected override void Park(int timeoutMs)
    {
        lock (_monitor)
        {
            if (!_unparked && timeoutMs != 0)
            {
                Monitor.Wait(_monitor, timeoutMs);
            }

            _unparked = false;
        }
    }

    protected override void Unpark()
    {
        lock (_monitor)
        {
            _unparked = true;
            Monitor.Pulse(_monitor);
        }
    }
}
