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
        loop.Execute(async () =>
        {
            try
            {
                outcome.SetResult(await work());
            }
            catch (Exception failure) when (failure is not Primitives.InvariantViolatedException)
            {
                outcome.SetException(failure);
            }
        });
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
    /// Waits for <paramref name="work"/> no longer than <paramref name="patience"/>: true once it has ended, however it did, which whoever
    /// awaits the work itself hears. <c>Task.WhenAny</c> would pass through the thread pool on its way back.
    /// </summary>
    public static async Task<bool> EndsWithinAsync(this IEventLoop loop, Task work, TimeSpan patience)
    {
        if (work.IsCompleted)
        {
            return true;
        }

        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var timeout = loop.Schedule(() => ended.TrySetResult(false), patience);
        work.GetAwaiter().OnCompleted(() => ended.TrySetResult(true));
        var isInTime = await ended.Task;
        timeout.Cancel();
        return isInTime;
    }
}
