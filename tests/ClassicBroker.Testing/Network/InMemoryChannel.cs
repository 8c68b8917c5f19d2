using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Transport;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Testing.Network;

/// <summary>One end of a connection in an <see cref="InMemoryNetwork"/>. Threading: the test's thread only.</summary>
internal sealed class InMemoryChannel : TransportChannel
{
    /// <summary>What one piece carries at most of all that waits to be sent: about what a system call takes.</summary>
    private const int PieceBytesMax = 64 * 1024;

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(15);

    private readonly InMemoryNetwork _network;
    private readonly Queue<Memory<byte>> _inbox = new();
    private long _inFlight;
    private bool _peerFinished;
    private bool _dead;
    private bool _receiving;
    private ITrafficFilter? _filter;

    public InMemoryChannel(
        InMemoryNetwork network, string host, NettyLoop loop, ChannelOptions options, IPEndPoint local, IPEndPoint remote)
        : base(network.NextId(), loop, options, local, remote)
    {
        _network = network;
        Host = host;
        Peer = this;
    }

    public string Host { get; }

    public InMemoryChannel Peer { get; private set; }

    /// <summary>When the last thing sent arrives.</summary>
    public long LastArrival { get; set; }

    /// <summary>What it sends is lost on the way.</summary>
    public bool IsMute { get; set; }

    /// <summary>Told when the channel has closed.</summary>
    public Action? Released { get; set; }

    public void Join(InMemoryChannel peer)
    {
        Peer = peer;
        peer.Peer = this;
        _filter = _network.Filters?.Invoke(new TrafficEnd(Number, peer.Number, Host, peer.Host, IsConnecting: true));
        peer._filter = _network.Filters?.Invoke(new TrafficEnd(peer.Number, Number, peer.Host, Host, IsConnecting: false));
        _network.Opened(this);
        _network.Opened(peer);
    }

    public bool Joins(string left, string right) => (Host, Peer.Host) == (left, right) || (Host, Peer.Host) == (right, left);

    /// <summary>The connecting end: fills the pipeline and registers, on its loop.</summary>
    public void Start(Action<TransportChannel> initializer)
    {
        Pipeline.AddLast(new ChannelFill(initializer));
        Home.RegisterAsync(this);
    }

    /// <summary>The connection is reset.</summary>
    public void Break()
    {
        if (!Registered)
        {
            Unsafe.CloseForcibly();
        }
        else if (Open && !_dead)
        {
            Fail(new ConnectionResetException($"recv: {Errno.Describe(Errno.ConnectionReset)}"));
        }
    }

    /// <summary>Its process is gone: nothing of it is heard again.</summary>
    public void Die() => _dead = true;

    protected override void DoWrite(ChannelOutboundBuffer input)
    {
        while (Open && _inFlight < _network.WindowBytes && input.Current is not null)
        {
            byte[] bytes = [];
            try
            {
                while (input.Current is { } message && bytes.Length < PieceBytesMax)
                {
                    var more = PipelineFeed.Copy(message);
                    input.Remove();
                    bytes = bytes.Length == 0 ? more : [.. bytes, .. more];
                }
            }
            finally
            {
                // Also where the file that the next message is of cannot be read.
                if (bytes.Length > 0)
                {
                    Send(bytes);
                }
            }
        }
    }

    private void Send(byte[] bytes)
    {
        bytes = _filter?.Pass(bytes) ?? bytes;
        _inFlight += bytes.Length;
        if (bytes.Length > 0)
        {
            _network.Carry(this, peer => peer.Arrive(bytes));
        }

        Sent();
    }

    protected override void CloseTransport()
    {
        Released?.Invoke();
        _network.Closed(this);
        if (!_dead)
        {
            _network.Carry(this, peer => peer.Finish());
        }
    }

    protected override void ReadingChanged()
    {
        if (_receiving)
        {
            return;
        }

        _receiving = true;
        while (WantsRead && Open && !_dead && _inbox.TryDequeue(out var bytes))
        {
            Touch();
            this.Receive(bytes.Span);
            MakeRoom(bytes.Length);
        }

        _receiving = false;
        if (_peerFinished && WantsRead && Open && !_dead && _inbox.Count == 0)
        {
            PeerFinished();
            InMemoryNetwork.Run(Loop, ProbeInterval, Probe);
        }
    }

    // A peer that only finished sending answers probes; one that has closed does not.
    private void Probe()
    {
        if (!Peer.Open)
        {
            Break();
        }
        else if (Open)
        {
            InMemoryNetwork.Run(Loop, ProbeInterval, Probe);
        }
    }

    private void Arrive(byte[] bytes)
    {
        if (_dead)
        {
            return;
        }

        if (!Open)
        {
            _network.Carry(this, peer => peer.Break());
            return;
        }

        var rest = bytes.AsMemory();
        while (_network.Splits && rest.Length > 1 && _network.Random.Next(3) > 0)
        {
            var piece = 1 + _network.Random.Next(rest.Length - 1);
            _inbox.Enqueue(rest[..piece]);
            rest = rest[piece..];
        }

        _inbox.Enqueue(rest);
        ReadingChanged();
    }

    private void Finish()
    {
        _peerFinished = true;
        ReadingChanged();
    }

    /// <summary>What was read makes room; a writer that waits for it hears of it as late as the network has it.</summary>
    private void MakeRoom(int count)
    {
        if (Peer._inFlight < _network.WindowBytes)
        {
            Peer._inFlight -= count;
        }
        else
        {
            _network.Carry(this, peer => peer.Taken(count));
        }
    }

    private void Taken(int count)
    {
        _inFlight -= count;
        if (Open)
        {
            FlushPending();
        }
    }
}
