using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using IEventLoop = ClassicBroker.Platform.IEventLoop;
using Promise = DotNetty.Common.Concurrency.TaskCompletionSource;

namespace ClassicBroker.Transport;

/// <summary>
/// A connection that belongs to one event loop: DotNetty's channel and pipeline over a transport of ours. Made by a transport, connected
/// from the start; the handlers in the pipeline are its users.
/// Threading: every member on <see cref="Loop"/> only, except <see cref="Execute"/>, <see cref="Schedule"/> and what never changes.
/// </summary>
public abstract class TransportChannel : AbstractChannel, IErrorSink
{
    /// <summary>The writability flag of bytes a handler holds back.</summary>
    private const int HeldBytesFlag = 1;

    private static readonly ChannelMetadata Plain = new(hasDisconnect: false);

    private readonly EndPoint _local;
    private readonly EndPoint _remote;
    private readonly TransportConfiguration _configuration;
    private volatile bool _isOpen = true;
    private bool _closesWhenDrained;
    private long _heldBytes;
    private long _loopTicks;
    private long _turnBeganAt;
    private int _turnDepth;

    /// <param name="number">Unique among the channels of a transport.</param>
    /// <param name="home">The loop it lives on, once registered there.</param>
    /// <param name="options">Watermarks; options of a socket are set already.</param>
    /// <param name="local">Its own end.</param>
    /// <param name="remote">The other end.</param>
    protected TransportChannel(long number, NettyLoop home, ChannelOptions options, EndPoint local, EndPoint remote)
        : base(null!, new ChannelNumber(number))
    {
        Number = number;
        Home = home;
        Options = options;
        _local = local;
        _remote = remote;
        _configuration = new(this, options, home.Allocator);
        Touch();
    }

    /// <summary>Unique among the channels of a transport.</summary>
    public long Number { get; }

    public NettyLoop Home { get; }

    public IEventLoop Loop => Home.Loop;

    public ChannelOptions Options { get; }

    public override IChannelConfiguration Configuration => _configuration;

    public override ChannelMetadata Metadata => Plain;

    /// <summary>False from the moment it is closed by either side.</summary>
    public override bool Open => _isOpen;

    public override bool Active => _isOpen;

    /// <summary>
    /// False stops reading from the peer, whose sending then stalls. Frames received already are kept and handed up when it is true again.
    /// </summary>
    public bool AutoRead
    {
        get => _configuration.AutoRead;
        set
        {
            if (_isOpen)
            {
                _configuration.AutoRead = value;
            }
        }
    }

    /// <summary>Bytes written and not yet taken by the peer's side.</summary>
    public long PendingWriteBytes => QueuedBytes + _heldBytes;

    /// <summary>What the layer above keeps with the connection.</summary>
    public object? Attachment { get; set; }

    /// <summary>True keeps a channel whose peer has finished open until its handler closes it.</summary>
    public bool OwesAnswers { get; set; }

    /// <summary>
    /// How long the peer had been connected, and silent, when the channel was made for it. Counts towards the time it is given.
    /// </summary>
    public TimeSpan Waited { get; init; }

    /// <summary>When bytes last came or went, as a timestamp of the loop's clock.</summary>
    public long LastActivity { get; private set; }

    /// <summary>The handler that wants bytes received into its own memory; null for none.</summary>
    internal IReceiveLender? Lender { get; set; }

    /// <summary>What is received is not what the lender wants: TLS lies between.</summary>
    internal bool IsTransformed { get; set; }

    /// <summary>Called when the peer's side has taken bytes: what is left is <see cref="PendingWriteBytes"/>.</summary>
    public Action? BytesSent { get; set; }

    /// <summary>Called when the queue has fallen to the low watermark: a handler that holds messages back passes more on.</summary>
    internal Action? Drained { get; set; }

    /// <summary>Bytes in the transport's own queue.</summary>
    internal long QueuedBytes => Unsafe.OutboundBuffer?.TotalPendingWriteBytes() ?? 0;

