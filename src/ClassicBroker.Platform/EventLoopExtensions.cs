namespace ClassicBroker.Platform;

/// <summary>Moves asynchronous work onto an <see cref="IEventLoop"/> and brings its outcome back.</summary>
public static class EventLoopExtensions
{
    /// <summary>Starts <paramref name="work"/> on the loop; the returned task ends as it ends. Runs inline when already there.</summary>
    public static Task<T> InvokeAsync<T>(this IEventLoop loop, Func<Task<T>> work)
    {
        if (loop.InEventLoop)
        {
            return work();
        }

        var outcome = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new BackgroundWork("invocation", loop).Run(() => CompleteAsync(work, outcome));
        return outcome.Task;
    }

    /// <inheritdoc cref="InvokeAsync{T}(IEventLoop, Func{Task{T}})"/>
    public static Task InvokeAsync(this IEventLoop loop, Func<Task> work) =>
        loop.InvokeAsync(async () =>
        {
            await work();
            return true;
        });

    /// <summary>Runs <paramref name="work"/> on the loop and returns what it returned.</summary>
    public static Task<T> InvokeAsync<T>(this IEventLoop loop, Func<T> work) => loop.InvokeAsync(() => Task.FromResult(work()));

    /// <summary>Ends after <paramref name="delay"/>, by the clock of the loop and on it.</summary>
    public static Task DelayAsync(this IEventLoop loop, TimeSpan delay)
    {
        var elapsed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Schedule(elapsed.SetResult, delay);
        return elapsed.Task;
    }

    /// <summary>
    /// Waits for <paramref name="work"/> no longer than <paramref name="patience"/>. True once it has ended, however it did: the caller
    /// awaits it to hear how. False where it goes on, in the care of <paramref name="late"/>, which hears of its failure.
    /// <c>Task.WhenAny</c> would pass through the thread pool on its way back.
    /// </summary>
    public static async Task<bool> EndsWithinAsync(this IEventLoop loop, Task work, TimeSpan patience, BackgroundWork late)
    {
        var isInTime = await loop.IsSignalledWithinAsync(work, patience);
        if (!isInTime)
        {
            late.Watch(work);
        }

        return isInTime;
    }

    /// <summary>As <see cref="EndsWithinAsync"/>, for a signal that cannot fail and needs no care when it comes late.</summary>
    public static async Task<bool> IsSignalledWithinAsync(this IEventLoop loop, Task signal, TimeSpan patience)
    {
        if (signal.IsCompleted)
        {
            return true;
        }

        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var timeout = loop.Schedule(() => ended.TrySetResult(false), patience);
        signal.GetAwaiter().OnCompleted(() => ended.TrySetResult(true));
        var isInTime = await ended.Task;
        timeout.Cancel();
        return isInTime;
    }

    private static async Task CompleteAsync<T>(Func<Task<T>> work, TaskCompletionSource<T> outcome)
    {
        try
        {
            outcome.SetResult(await work());
        }
        catch (Exception failure) when (failure is not Primitives.InvariantViolatedException)
        {
            outcome.SetException(failure);
        }
    }
}
