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

    public async Task<TransportChannel> ConnectAsync(ConnectOptions options, CancellationToken cancellation = default)
    {
        var addresses = await ResolveAsync(options, cancellation);
        for (var i = 0; ; i++)
        {
            try
            {
                var loop = (EpollEventLoop?)options.Loop ?? group.Next();
                return await new EpollConnect(this, loop, options, new(addresses[i], options.Port)).RunAsync(cancellation);
            }
            catch (ConnectException) when (i + 1 < addresses.Count)
            {
                // The name has another address.
            }
        }
    }

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

    private async Task<IReadOnlyList<IPAddress>> ResolveAsync(ConnectOptions options, CancellationToken cancellation)
    {
        try
        {
            return await resolver.ResolveAsync(options.Host, cancellation);
        }
        catch (UnknownHostException failure)
        {
            throw new ConnectException(ConnectFailure.Unresolvable, options.Host, options.Port, failure.Message);
        }
    }
}