    protected override EndPoint LocalAddressInternal => _local;

    protected override EndPoint RemoteAddressInternal => _remote;

    /// <summary>The pipeline asked for more to read, and reading has not been stopped since.</summary>
    protected bool WantsRead { get; private set; }

    /// <summary>
    /// Closes at once; what is not sent is dropped. <see cref="IChannelHandler.ChannelInactive"/> follows, never inside this call.
    /// </summary>
    public void Close()
    {
        if (!_isOpen)
        {
            return;
        }

        var outcome = CloseAsync();
        if (outcome.IsFaulted)
        {
            // A handler failed in closing: the connection ends all the same, before anyone hears of that.
            ErrorFates.Settle(this, Unsafe.CloseAsync());
            ErrorFates.Settle(this, outcome);
        }
    }

    /// <summary>Stops reading and closes when all that was written has been sent.</summary>
    public void CloseAfterFlush()
    {
        if (!_isOpen)
        {
            return;
        }

        _closesWhenDrained = true;
        AutoRead = false;
        Flush();
        CloseIfDrained();
    }

    /// <summary>
    /// Runs <paramref name="work"/> on the loop as an event of this channel: what it throws goes to the handlers instead of ending the
    /// process. Any thread may call.
    /// </summary>
    public void Execute(Action work) => Loop.Execute(() => Guarded(_ => work()));

    /// <summary>As <see cref="Execute"/>, once <paramref name="delay"/> has passed.</summary>
    public IScheduledWork Schedule(Action work, TimeSpan delay) => Loop.Schedule(() => Guarded(_ => work()), delay);

    /// <summary>
    /// Time of the loop that receiving, its handlers and sending have taken since this was last called, in ticks of the loop's clock.
    /// </summary>
    public long TakeLoopTicks()
    {
        if (_turnDepth > 0)
        {
            var now = Loop.Time.GetTimestamp();
            _loopTicks += now - _turnBeganAt;
            _turnBeganAt = now;
        }

        var ticks = _loopTicks;
        _loopTicks = 0;
        return ticks;
    }

    public override string ToString() => $"{_local}-{_remote}-{Number}";

    void IErrorSink.EndWith(Exception exception) => Unhandled(exception);

    /// <summary>Counts bytes a handler keeps back (positive) or passes on (negative) towards writability.</summary>
    internal void Hold(long bytes)
    {
        _heldBytes += bytes;
        var queue = Unsafe.OutboundBuffer;
        if (queue is not null && _heldBytes > Options.WriteHighWatermark)
        {
            queue.SetUserDefinedWritability(HeldBytesFlag, writable: false);
        }
        else if (queue is not null && _heldBytes <= Options.WriteLowWatermark)
        {
            queue.SetUserDefinedWritability(HeldBytesFlag, writable: true);
        }

        CloseIfDrained();
    }

    internal void StopReading()
    {
        WantsRead = false;
        ReadingChanged();
    }

    /// <summary>Runs a step outside the pipeline's own guard; what it throws goes to the handlers, or ends the process.</summary>
    internal void Guarded(Action<TransportChannel> step)
    {
        try
        {
            step(this);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            if (!ErrorFates.Intercept(this, exception))
            {
                Pipeline.FireExceptionCaught(exception);
            }
        }
    }

    protected override bool IsCompatible(DotNetty.Transport.Channels.IEventLoop eventLoop) => eventLoop is NettyLoop;

    protected override DefaultChannelPipeline NewChannelPipeline() => new TransportPipeline(this);

    protected override IChannelUnsafe NewUnsafe() => new TransportUnsafe(this);

    protected override void DoBind(EndPoint localAddress) => throw new NotSupportedException("A channel is made connected.");

    protected override void DoDisconnect() => DoClose();

    protected override void DoBeginRead()
    {
        if (!WantsRead)
        {
            WantsRead = true;
            ReadingChanged();
        }
    }

