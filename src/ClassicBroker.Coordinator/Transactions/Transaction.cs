namespace ClassicBroker.Coordinator.Transactions;

/// <summary>
/// One transactional id, as long as this broker coordinates it. Owned by its <see cref="TransactionPartition"/>. Threading: under its lock,
/// which is held across synchronous code only; it comes before the partition's.
/// </summary>
internal sealed class Transaction(string id, TransactionPartition partition, TransactionState state)
{
    private TaskCompletionSource? _complete;

    public Lock Lock { get; } = new();

    public string Id => id;

    public TransactionPartition Partition => partition;

    /// <summary>What the log has, and all replicas in sync.</summary>
    public TransactionState State { get; set; } = state;

    /// <summary>What comes next: being appended, or waiting for markers. Everything else waits for it.</summary>
    public TransactionState? Pending { get; set; }

    /// <summary>Ends when the transaction that is decided is complete; never where another coordinator completes it.</summary>
    public Task WhenComplete() => (_complete ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>The decided transaction has all its markers, and the log says so.</summary>
    public void Complete(TransactionState completed)
    {
        State = completed;
        Pending = null;
        _complete?.SetResult();
        _complete = null;
    }

    /// <summary>Has it been open for longer than its producer asked for?</summary>
    public bool IsTimedOut(long monotonicMs) => State.Status == TransactionStatus.Ongoing && monotonicMs - OpenedMs > State.TimeoutMs;

    /// <summary>
    /// When the transaction that is open began, on the monotonic clock: the time of day may jump, and what a coordinator reads in the log
    /// was stamped by another machine.
    /// </summary>
    public long OpenedMs { get; set; }

    /// <summary>Expired, and removed: look it up again.</summary>
    public bool IsRemoved { get; set; }
}
