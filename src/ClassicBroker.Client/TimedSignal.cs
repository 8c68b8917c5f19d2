namespace ClassicBroker.Client;

/// <summary>
/// Waits for a signal, a time or a cancellation, whichever comes first. Ends on the context it was awaited on without passing through the
/// thread pool, as <see cref="Task.WaitAsync(TimeSpan, TimeProvider, CancellationToken)"/> would. Stateless.
/// </summary>
internal static class TimedSignal
{
    /// <summary>What timers cannot count to is forever.</summary>
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>A signal for <see cref="WaitAsync"/>, set to true by the code that has news.</summary>
    public static TaskCompletionSource<bool> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the signal was set to; false where the time was over first.</summary>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public static async Task<bool> WaitAsync(
        this TaskCompletionSource<bool> signal, TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        await using var registration = cancellation.UnsafeRegister(_ => signal.TrySetCanceled(cancellation), null);
        await using var timer = timeout >= MaxTimeout
            ? null
            : time.CreateTimer(_ => signal.TrySetResult(false), null, timeout, Timeout.InfiniteTimeSpan);
        return await signal.Task;
    }
}
