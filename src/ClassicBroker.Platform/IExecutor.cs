namespace ClassicBroker.Platform;

/// <summary>
/// Runs work later and elsewhere: an event loop, which runs one piece after the other, or a pool of workers, which promises no order. The
/// simulator's executors are loops of its one thread.
/// </summary>
public interface IExecutor
{
    /// <summary>Names the executor in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Runs <paramref name="work"/> after the call has returned, never inline. Any thread may call.</summary>
    void Execute(Action work);
}
