namespace ClassicBroker.Client.Consumer;

/// <summary>
/// What was fetched and not consumed yet, and failures the application must hear of. Safe from any thread: the fetcher adds, the poller
/// takes.
/// </summary>
internal sealed class FetchBuffer : IDisposable
{
    private readonly Lock _gate = new();
    private readonly LinkedList<CompletedFetch> _fetches = new();
    private KafkaException? _failure;
    private TaskCompletionSource<bool>? _arrival;

    public void Add(CompletedFetch fetch)
    {
        lock (_gate)
        {
            _fetches.AddLast(fetch);
            Signal();
        }
    }

    /// <summary>Puts the rest of a fetch back, before all others.</summary>
    public void PutBack(CompletedFetch fetch)
    {
        lock (_gate)
        {
            _fetches.AddFirst(fetch);
        }
    }

    /// <summary>Lets the next poll fail; the first failure is kept.</summary>
    public void Fail(KafkaException failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            Signal();
        }
    }

    /// <summary>Lets a waiting poll return without anything.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            Signal();
        }
    }

    /// <summary>The oldest fetch of a partition that is not paused.</summary>
    /// <exception cref="KafkaException">A failure came and everything before it was taken.</exception>
    public CompletedFetch? Take()
    {
        lock (_gate)
        {
            if (FirstToTake() is { } node)
            {
                _fetches.Remove(node);
                return node.Value;
            }

            if (_failure is { } failure)
            {
                _failure = null;
                throw failure;
            }

            return null;
        }
    }

    /// <summary>Ends when there is something to take, at once if there is; false where the time is over first.</summary>
    public Task<bool> WaitAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        TaskCompletionSource<bool> arrival;
        lock (_gate)
        {
            if (_failure is not null || FirstToTake() is not null)
            {
                return Task.FromResult(true);
            }

            // A poll that gave up leaves its signal behind, set.
            arrival = _arrival is { Task.IsCompleted: false } ? _arrival : _arrival = TimedSignal.New();
        }

        return arrival.WaitAsync(timeout, time, cancellation);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var fetch in _fetches)
            {
                fetch.Dispose();
            }

            _fetches.Clear();
        }
    }

    private LinkedListNode<CompletedFetch>? FirstToTake()
    {
        var node = _fetches.First;
        while (node is { Value.IsHeld: true })
        {
            node = node.Next;
        }

        return node;
    }

    private void Signal()
    {
        _arrival?.TrySetResult(true);
        _arrival = null;
    }
}
