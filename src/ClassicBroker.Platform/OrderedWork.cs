namespace ClassicBroker.Platform;

/// <summary>
/// Lets one piece of asynchronous work follow the other, in the order they came, for what must not overtake. Threading: one loop's.
/// </summary>
public sealed class OrderedWork
{
    private Task _last = Task.CompletedTask;

    /// <summary>Runs <paramref name="work"/> when all that came before has ended, well or not.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> work)
    {
        var previous = _last;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _last = ended.Task;
        try
        {
            await previous;
            return await work();
        }
        finally
        {
            ended.SetResult();
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Func<Task> work) => RunAsync(async () =>
    {
        await work();
        return true;
    });
}
