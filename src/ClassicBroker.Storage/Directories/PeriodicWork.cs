using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// Work that an event loop does again and again, with the same pause after each time. Threading: any thread starts and stops it.
/// </summary>
internal sealed class PeriodicWork(IEventLoop loop, Action work, long intervalMs)
{
    private volatile IScheduledWork? _next;
    private volatile bool _isStopped;

    public void Start(long firstMs) => _next = loop.Schedule(Run, TimeSpan.FromMilliseconds(firstMs));

    public void Stop()
    {
        _isStopped = true;
        _next?.Cancel();
    }

    private void Run()
    {
        if (_isStopped)
        {
            return;
        }

        work();
        Start(intervalMs);
    }
}
