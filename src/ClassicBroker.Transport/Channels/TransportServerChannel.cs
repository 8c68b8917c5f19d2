using System.Net;
using DotNetty.Common.Utilities;
using DotNetty.Transport.Channels;
using IEventLoop = ClassicBroker.Platform.IEventLoop;

namespace ClassicBroker.Transport;

/// <summary>
/// A listening address as DotNetty's server bootstrap binds it: what it reads are accepted channels. Made by a transport.
/// Threading: <see cref="Dispose"/> and <see cref="LocalEndPoint"/> from any thread, the rest on its loop.
/// </summary>
public abstract class TransportServerChannel : AbstractChannel, IServerChannel, IChannelListener, IErrorSink
{
    private static readonly ChannelMetadata Plain = new(hasDisconnect: false);

    private readonly NettyLoop _home;
    private volatile IPEndPoint? _bound;
    private volatile bool _isOpen = true;

    protected TransportServerChannel(long number, NettyLoop home)
        : base(null!, new ChannelNumber(number))
    {
        _home = home;
        Configuration = new ServerChannelConfiguration(home.Allocator);
    }

    public IEventLoop Loop => _home.Loop;

    public override IChannelConfiguration Configuration { get; }

    public override ChannelMetadata Metadata => Plain;

    public override bool Open => _isOpen;

    public override bool Active => _isOpen && _bound is not null;

    /// <exception cref="InvalidOperationException">It is not bound yet.</exception>
    public IPEndPoint LocalEndPoint => _bound ?? throw new InvalidOperationException("The listener is not bound yet.");

    protected override EndPoint LocalAddressInternal => _bound!;

    protected override EndPoint RemoteAddressInternal => null!;

    public void Dispose()
    {
        Loop.Execute(Close);
        GC.SuppressFinalize(this);
    }

    public void Close() => ErrorFates.Settle(this, CloseAsync());

    void IErrorSink.EndWith(Exception exception) => Close();

    /// <summary>Hands an accepted channel to the bootstrap, which fills its pipeline and registers it.</summary>
    protected internal void Accepted(TransportChannel channel) => Pipeline.FireChannelRead(channel);

    /// <summary>Begins to listen and returns where.</summary>
    /// <exception cref="BindException">The address cannot be had; nothing is left open.</exception>
    protected abstract IPEndPoint Bind(IPEndPoint address);

    /// <summary>Gives up the address. Called once, bound or not.</summary>
    protected abstract void CloseTransport();

    protected override bool IsCompatible(DotNetty.Transport.Channels.IEventLoop eventLoop) => eventLoop is NettyLoop;

    protected override DefaultChannelPipeline NewChannelPipeline() => new TransportPipeline(this);

    protected override IChannelUnsafe NewUnsafe() => new ServerUnsafe(this);

    protected override void DoBind(EndPoint localAddress)
    {
        try
        {
            _bound = Bind((IPEndPoint)localAddress);
        }
        catch (BindException)
        {
            DoClose();
            throw;
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

    protected override void DoBeginRead()
    {
    }

    protected override void DoDisconnect() => throw new NotSupportedException("A listener has no peer.");

    protected override void DoWrite(ChannelOutboundBuffer input) => throw new NotSupportedException("A listener has no peer.");

    private sealed class ServerUnsafe(TransportServerChannel owner) : AbstractUnsafe(owner)
    {
        public override Task ConnectAsync(EndPoint remoteAddress, EndPoint localAddress) =>
            TaskEx.FromException(new NotSupportedException("A listener has no peer."));
    }
}
