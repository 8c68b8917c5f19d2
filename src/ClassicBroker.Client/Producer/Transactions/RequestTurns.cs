namespace ClassicBroker.Client.Producer.Transactions;

/// <summary>
/// Lets one piece of asynchronous work follow the other, in the order they came: what changes a transaction at its coordinator must not
/// overtake. Threading: the client's loop.
/// </summary>
internal sealed class RequestTurns
{
    private Task _last = Task.CompletedTask;

    /// <summary>Runs <paramref name="work"/> when all that came before has ended, well or not.</summary>
    public async Task TakeAsync(Func<Task> work)
    {
        var before = _last;
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _last = ended.Task;
        await before;
        try
        {
            await work();
        }
        finally
        {
            ended.SetResult();
        }
    }
}
