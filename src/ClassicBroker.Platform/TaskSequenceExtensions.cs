using System.Runtime.CompilerServices;

namespace ClassicBroker.Platform;

/// <summary>
/// Waits for tasks, one or many, without leaving the loop. <c>Task.WhenAll</c> passes through the thread pool where one of them resumes its
/// waiters asynchronously, as every completion source here does.
/// </summary>
public static class TaskSequenceExtensions
{
    private const ConfigureAwaitOptions OnThisLoopWithoutThrowing =
        ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing;

    /// <summary>
    /// Waits until a task has ended, however it did, and throws nothing: for a caller to whom a failure is an answer, and who looks at the
    /// task. To throw what is caught at once costs more than most calls.
    /// </summary>
    public static ConfiguredTaskAwaitable EndAsync(this Task task) => task.ConfigureAwait(OnThisLoopWithoutThrowing);

    /// <summary>
    /// Starts all of <paramref name="work"/> and ends when all have ended: with their results in order, or the first failure.
    /// </summary>
    public static async Task<T[]> AwaitAllAsync<T>(this IEnumerable<Task<T>> work)
    {
        Task<T>[] started = [.. work];
        await EndOfAllAsync(started);
        var results = new T[started.Length];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = await started[i];
        }

        return results;
    }

    /// <summary>Starts all of <paramref name="work"/> and ends when all have ended: well, or with the first failure.</summary>
    public static async Task AwaitAllAsync(this IEnumerable<Task> work)
    {
        Task[] started = [.. work];
        await EndOfAllAsync(started);
        foreach (var task in started)
        {
            await task;
        }
    }

    private static async Task EndOfAllAsync(Task[] started)
    {
        foreach (var task in started)
        {
            await task.EndAsync();
        }
    }
}
