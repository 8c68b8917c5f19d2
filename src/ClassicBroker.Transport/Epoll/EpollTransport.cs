using System.Net;
using ClassicBroker.Platform;
using DotNetty.Transport.Bootstrapping;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>Channels over TCP on the loops of a group. Threading: any thread.</summary>
public sealed class EpollTransport(EventLoopGroup group, IAddressResolver resolver, ILogger<EpollTransport> logger) : ITransport
{
    private long _lastId;

    internal ILogger Logger => logger;

    public async Task<IChannelListener> ListenAsync(ListenOptions options)
    {
        if (string.IsNullOrEmpty(options.Host))
        {
            return await TryBindAsync(options, new(IPAddress.IPv6Any, options.Port))
                ?? await BindAsync(options, new(IPAddress.Any, options.Port));
        }

        try
        {
            var addresses = await resolver.ResolveAsync(options.Host);
            return await BindAsync(options, new(addresses[0], options.Port));
        }
        catch (UnknownHostException failure)
        {
            throw new BindException($"Socket server failed to bind to {options.Host}:{options.Port}: {failure.Message}.");
        }
    }

    public Task<TransportChannel> ConnectAsync(ConnectOptions options, CancellationToken cancellation = default) =>
        resolver.ConnectAsync(
            options,
            address => new EpollConnect(this, (EpollEventLoop?)options.Loop ?? group.Next(), options, address).RunAsync(cancellation),
            cancellation);

    internal EpollEventLoop NextLoop() => group.Next();

    internal long NextId() => Interlocked.Increment(ref _lastId);

    private async Task<IChannelListener> BindAsync(ListenOptions options, IPEndPoint address)
    {
        var loop = NextLoop();
        var bootstrap = new ServerBootstrap()
            .Group(loop.Netty, group.Netty)
            .ChannelFactory(() => new EpollServerChannel(this, loop, options))
            .ChildHandler(new ChannelFill(options.Initializer));
        return (IChannelListener)await loop.InvokeAsync(() => bootstrap.BindAsync(address));
    }

    /// <summary>Null where the machine does not have the address family.</summary>
    private async Task<IChannelListener?> TryBindAsync(ListenOptions options, IPEndPoint address)
    {
        try
        {
            return await BindAsync(options, address);
        }
        catch (BindException refused) when (refused.IsFamilyMissing)
        {
            return null;
        }
    }
}
