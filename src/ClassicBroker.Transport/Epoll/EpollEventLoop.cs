using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// A loop that, beside its queue and timers, serves sockets: it parks in epoll. Its channels share one receive buffer, since only one
/// is read at a time; an idle connection therefore holds none. Interest is level-triggered: what a turn leaves unread is told again.
/// </summary>
public sealed unsafe class EpollEventLoop : SingleThreadEventLoop
{
    internal const int SendBufferBytes = 64 * 1024;

    private const int EventsPerTurnMax = 512;
    private const ulong WakeUp = ulong.MaxValue;

    private readonly int _epoll;
    private readonly int _wakeUp;
    private readonly EpollEvents _events = new(EventsPerTurnMax);
    private readonly EpollEvents _interest = new(1);
    private readonly PollableTable _pollables = new();
    private long _idleTicks;
    private Action? _afterLook;

    /// <inheritdoc cref="SingleThreadEventLoop(string, TimeProvider, Action{Exception})"/>
    public EpollEventLoop(string name, TimeProvider time, Action<Exception> fatal)
        : base(name, time, fatal)
    {
        Netty = new(this, new ArrayPoolAllocator(), work => _afterLook = work);
        Receiving = new(Netty.Allocator);
        _epoll = Required("epoll_create1", EpollCalls.CreateEpoll());
        _wakeUp = Required("eventfd", EpollCalls.CreateEvent());
        Control(EpollCalls.Add, _wakeUp, EpollCalls.In, WakeUp);
        Start();
    }

    /// <summary>Time spent waiting for something to do, for the network threads' idle ratio. Any thread.</summary>
    public TimeSpan IdleTime => Time.GetElapsedTime(0, Volatile.Read(ref _idleTicks));

    /// <summary>The loop as DotNetty's pipeline knows it.</summary>
    public NettyLoop Netty { get; }

    /// <summary>Counts the looks at the sockets. Its thread.</summary>
    internal long Turn { get; private set; }

    /// <summary>Where what arrives is received; a channel uses it for the length of one call.</summary>
    internal ReceiveMemory Receiving { get; }

    /// <summary>Where small payloads are put together for one send; used for the length of one call.</summary>
    internal byte[] SendBuffer { get; } = GC.AllocateUninitializedArray<byte>(SendBufferBytes, pinned: true);

    /// <summary>Watches a descriptor and returns the token to change or end that with.</summary>
    internal ulong Register(int descriptor, IPollable pollable, uint interest)
    {
        var token = _pollables.Add(pollable);
        Control(EpollCalls.Add, descriptor, interest, token);
        return token;
    }

    internal void Modify(int descriptor, uint interest, ulong token) => Control(EpollCalls.Modify, descriptor, interest, token);

    /// <summary>Ends watching; events of this turn not yet told are dropped.</summary>
    internal void Unregister(int descriptor, ulong token)
    {
        _pollables.Remove(token);
        Control(EpollCalls.Delete, descriptor, 0, token);
    }

    protected override void Park(int timeoutMs)
    {
        var after = _afterLook;
        _afterLook = null;
        timeoutMs = after is null ? timeoutMs : 0;
        var before = timeoutMs == 0 ? 0 : Time.GetTimestamp();
        var count = EpollCalls.Wait(_epoll, _events.Start, _events.Capacity, timeoutMs);
        Woken();
        Turn++;
        if (timeoutMs != 0)
        {
            Volatile.Write(ref _idleTicks, _idleTicks + Time.GetTimestamp() - before);
        }

        if (count < 0 && LastError() != Errno.Interrupted)
        {
            throw Broken("epoll_wait");
        }

        for (var i = 0; i < count; i++)
        {
            var (events, token) = _events[i];
            if (token == WakeUp)
            {
                ulong counter;
                EpollCalls.Read(_wakeUp, &counter, sizeof(ulong));
            }
            else
            {
                _pollables.Find(token)?.Ready(events);
            }
        }

        after?.Invoke();
    }

    protected override void Unpark()
    {
        var one = 1UL;
        EpollCalls.Write(_wakeUp, &one, sizeof(ulong));
    }

    protected override void Stopping()
    {
        foreach (var pollable in _pollables.All())
        {
            pollable.Abandon();
        }
    }

    protected override void Stopped()
    {
        EpollCalls.Close(_epoll);
        Receiving.Release();
    }

    private static int Required(string call, int result) => result >= 0 ? result : throw Broken(call);

    private static int LastError() => System.Runtime.InteropServices.Marshal.GetLastPInvokeError();

    // A loop without its poll serves no connection: the process cannot go on.
    private static InvariantViolatedException Broken(string call) => new($"{call}: {Errno.Describe(LastError())}");

    private void Control(int operation, int descriptor, uint interest, ulong token)
    {
        _interest[0] = (interest, token);
        Required("epoll_ctl", EpollCalls.Control(_epoll, operation, descriptor, _interest.Start));
    }
}
