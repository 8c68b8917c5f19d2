namespace ClassicBroker.Rpc;

/// <summary>
/// Bytes that connections hold of a share of <see cref="RequestMemory"/>, and the connections that wait for room. What is held is never
/// refused, since it is there already; who finds the share full stops reading. One holder at a time may go on though it is full, so that
/// holders that all wait for each other come to an end one by one. Threading: any loop.
/// </summary>
public sealed class MemoryShare(long bytesMax)
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _waiting = new();
    private object? _favoured;
    private long _used;
    private int _waitingCount;

    public long UsedBytes => Volatile.Read(ref _used);

    public bool IsFull => UsedBytes >= bytesMax;

    /// <summary>Connections that wait for room.</summary>
    public int Waiting => Volatile.Read(ref _waitingCount);

    /// <summary>Is the holder the one that may go on though the share is full?</summary>
    public bool IsFavoured(object holder) => Volatile.Read(ref _favoured) == holder;

    /// <summary>
    /// Counts bytes that came to be held (positive) or were let go (negative), and wakes those that wait once there is room.
    /// </summary>
    public void Add(long bytes)
    {
        Interlocked.Add(ref _used, bytes);
        if (bytes < 0 && Waiting > 0 && !IsFull)
        {
            Wake(all: true);
        }
    }

    /// <summary>
    /// True where the holder may go on. False where the share is full: <paramref name="resume"/> is called, on any loop, when it is time
    /// to try again.
    /// </summary>
    public bool MayGoOn(object holder, Action resume)
    {
        if (!IsFull)
        {
            return true;
        }

        lock (_lock)
        {
            if (!IsFull || _favoured is null || _favoured == holder)
            {
                _favoured = holder;
                return true;
            }

            _waiting.Enqueue(resume);
            _waitingCount++;
            return false;
        }
    }

    /// <summary>As <see cref="MayGoOn"/>, for a holder that others need not wait for: none is favoured.</summary>
    public bool HasRoomElseWait(Action resume)
    {
        lock (_lock)
        {
            if (!IsFull)
            {
                return true;
            }

            _waiting.Enqueue(resume);
            _waitingCount++;
            return false;
        }
    }

    /// <summary>The holder holds nothing any more: where it was favoured, the next is.</summary>
    public void Done(object holder)
    {
        if (Volatile.Read(ref _favoured) is null && Waiting == 0)
        {
            return;
        }

        lock (_lock)
        {
            if (_favoured is not null && _favoured != holder)
            {
                return;
            }

            _favoured = null;
        }

        Wake(all: false);
    }

    private void Wake(bool all)
    {
        while (true)
        {
            Action? resume;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out resume))
                {
                    return;
                }

                _waitingCount--;
            }

            resume();
            if (!all)
            {
                return;
            }
        }
    }
}
