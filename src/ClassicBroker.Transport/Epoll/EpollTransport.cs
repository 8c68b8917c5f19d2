using System.Net;
using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Transport;

/// <summary>Channels over TCP on the loops of a group. Threading: any thread.</summary>
public sealed class EpollTransport(EventLoopGroup group, IAddressResolver resolver, ILogger<EpollTransport> logger) : ITransport
{
    private long _lastId;

    internal ILogger Logger => logger;

    public async Task<IChannelListener> ListenAsync(ServerBootstrap bootstrap)
    {
        if (string.IsNullOrEmpty(bootstrap.Host))
        {
            return EpollListener.TryBind(this, bootstrap, new(IPAddress.IPv6Any, bootstrap.Port))
                ?? EpollListener.Bind(this, bootstrap, new(IPAddress.Any, bootstrap.Port));
        }

        try
        {
            var addresses = await resolver.ResolveAsync(bootstrap.Host);
            return EpollListener.Bind(this, bootstrap, new(addresses[0], bootstrap.Port));
        }
        catch (UnknownHostException failure)
        {
            throw new BindException($"Socket server failed to bind to {bootstrap.Host}:{bootstrap.Port}: {failure.Message}.");
        }
    }

    public async Task<Channel> ConnectAsync(Bootstrap bootstrap, CancellationToken cancellation = default)
    {
        var addresses = await ResolveAsync(bootstrap, cancellation);
        for (var i = 0; ; i++)
        {
            try
            {
                var loop = (EpollEventLoop?)bootstrap.Loop ?? group.Next();
                return await new EpollConnect(this, loop, bootstrap, new(addresses[i], bootstrap.Port)).RunAsync(cancellation);
            }
            catch (ConnectException) when (i + 1 < addresses.Count)
            {
                // The name has another address.
            }
        }
    }

    internal EpollEventLoop NextLoop() => group.Next();

    internal long NextId() => Interlocked.Increment(ref _lastId);

    private async Task<IReadOnlyList<IPAddress>> ResolveAsync(Bootstrap bootstrap, CancellationToken cancellation)
    {
        try
        {
            return await resolver.ResolveAsync(bootstrap.Host, cancellation);
        }
        catch (UnknownHostException failure)
        {
            throw new ConnectException(ConnectFailure.Unresolvable, bootstrap.Host, bootstrap.Port, failure.Message);
        }
    }
}
