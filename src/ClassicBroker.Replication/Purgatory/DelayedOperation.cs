namespace ClassicBroker.Replication.Purgatory;

/// <summary>
/// An operation that waits for a condition or its timeout, whichever comes first, and completes exactly once. Owned by the purgatory it
/// is put into. Threading: any thread may try to complete it; attempts of one operation never run beside each other.
/// </summary>
public abstract class DelayedOperation(long delayMs)
{
    private readonly Lock _attempt = new();
    private int _completed;
    private int _retryPending;

    /// <summary>How long the operation may wait.</summary>
    public long DelayMs { get; } = delayMs;

    public bool IsCompleted => Volatile.Read(ref _completed) != 0;

    internal TimingWheelEntry? Timer { get; set; }

    /// <summary>Where the operation ends early because its client is gone.</summary>
    internal CancellationTokenRegistration Cancellation { get; set; }

    /// <summary>Completes now, whatever the condition says; true where this call did it.</summary>
    public bool ForceComplete()
    {
        if (Interlocked.CompareExchange(ref _completed, 1, 0) != 0)
        {
            return false;
        }

        Timer?.Cancel();
        Cancellation.Unregister();
        OnComplete();
        return true;
    }

    /// <summary>Calls <see cref="ForceComplete"/> and returns its outcome where the condition holds; false otherwise.</summary>
    protected abstract bool TryComplete();

    /// <summary>Runs once, on the thread that completed the operation; must be brief and must not throw.</summary>
    protected abstract void OnComplete();

    /// <summary>Runs after <see cref="OnComplete"/> where the timeout came first.</summary>
    protected virtual void OnExpiration()
    {
    }

    internal void Expire()
    {
        if (ForceComplete())
        {
            OnExpiration();
        }
    }

    /// <summary>
    /// An attempt that never waits for another: where one is running, it is told to look again, so that what changed meanwhile is not lost.
    /// </summary>
    internal bool MaybeTryComplete()
    {
        while (true)
        {
            if (!_attempt.TryEnter())
            {
                // The holder looks at the flag after it let go. If it took the flag down already, it sees the change anyway.
                if (Interlocked.Exchange(ref _retryPending, 1) != 0)
                {
                    return false;
                }

                if (!_attempt.TryEnter())
                {
                    return false;
                }
            }

            bool completed;
            try
            {
                Volatile.Write(ref _retryPending, 0);
                completed = !IsCompleted && TryComplete();
            }
            finally
            {
                _attempt.Exit();
            }

            if (completed || IsCompleted || Volatile.Read(ref _retryPending) == 0)
            {
                return completed;
            }
        }
    }
}
