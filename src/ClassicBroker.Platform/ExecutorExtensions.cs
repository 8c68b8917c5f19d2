namespace ClassicBroker.Platform;

/// <summary>Has an <see cref="IExecutor"/> do work whose outcome somebody waits for.</summary>
public static class ExecutorExtensions
{
    /// <summary>
    /// Runs <paramref name="work"/> on the executor, never inline; the returned task ends as it ends. An event loop that awaits it
    /// resumes on itself.
    /// </summary>
    public static Task<T> RunAsync<T>(this IExecutor executor, Func<T> work)
    {
        var outcome = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        executor.Execute(() =>
        {
            try
            {
                outcome.SetResult(work());
            }
            catch (Exception failure) when (failure is not Primitives.InvariantViolatedException)
            {
                outcome.SetException(failure);
            }
        });
        return outcome.Task;
    }

    /// <inheritdoc cref="RunAsync{T}(IExecutor, Func{T})"/>
    public static Task RunAsync(this IExecutor executor, Action work) =>
        executor.RunAsync(() =>
        {
            work();
            return true;
        });
}
