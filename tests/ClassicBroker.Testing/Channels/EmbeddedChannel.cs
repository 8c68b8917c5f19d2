using System.Net;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Testing.Channels;

/// <summary>
/// A channel without a connection, to test handlers: a test plays the peer. Each call runs the channel's loop until idle; what a handler
/// throws and none deals with comes out of the call. Threading: the test's thread only.
/// </summary>
public sealed class EmbeddedChannel : TransportChannel
{
    private readonly ManualTime _time;
    private readonly Queue<byte[]> _unread = [];
    private readonly MemoryStream _sent = new();
    private Exception? _unhandled;
    private bool _peerTakes = true;
    private bool _receiving;

    /// <summary>An active channel with these handlers, on a loop and clock of its own or those given.</summary>
    public EmbeddedChannel(params IChannelHandler[] handlers)
        : this(new ManualTime(), ChannelOptions.Default, handlers)
    {
    }

    /// <inheritdoc cref="EmbeddedChannel(IChannelHandler[])"/>
    public EmbeddedChannel(ManualTime time, ChannelOptions options, params IChannelHandler[] handlers)
        : this(time, time.CreateLoop("embedded"), options, handlers)
    {
    }

    /// <summary>An active channel on a loop it may share with others.</summary>
    public EmbeddedChannel(ManualTime time, ManualEventLoop loop, ChannelOptions options, params IChannelHandler[] handlers)
        : base(
            1,
            new NettyLoop(loop, new ArrayPoolAllocator()),
            options,
            new IPEndPoint(IPAddress.Loopback, 9092),
            new IPEndPoint(IPAddress.Loopback, 50000))
    {
        _time = time;
        Run(() =>
        {
            Pipeline.AddLast(handlers);
            Home.RegisterAsync(this);
        });
    }

    public ManualTime Time => _time;

    /// <summary>Buffers of this channel that were not given back: what handlers kept, and what waits to be sent.</summary>
    public long BuffersOut => Home.Allocator.Outstanding;

    /// <summary>Bytes flushed and sent since the last <see cref="TakeOutbound"/>.</summary>
    public int OutboundLength => (int)_sent.Length;

    /// <summary>False plays a peer that does not read: what is flushed stays queued.</summary>
    public bool PeerTakes
    {
        get => _peerTakes;
        set
        {
            _peerTakes = value;
            Run(FlushPending);
        }
    }

    /// <summary>Bytes the peer takes before it stops; what a message has beyond stays queued. Null for all.</summary>
    public int? PeerTakesBytes { get; set; }

    /// <summary>
    /// Plays the peer sending bytes: handed up in the room lent where a handler lends, else as they are; kept while reading is off.
    /// </summary>
    public void WriteInbound(ReadOnlySpan<byte> bytes)
    {
        _unread.Enqueue(bytes.ToArray());
        Run(ReadingChanged);
    }

    /// <summary>Lends bytes to the handlers as they are, on the test's thread at once.</summary>
    public void LendInbound(ReadOnlySpan<byte> bytes) => this.Lend(bytes);

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

    protected override void DoWrite(ChannelOutboundBuffer input)
    {
        while (Open && _peerTakes && input.Current is { } message)
        {
            var bytes = PipelineFeed.Copy(message);
            if (PeerTakesBytes is { } limit && message is IByteBuffer buffer && limit < bytes.Length)
            {
                _sent.Write(bytes.AsSpan(0, limit));
                buffer.SkipBytes(limit);
                PeerTakesBytes = 0;
                if (limit > 0)
                {
                    Sent();
                }

                return;
            }

            PeerTakesBytes -= bytes.Length;
            _sent.Write(bytes);
            input.Remove();
            Sent();
        }
    }

    protected override void CloseTransport()
    {
    }

    protected override void ReadingChanged()
    {
        if (_receiving)
        {
            return;
        }

        _receiving = true;
        while (WantsRead && Open && _unread.TryDequeue(out var bytes))
        {
            BeginTurn();
            Touch();
            this.Receive(bytes);
            EndTurn();
        }

        _receiving = false;
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
