namespace ClassicBroker.Platform;

/// <summary>
/// One thread of execution with a queue and a timer: the only way work is put off or moved elsewhere. State owned by a loop is
/// touched only on it. Real loops are dedicated threads; the simulator runs all loops of a cluster on one thread, in an order that repeats.
/// An <c>await</c> started on a loop resumes on it, because a loop installs <see cref="EventLoopSynchronizationContext"/>.
/// <see cref="IExecutor.Execute"/> keeps the order of its callers; the name is such as <c>kafka-network-thread-0-1</c>.
/// </summary>
public interface IEventLoop : IExecutor
{
    /// <summary>True on the loop's own thread.</summary>
    bool InEventLoop { get; }

    /// <summary>The clock of this loop; its timers follow it.</summary>
    TimeProvider Time { get; }

    /// <summary>Runs <paramref name="work"/> on the loop once <paramref name="delay"/> has passed. Any thread may call.</summary>
    IScheduledWork Schedule(Action work, TimeSpan delay);
}
