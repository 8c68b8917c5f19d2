namespace ClassicBroker.Platform;

/// <summary>A loop that serves its queue and timers alone: the controller's, the ZooKeeper client's, the scheduler's.</summary>
public sealed class ThreadEventLoop : MonitorEventLoop
{
    /// <inheritdoc cref="SingleThreadEventLoop(string, TimeProvider, Action{Exception})"/>
    public ThreadEventLoop(string name, TimeProvider time, Action<Exception> fatal)
        : base(name, time, fatal) => Start();
}
