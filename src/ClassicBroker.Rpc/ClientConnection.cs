using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// A client's connection as request handlers see it: where it comes from, whom it speaks for, and the ways to end or to slow it. Kept as
/// the channel's attachment. Threading: the channel's loop, except what never changes.
/// </summary>
public sealed class ClientConnection
{
    private static readonly IPEndPoint Nowhere = new(IPAddress.None, 0);

    private readonly RequestLimits _limits;
    private ReadingPause _pauses;
    private CancellationTokenSource? _closing;
    private bool _isClosed;
    private IScheduledWork? _unmute;
    private long _mutedUntil;

    public ClientConnection(TransportChannel channel, RequestListener listener, RequestLimits limits)
        : this(channel, listener, limits, new ProcessorMetrics(listener.Name, 0))
    {
    }

    internal ClientConnection(TransportChannel channel, RequestListener listener, RequestLimits limits, ProcessorMetrics processor)
    {
        Processor = processor;
        Channel = channel;
        Listener = listener;
        _limits = limits;
        Principal = KafkaPrincipal.Anonymous;
        IsAuthenticated = !listener.RequiresAuthentication;
    }

    public TransportChannel Channel { get; }

    public RequestListener Listener { get; }

    /// <summary>Names the connection in logs as Kafka does: local address, remote address, number.</summary>
    public string Id => Channel.ToString();

    public IPAddress ClientAddress => (Channel.RemoteAddress as IPEndPoint ?? Nowhere).Address;

    public KafkaPrincipal Principal { get; private set; }

    /// <summary>False until SASL has ended; until then only its requests and ApiVersions are served.</summary>
    public bool IsAuthenticated { get; private set; }

    /// <summary>The client proved by a delegation token who it is (KIP-48).</summary>
    public bool IsByToken { get; private set; }

    /// <summary>What the client called itself in ApiVersions (KIP-511).</summary>
    public string SoftwareName { get; internal set; } = "unknown";

    public string SoftwareVersion { get; internal set; } = "unknown";

    /// <summary>Cancelled once the connection has closed: what still waits to answer it ends early. On the loop.</summary>
    public CancellationToken Closed => _isClosed ? new CancellationToken(canceled: true) : (_closing ??= new()).Token;

    /// <summary>Where what it does is counted.</summary>
    internal ProcessorMetrics Processor { get; }

    internal int FrameLengthMax => IsAuthenticated ? _limits.FrameLengthMax : _limits.FrameLengthMaxUnauthenticated;

    /// <summary>The client has proved who it is: its frames may be of full length from here on.</summary>
    public void Authenticate(KafkaPrincipal principal, bool byToken = false)
    {
        Principal = principal;
        IsByToken = byToken;
        IsAuthenticated = true;
        if (Channel.Pipeline.Get<LengthFieldFrameDecoder>() is { } frames)
        {
            frames.FrameLengthMax = FrameLengthMax;
        }
    }

    /// <summary>Reads no request for this long, because a quota was exceeded (KIP-219). A longer pause in force stays.</summary>
    public void Mute(TimeSpan duration)
    {
        var time = Channel.Loop.Time;
        var until = time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);
        if (duration <= TimeSpan.Zero || (_unmute is not null && until <= _mutedUntil))
        {
            return;
        }

        _unmute?.Cancel();
        _mutedUntil = until;
        _unmute = Channel.Loop.Schedule(Unmute, duration);
        Pause(ReadingPause.Throttled);
    }

    public void Close() => Channel.Close();

    internal void HasClosed()
    {
        _isClosed = true;
        _closing?.Cancel();
    }

    internal void Pause(ReadingPause reason)
    {
        _pauses |= reason;
        Channel.AutoRead = false;
    }

    internal void Resume(ReadingPause reason)
    {
        if ((_pauses & reason) == 0)
        {
            return;
        }

        _pauses &= ~reason;
        if (_pauses == ReadingPause.None)
        {
            Channel.AutoRead = true;
        }
    }

    private void Unmute()
    {
        _unmute = null;
        Resume(ReadingPause.Throttled);
    }
}
