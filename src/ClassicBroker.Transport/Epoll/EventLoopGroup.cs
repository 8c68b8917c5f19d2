namespace ClassicBroker.Transport;

/// <summary>
/// The loops a transport spreads its channels over: <c>num.network.threads</c> of them. Made and disposed by the executable.
/// Threading: any thread.
/// </summary>
public sealed class EventLoopGroup : IAsyncDisposable
{
    private readonly EpollEventLoop[] _loops;
    private int _next;

    /// <param name="count">How many threads.</param>
    /// <param name="namePrefix">Threads are named with this and their number.</param>
    /// <param name="time">The clock of their timers.</param>
    /// <param name="fatal">Told what work on a loop threw; expected to end the process.</param>
    public EventLoopGroup(int count, string namePrefix, TimeProvider time, Action<Exception> fatal)
    {
        _loops = [.. Enumerable.Range(0, count).Select(number => new EpollEventLoop($"{namePrefix}{number}", time, fatal))];
        Netty = new([.. _loops.Select(loop => loop.Netty)]);
    }

    public IReadOnlyList<EpollEventLoop> Loops => _loops;

    /// <summary>The same loops as a listener's bootstrap wants them.</summary>
    internal NettyLoopGroup Netty { get; }

    /// <summary>The loops in turn.</summary>
    public EpollEventLoop Next() => _loops[(uint)Interlocked.Increment(ref _next) % (uint)_loops.Length];

    /// <summary>Closes all channels and listeners and ends the threads. Not to be called on one of the loops.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops)
        {
            await loop.DisposeAsync();
        }
    }
}
