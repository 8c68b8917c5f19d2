using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// A connection that belongs to one event loop. Bytes that arrive travel up its <see cref="Pipeline"/>, payloads written travel down.
/// Made by a transport; the handlers in the pipeline are its users.
/// Threading: every member on <see cref="Loop"/> only, except <see cref="Execute"/>, <see cref="Schedule"/> and what never changes.
/// </summary>
public abstract class Channel
{
    private readonly Action _resumeRead;
    private bool _autoRead = true;
    private bool _closesWhenDrained;
    private bool _wasActive;
    private long _heldBytes;

    protected Channel(long id, IEventLoop loop, ChannelOptions options)
    {
        Id = id;
        Loop = loop;
        Options = options;
        Pipeline = new(this);
        _resumeRead = ResumeRead;
    }

    /// <summary>Unique among the channels of a process.</summary>
    public long Id { get; }

    public IEventLoop Loop { get; }

    public ChannelOptions Options { get; }

    public ChannelPipeline Pipeline { get; }

    public EndPoint? LocalEndPoint { get; protected set; }

    public EndPoint? RemoteEndPoint { get; protected set; }

    /// <summary>False from the moment it is closed by either side.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>
    /// False from the high write watermark until the low one is reached again; handlers hear
    /// <see cref="ChannelHandler.WritabilityChanged"/>.
    /// </summary>
    public bool IsWritable { get; private set; } = true;

    /// <summary>Bytes written and not yet taken by the peer's side.</summary>
    public long PendingWriteBytes => QueuedBytes + _heldBytes;

    /// <summary>What the layer above keeps with the connection.</summary>
    public object? Attachment { get; set; }

    /// <summary>
    /// False stops reading from the peer, whose sending then stalls. Frames received already are kept and handed up when it is true again.
    /// </summary>
    public bool AutoRead
    {
        get => _autoRead;
        set
        {
            if (_autoRead == value || !IsOpen)
            {
                return;
            }

            _autoRead = value;
            if (value)
            {
                Loop.Execute(_resumeRead);
            }
            else
            {
                ReadingChanged();
            }
        }
    }

    /// <summary>Bytes in the transport's own queue.</summary>
    protected internal long QueuedBytes { get; private set; }

    /// <summary>
    /// Sends <paramref name="payload"/> with the next <see cref="Flush"/>. It belongs to the channel from here, sent or not.
    /// </summary>
    public void Write(IPayload payload) => Pipeline.Write(payload);

    public void Flush() => Pipeline.Flush();

    public void WriteAndFlush(IPayload payload)
    {
        Pipeline.Write(payload);
        Pipeline.Flush();
    }

    /// <summary>
    /// Closes at once; what is not sent is dropped. <see cref="ChannelHandler.Inactive"/> follows, never inside this call.
    /// </summary>
    public void Close() => Pipeline.Close();

    /// <summary>Stops reading and closes when all that was written has been sent.</summary>
    public void CloseAfterFlush()
    {
        if (!IsOpen)
        {
            return;
        }

        _closesWhenDrained = true;
        AutoRead = false;
        Pipeline.Flush();
        CloseIfDrained();
    }

    /// <summary>
    /// Runs <paramref name="work"/> on the loop as an event of this channel: what it throws goes to the handlers instead of ending the
    /// process. Any thread may call.
    /// </summary>
    public void Execute(Action work) => Loop.Execute(() => Guarded(_ => work()));

    /// <summary>As <see cref="Execute"/>, once <paramref name="delay"/> has passed.</summary>
    public IScheduledWork Schedule(Action work, TimeSpan delay) => Loop.Schedule(() => Guarded(_ => work()), delay);

    public override string ToString() => $"{LocalEndPoint}-{RemoteEndPoint}-{Id}";

    /// <summary>Counts bytes a handler keeps back (positive) or passes on (negative) towards <see cref="IsWritable"/>.</summary>
    internal void Hold(long bytes)
    {
        _heldBytes += bytes;
        UpdateWritability();
        CloseIfDrained();
    }

    internal void SendFromHead(IPayload payload)
    {
        if (!IsOpen)
        {
            payload.Release();
            return;
        }

        Send(payload);
    }

    internal void FlushFromHead()
    {
        if (IsOpen)
        {
            FlushQueue();
        }
    }

    internal void CloseFromHead()
    {
        if (!IsOpen)
        {
            return;
        }

        IsOpen = false;
        CloseTransport();
        Loop.Execute(EndPipeline);
    }

    internal void UnhandledFromTail(Exception exception) => Unhandled(exception);

    /// <summary>Takes a payload into the transport's queue, or sends it.</summary>
    protected abstract void Send(IPayload payload);

    /// <summary>Sends as much of the queue as the peer's side takes now, and sees to the rest later.</summary>
    protected abstract void FlushQueue();

    /// <summary>Gives up the connection and releases what is queued. Called once.</summary>
    protected abstract void CloseTransport();

    /// <summary><see cref="AutoRead"/> has changed: begin or end reading from the peer.</summary>
    protected abstract void ReadingChanged();

    /// <summary>An exception no handler dealt with. The channel must not go on.</summary>
    protected virtual void Unhandled(Exception exception) => Close();

    /// <summary>Announces the channel to its handlers once they are in place.</summary>
    protected void Activate()
    {
        _wasActive = true;
        Guarded(static channel => channel.Pipeline.FireActive());
    }

    /// <summary>The peer will send no more: what it is owed is sent, then the channel closes.</summary>
    protected void PeerFinished()
    {
        Guarded(static channel => channel.Pipeline.FireUserEvent(PeerFinishedEvent.Instance));
        CloseAfterFlush();
    }

    /// <summary>Runs a step of the pipeline; what it throws goes to the handlers, as the only place where a channel catches.</summary>
    protected void Guarded(Action<Channel> step)
    {
        try
        {
            step(this);
        }
        catch (Exception exception) when (exception is not InvariantViolatedException)
        {
            Pipeline.FireExceptionCaught(exception);
        }
    }

    /// <summary>Tells the handlers of a failure of the connection and closes it.</summary>
    protected void Fail(Exception exception)
    {
        Pipeline.FireExceptionCaught(exception);
        Close();
    }

    /// <summary>Accounts for bytes that entered (positive) or left (negative) the transport's queue.</summary>
    protected void QueueChanged(long bytes)
    {
        QueuedBytes += bytes;
        UpdateWritability();
        if (bytes < 0 && IsOpen)
        {
            if (QueuedBytes <= Options.WriteLowWatermark)
            {
                Guarded(static channel => channel.Pipeline.FireOutboundDrained());
            }

            CloseIfDrained();
        }
    }

    private void ResumeRead()
    {
        if (!IsOpen || !_autoRead)
        {
            return;
        }

        Guarded(static channel => channel.Pipeline.FireReadResumed());
        if (IsOpen && _autoRead)
        {
            ReadingChanged();
        }
    }

    private void CloseIfDrained()
    {
        if (_closesWhenDrained && IsOpen && PendingWriteBytes == 0)
        {
            Close();
        }
    }

    private void UpdateWritability()
    {
        var pending = PendingWriteBytes;
        var writable = IsWritable ? pending <= Options.WriteHighWatermark : pending <= Options.WriteLowWatermark;
        if (writable != IsWritable)
        {
            IsWritable = writable;
            if (IsOpen)
            {
                Guarded(static channel => channel.Pipeline.FireWritabilityChanged());
            }
        }
    }

    private void EndPipeline()
    {
        if (_wasActive)
        {
            Guarded(static channel => channel.Pipeline.FireInactive());
        }

        Pipeline.RemoveAll();
    }
}