    protected override void DoClose()
    {
        if (_isOpen)
        {
            _isOpen = false;
            CloseTransport();
        }
    }

    protected override object FilterOutboundMessage(object msg) => msg is DotNetty.Buffers.IByteBuffer or RegionMessage
        ? msg
        : throw new InvariantViolatedException($"A channel was given a message it cannot send: {msg.GetType()}");

    /// <summary>Gives up the connection. Called once.</summary>
    protected abstract void CloseTransport();

    /// <summary><see cref="WantsRead"/> has changed: begin or end reading from the peer.</summary>
    protected abstract void ReadingChanged();

    /// <summary>An exception no handler dealt with. The channel must not go on.</summary>
    protected virtual void Unhandled(Exception exception) => Close();

    /// <summary>Sends what is flushed, as far as the peer's side takes it now.</summary>
    protected void FlushPending() => ((TransportUnsafe)Unsafe).FlushPending();

    /// <summary>The loop turns to the channel, to receive or to send; turns may lie within one another.</summary>
    public void BeginTurn()
    {
        if (_turnDepth++ == 0)
        {
            _turnBeganAt = Loop.Time.GetTimestamp();
        }
    }

    public void EndTurn()
    {
        if (--_turnDepth == 0)
        {
            _loopTicks += Loop.Time.GetTimestamp() - _turnBeganAt;
        }
    }

    /// <summary>Bytes came in: the connection is not idle.</summary>
    protected void Touch() => LastActivity = Loop.Time.GetTimestamp();

    /// <summary>Bytes went out: the connection is not idle, and what waits for room in the queue may go on.</summary>
    protected void Sent()
    {
        Touch();
        if (BytesSent is not null)
        {
            Guarded(static channel => channel.BytesSent?.Invoke());
        }

        if (_isOpen && Drained is not null && QueuedBytes <= Options.WriteLowWatermark)
        {
            Guarded(static channel => channel.Drained?.Invoke());
        }

        CloseIfDrained();
    }

    /// <summary>The peer will send no more: what it is owed is sent, then the channel closes.</summary>
    protected internal void PeerFinished()
    {
        Pipeline.FireUserEventTriggered(PeerFinishedEvent.Instance);
        if (OwesAnswers)
        {
            AutoRead = false;
        }
        else
        {
            CloseAfterFlush();
        }
    }

    /// <summary>Tells the handlers of a failure of the connection and closes it.</summary>
    protected void Fail(Exception exception)
    {
        Pipeline.FireExceptionCaught(exception);
        Close();
    }

    private void CloseIfDrained()
    {
        if (_closesWhenDrained && _isOpen && PendingWriteBytes == 0)
        {
            Close();
        }
    }

    /// <summary>
    /// The side of the channel towards the transport. Writes share one completion, since no one awaits them: a message costs no task.
    /// </summary>
    private sealed class TransportUnsafe(TransportChannel owner) : AbstractUnsafe(owner), IChannelUnsafe
    {
        Task IChannelUnsafe.WriteAsync(object message)
        {
            if (OutboundBuffer is not { } queue)
            {
                ReferenceCountUtil.Release(message);
                return TaskEx.FromException(new ClosedChannelException());
            }

            object filtered;
            try
            {
                filtered = owner.FilterOutboundMessage(message);
            }
            catch (Exception refused) when (refused is not OutOfMemoryException)
            {
                ReferenceCountUtil.Release(message);
                return TaskEx.FromException(refused);
            }

            queue.AddMessage(filtered, OutboundSize.Instance.Size(filtered), Promise.Void);
            return Promise.Void.Task;
        }

        // DotNetty's own allocates at each call what it would need in case of an exception.
        void IChannelUnsafe.BeginRead()
        {
            if (owner.Active)
            {
                owner.DoBeginRead();
            }
        }

        public override Task ConnectAsync(EndPoint remoteAddress, EndPoint localAddress) =>
            TaskEx.FromException(new NotSupportedException("A channel is made connected."));

        public void FlushPending() => Flush0();
    }
}
