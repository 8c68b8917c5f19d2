using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Transport;

namespace ClassicBroker.Testing.Network;

/// <summary>One end of a connection in an <see cref="InMemoryNetwork"/>. Threading: the test's thread only.</summary>
internal sealed class InMemoryChannel : Channel
{
    private readonly InMemoryNetwork _network;
    private readonly Queue<IPayload> _queue = new();
    private readonly Queue<Memory<byte>> _inbox = new();
    private long _inFlight;
    private bool _peerFinished;
    private bool _dead;
    private bool _receiving;

    public InMemoryChannel(
        InMemoryNetwork network, string host, IEventLoop loop, ChannelOptions options, IPEndPoint local, IPEndPoint remote)
        : base(network.NextId(), loop, options)
    {
        _network = network;
        Host = host;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        Peer = this;
    }

    public string Host { get; }

    public InMemoryChannel Peer { get; private set; }

    /// <summary>When the last thing sent arrives.</summary>
    public long LastArrival { get; set; }

    /// <summary>Told when the channel has closed.</summary>
    public Action? Released { get; set; }

    public void Join(InMemoryChannel peer)
    {
        Peer = peer;
        peer.Peer = this;
        _network.Opened(this);
        _network.Opened(peer);
    }

    public bool Joins(string left, string right) => (Host, Peer.Host) == (left, right) || (Host, Peer.Host) == (right, left);

    public void Open(Action<Channel> initializer)
    {
        Guarded(initializer);
        if (IsOpen)
        {
            Activate();
            ReadingChanged();
        }
    }

    /// <summary>The connection is reset.</summary>
    public void Break()
    {
        if (IsOpen && !_dead)
        {
            Fail(new ConnectionResetException($"recv: {Errno.Describe(Errno.ConnectionReset)}"));
        }
    }

    /// <summary>Its process is gone: nothing of it is heard again.</summary>
    public void Die() => _dead = true;

    protected override void Send(IPayload payload)
    {
        _queue.Enqueue(payload);
        QueueChanged(payload.Length);
    }

    protected override void FlushQueue()
    {
        while (IsOpen && _inFlight < _network.WindowBytes && _queue.TryDequeue(out var payload))
        {
            var bytes = payload.Copy();
            payload.Release();
            _inFlight += bytes.Length;
            _network.Carry(this, peer => peer.Arrive(bytes));
            QueueChanged(-bytes.Length);
        }
    }

    protected override void CloseTransport()
    {
        while (_queue.TryDequeue(out var payload))
        {
            payload.Release();
        }

        QueueChanged(-QueuedBytes);
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
        while (AutoRead && IsOpen && !_dead && _inbox.TryDequeue(out var bytes))
        {
            Guarded(_ => Pipeline.Receive(bytes));
            _network.Carry(this, peer => peer.Taken(bytes.Length));
        }

        _receiving = false;
        if (_peerFinished && IsOpen && !_dead && _inbox.Count == 0)
        {
            PeerFinished();
        }
    }

    private void Arrive(byte[] bytes)
    {
        if (_dead)
        {
            return;
        }

        if (!IsOpen)
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

    private void Taken(int count)
    {
        _inFlight -= count;
        if (IsOpen)
        {
            FlushQueue();
        }
    }
}
