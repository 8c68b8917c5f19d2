namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Somebody waits for the session to be connected, until they lose patience. Safe from any thread.</summary>
internal sealed class ConnectedWaiter
{
    // Completed directly, not by an async method, so that the awaiting code resumes on its own loop.
    private readonly TaskCompletionSource _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _patience;

    public ConnectedWaiter(CancellationToken cancellation) =>
        _patience = cancellation.UnsafeRegister(static (waiter, token) => ((ConnectedWaiter)waiter!)._outcome.TrySetCanceled(token), this);

    public Task Task => _outcome.Task;

    public void Connected()
    {
        _patience.Unregister();
        _outcome.TrySetResult();
    }

    public void Ended(ZooKeeperError error)
    {
        _patience.Unregister();
        _outcome.TrySetException(ZooKeeperException.For(error, null));
    }
}
