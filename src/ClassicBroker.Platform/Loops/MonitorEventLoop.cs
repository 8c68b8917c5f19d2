namespace ClassicBroker.Platform;

/// <summary>A loop that parks on a monitor: all that it serves comes through its queue.</summary>
public abstract class MonitorEventLoop : SingleThreadEventLoop
{
    private readonly object _monitor = new();
    private bool _unparked;

    /// <inheritdoc cref="SingleThreadEventLoop(string, TimeProvider, Action{Exception})"/>
    protected MonitorEventLoop(string name, TimeProvider time, Action<Exception> fatal)
        : base(name, time, fatal)
    {
    }

    protected sealed override void Park(int timeoutMs)
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

    protected sealed override void Unpark()
    {
        lock (_monitor)
        {
            _unparked = true;
            Monitor.Pulse(_monitor);
        }
    }
}
