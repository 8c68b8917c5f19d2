using ClassicBroker.Platform;
using ClassicBroker.Replication.Purgatory;

namespace ClassicBroker.Coordinator;

/// <summary>
/// The clock and the timing wheel of a coordinator, whose timers are many and mostly cancelled. Threading: any; work runs on the loop.
/// </summary>
internal sealed class CoordinatorTimers(IEventLoop loop)
{
    private readonly TimingWheel _wheel = new(loop);

    /// <summary>Where work runs.</summary>
    public IEventLoop Loop => loop;

    /// <summary>For stamps that are stored or compared with stored ones.</summary>
    public long UnixMs => loop.Time.UnixMs();

    /// <summary>For deadlines.</summary>
    public long MonotonicMs => loop.Time.MonotonicMs();

    /// <summary>Runs <paramref name="work"/> on the loop once the delay has passed, never sooner than the next millisecond.</summary>
    public IScheduledWork Schedule(Action work, long delayMs) => _wheel.Schedule(work, delayMs);

    /// <summary>Ends once the delay has passed.</summary>
    public Task DelayAsync(long delayMs)
    {
        var elapsed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Schedule(elapsed.SetResult, delayMs);
        return elapsed.Task;
    }

    /// <summary>Waits for a signal, no longer than the delay; whether it came.</summary>
    public async ValueTask<bool> IsSignalledWithinAsync(Task signal, long delayMs)
    {
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var timeout = Schedule(() => ended.TrySetResult(false), delayMs);
        signal.GetAwaiter().OnCompleted(() => ended.TrySetResult(true));
        var isSignalled = await ended.Task;
        timeout.Cancel();
        return isSignalled;
    }
}
