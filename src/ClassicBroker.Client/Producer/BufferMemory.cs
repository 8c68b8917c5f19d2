namespace ClassicBroker.Client.Producer;

/// <summary>
/// <c>buffer.memory</c>: bytes that batches take and give back, and those who wait for some, first come first served. Safe from any
/// thread; its lock is never held across foreign code.
/// </summary>
internal sealed class BufferMemory
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private readonly long _capacity;
    private readonly TimeProvider _time;
    private long _available;

    public BufferMemory(long capacity, TimeProvider time)
    {
        _capacity = capacity;
        _time = time;
        _available = capacity;
    }

    /// <summary>True while somebody waits; batches then leave at once instead of lingering.</summary>
    public bool IsExhausted
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count > 0;
            }
        }
    }

    /// <summary>Takes bytes if they are there and no other caller waits.</summary>
    public bool TryTake(int bytes)
    {
        lock (_gate)
        {
            if (_waiters.Count > 0 || _available < bytes)
            {
                return false;
            }

            _available -= bytes;
            return true;
        }
    }

    /// <summary>Takes bytes as soon as they are there.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="timeout">How long to wait for them.</param>
    /// <param name="allowed">How long the whole call may take, of which some may be over; for the message.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="KafkaTimeoutException">They were not there within <paramref name="timeout"/>.</exception>
    public async Task TakeAsync(int bytes, TimeSpan timeout, TimeSpan allowed, CancellationToken cancellation)
    {
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            if (_waiters.Count == 0 && _available >= bytes)
            {
                _available -= bytes;
                return;
            }

            node = _waiters.AddLast(new Waiter(bytes));
        }

        var isTaken = false;
        try
        {
            isTaken = await node.Value.Taken.WaitAsync(timeout, _time, cancellation);
        }
        finally
        {
            if (!isTaken)
            {
                Leave(node);
            }
        }

        if (!isTaken)
        {
            throw new KafkaTimeoutException(
                $"Failed to allocate {bytes} bytes within the configured max blocking time {allowed.TotalMilliseconds:0} ms. Total memory: {_capacity} bytes.");
        }
    }

    public void Return(int bytes)
    {
        List<Waiter>? served = null;
        lock (_gate)
        {
            _available += bytes;
            while (_waiters.First is { } first && first.Value.Bytes <= _available)
            {
                _available -= first.Value.Bytes;
                _waiters.RemoveFirst();
                (served ??= []).Add(first.Value);
            }
        }

        foreach (var waiter in served ?? [])
        {
            waiter.Taken.TrySetResult(true);
        }
    }

    /// <summary>Stops waiting; what was granted in the same moment goes back.</summary>
    private void Leave(LinkedListNode<Waiter> node)
    {
        bool granted;
        lock (_gate)
        {
            granted = node.List is null;
            if (!granted)
            {
                _waiters.Remove(node);
            }
        }

        // Even where nothing was granted, those behind the one that left may fit now.
        Return(granted ? node.Value.Bytes : 0);
    }

    private sealed class Waiter(int bytes)
    {
        public int Bytes { get; } = bytes;

        public TaskCompletionSource<bool> Taken { get; } = TimedSignal.New();
    }
}
