using ClassicBroker.Platform;

namespace ClassicBroker.Storage;

/// <summary>
/// Disk work that is done again and again, with the same pause after each time, however long a time has taken. Threading: any thread starts
/// and stops it.
/// </summary>
internal sealed class PeriodicWork(StorageEnvironment environment, Action work, long intervalMs)
{
    private volatile IScheduledWork? _next;
    private volatile bool _isStopped;

    public void Start(long firstMs) => _next = environment.ScheduleDiskWork(Run, TimeSpan.FromMilliseconds(firstMs));

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
