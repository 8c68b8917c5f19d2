namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// Fetched chunks on their way to one stream, at most <c>queued.max.message.chunks</c> before fetching pauses. A record counts as consumed
/// when it is taken. Threading: the loop adds and clears, the reader of the stream takes; a lock guards all.
/// </summary>
internal sealed class StreamQueue(int number, int chunksMax, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<StreamChunk> _chunks = new();
    private StreamChunk? _current;
    private int _next;
    private Exception? _failure;
    private TaskCompletionSource<bool>? _arrival;
    private bool _isClosed;

    /// <summary>The number of the thread whose partitions come here.</summary>
    public int Number { get; } = number;

    /// <summary>Called from any thread when a full queue has room again.</summary>
    public Action Drained { get; set; } = static () => { };

    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _chunks.Count >= chunksMax;
            }
        }
    }

    public void Add(StreamChunk chunk)
    {
        lock (_gate)
        {
            _chunks.Enqueue(chunk);
            Signal();
        }
    }

    /// <summary>Lets the reader fail once what came before has been taken; the first failure is kept.</summary>
    public void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            Signal();
        }
    }

    /// <summary>Drops what was not taken: the partitions may go to another member, who reads it again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _chunks.Clear();
            _current = null;
            _failure = null;
        }
    }

    /// <summary>Ends the stream: nothing more comes.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _chunks.Clear();
            _current = null;
            Signal();
        }
    }

    /// <summary>Takes the next record; false where there is none, or <paramref name="hasEnded"/> none will come.</summary>
    /// <exception cref="KafkaException">Fetching failed behind the records taken so far.</exception>
    public bool TryTake(out ConsumerRecord<byte[]?, byte[]?> record, out bool hasEnded)
    {
        var hasDrained = false;
        lock (_gate)
        {
            hasEnded = _isClosed;
            if (_current is null && _chunks.TryDequeue(out _current))
            {
                _next = 0;
                hasDrained = _chunks.Count == chunksMax - 1;
            }

            if (_current is not { } chunk)
            {
                record = default;
                return _failure is null || hasEnded ? false : throw TakeFailure();
            }

            record = chunk.Records[_next++];
            chunk.Claim.Consumed = record.Offset + 1;
            if (_next == chunk.Records.Count)
            {
                _current = null;
            }
        }

        if (hasDrained)
        {
            Drained();
        }

        return true;
    }

    /// <summary>Ends when there is something to take, or the stream has ended; false where the time is over first.</summary>
    /// <exception cref="OperationCanceledException">The cancellation came first.</exception>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        TaskCompletionSource<bool> arrival;
        lock (_gate)
        {
            if (_current is not null || _chunks.Count > 0 || _failure is not null || _isClosed)
            {
                return Task.FromResult(true);
            }

            // A wait that gave up leaves its signal behind, set.
            arrival = _arrival is { Task.IsCompleted: false } ? _arrival : _arrival = TimedSignal.New();
        }

        return arrival.WaitAsync(timeout, time, cancellation);
    }

    private Exception TakeFailure()
    {
        var failure = _failure!;
        _failure = null;
        return failure;
    }

    private void Signal()
    {
        _arrival?.TrySetResult(true);
        _arrival = null;
    }
}
