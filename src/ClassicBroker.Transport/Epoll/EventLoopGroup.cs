namespace ClassicBroker.Transport;

/// <summary>
/// The loops a transport spreads its channels over: <c>num.network.threads</c> of them. Made, resized and disposed by the executable.
/// Threading: any thread.
/// </summary>
public sealed class EventLoopGroup : IAsyncDisposable
{
    private readonly Lock _resizing = new();
    private readonly string _namePrefix;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _fatal;
    private volatile EpollEventLoop[] _loops = [];
    private volatile int _count;
    private int _next;

    /// <param name="count">How many threads.</param>
    /// <param name="namePrefix">Threads are named with this and their number.</param>
    /// <param name="time">The clock of their timers.</param>
    /// <param name="fatal">Told what work on a loop threw; expected to end the process.</param>
    public EventLoopGroup(int count, string namePrefix, TimeProvider time, Action<Exception> fatal)
    {
        (_namePrefix, _time, _fatal) = (namePrefix, time, fatal);
        Count = count;
        Netty = new(() => [.. _loops.Select(loop => loop.Netty)]);
    }

    /// <summary>
    /// The loops that new channels go to. Fewer than before: those beyond keep the channels they have, take no new ones, and rest until
    /// more are wanted again.
    /// </summary>
    public int Count
    {
        get => _count;

        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            lock (_resizing)
            {
                var missing = Enumerable.Range(_loops.Length, Math.Max(0, value - _loops.Length));
                _loops = [.. _loops, .. missing.Select(number => new EpollEventLoop($"{_namePrefix}{number}", _time, _fatal))];
                _count = value;
            }
        }
    }

    /// <summary>All that were ever wanted.</summary>
    public IReadOnlyList<EpollEventLoop> Loops => _loops;

    /// <summary>The same loops as a listener's bootstrap wants them.</summary>
    internal NettyLoopGroup Netty { get; }

    /// <summary>The loops in turn.</summary>
    public EpollEventLoop Next()
    {
        // The count before the loops: a count that has grown is never read with the loops of before.
        var count = (uint)_count;
        return _loops[(uint)Interlocked.Increment(ref _next) % count];
    }

    /// <summary>Closes all channels and listeners and ends the threads. Not to be called on one of the loops.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops)
        {
            await loop.DisposeAsync();
        }
    }
}
