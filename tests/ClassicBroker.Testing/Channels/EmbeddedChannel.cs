using System.Net;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Testing.Channels;

/// <summary>
/// A channel without a connection, to test handlers: a test plays the peer. Each call runs the channel's loop until idle; what a handler
/// throws and none deals with comes out of the call. Threading: the test's thread only.
/// </summary>
public sealed class EmbeddedChannel : Channel
{
    private readonly ManualTime _time;
    private readonly List<IPayload> _queue = [];
    private readonly Queue<Memory<byte>> _unread = [];
    private readonly MemoryStream _sent = new();
    private Exception? _unhandled;
    private bool _peerTakes = true;

    /// <summary>An active channel with these handlers, on a loop and clock of its own or those given.</summary>
    public EmbeddedChannel(params ChannelHandler[] handlers)
        : this(new ManualTime(), ChannelOptions.Default, handlers)
    {
    }

    /// <inheritdoc cref="EmbeddedChannel(ChannelHandler[])"/>
    public EmbeddedChannel(ManualTime time, ChannelOptions options, params ChannelHandler[] handlers)
        : this(time, time.CreateLoop("embedded"), options, handlers)
    {
    }

    /// <summary>An active channel on a loop it may share with others.</summary>
    public EmbeddedChannel(ManualTime time, ManualEventLoop loop, ChannelOptions options, params ChannelHandler[] handlers)
        : base(1, loop, options)
    {
        _time = time;
        LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 9092);
        RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 50000);
        Run(() =>
        {
            foreach (var handler in handlers)
            {
                Pipeline.AddLast(handler);
            }

            Activate();
        });
    }

    public ManualTime Time => _time;

    /// <summary>Bytes flushed and sent since the last <see cref="TakeOutbound"/>.</summary>
    public int OutboundLength => (int)_sent.Length;

    /// <summary>False plays a peer that does not read: what is flushed stays queued.</summary>
    public bool PeerTakes
    {
        get => _peerTakes;
        set
        {
            _peerTakes = value;
            Run(FlushQueue);
        }
    }

    /// <summary>
    /// Plays the peer sending bytes: handed up in the room lent where a handler lends, else as they are; kept while reading is off.
    /// </summary>
    public void WriteInbound(ReadOnlySpan<byte> bytes)
    {
        _unread.Enqueue(bytes.ToArray());
        Run(ReadingChanged);
    }

    /// <summary>Plays the peer closing.</summary>
    public void FinishInbound() => Run(PeerFinished);

    /// <summary>Plays a connection that breaks.</summary>
    public void Break(Exception exception) => Run(() => Fail(exception));

    /// <summary>Runs work on the channel's loop, then all loops until idle.</summary>
    public void Run(Action work)
    {
        Loop.Execute(work);
        _time.RunUntilIdle();
        Rethrow();
    }

    /// <summary>Lets time pass on the channel's clock.</summary>
    public void Advance(TimeSpan span)
    {
        _time.Advance(span);
        Rethrow();
    }

    /// <summary>All bytes sent since the last call.</summary>
    public byte[] TakeOutbound()
    {
        var bytes = _sent.ToArray();
        _sent.SetLength(0);
        return bytes;
    }

    protected override void Send(IPayload payload)
    {
        _queue.Add(payload);
        QueueChanged(payload.Length);
    }

    protected override void FlushQueue()
    {
        while (_peerTakes && _queue.Count > 0)
        {
            var payload = _queue[0];
            _queue.RemoveAt(0);
            _sent.Write(payload.Copy());
            payload.Release();
            QueueChanged(-payload.Length);
        }
    }

    protected override void CloseTransport()
    {
        foreach (var payload in _queue)
        {
            payload.Release();
        }

        _queue.Clear();
    }

    protected override void ReadingChanged()
    {
        while (AutoRead && IsOpen && _unread.TryDequeue(out var bytes))
        {
            Guarded(_ => Pipeline.Receive(bytes));
        }
    }

    protected override void Unhandled(Exception exception)
    {
        _unhandled = exception;
        Close();
    }

    private void Rethrow()
    {
        if (_unhandled is { } exception)
        {
            _unhandled = null;
            throw exception;
        }
    }
}
