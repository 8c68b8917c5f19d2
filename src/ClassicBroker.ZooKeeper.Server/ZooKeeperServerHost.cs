using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Transport;
using ClassicBroker.ZooKeeper.Server.Connections;
using DotNetty.Codecs;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.ZooKeeper.Server;

/// <summary>
/// A server that listens: the executable's, or one inside a test's or a quickstart's own process. Threading: <see cref="StartAsync"/> and
/// <see cref="StopAsync"/> from any thread; the server itself lives on its loop.
/// </summary>
public sealed class ZooKeeperServerHost
{
    private const int LengthFieldSize = 4;

    private readonly IEventLoop _loop;
    private readonly ZooKeeperServer _server;
    private readonly IChannelListener _listener;

    private ZooKeeperServerHost(IEventLoop loop, ZooKeeperServer server, IChannelListener listener)
    {
        _loop = loop;
        _server = server;
        _listener = listener;
    }

    /// <summary>Where clients connect, with the port the system chose where the configuration says 0.</summary>
    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <inheritdoc cref="ZooKeeperServer.Failed"/>
    public Task<StorageException> Failed => _server.Failed;

    /// <summary>
    /// Opens the data directory and listens. The transport must put the listener's channels on <paramref name="loop"/>, which is so
    /// where it is
    /// its only one. Throws what <see cref="ZooKeeperServer.Start"/> throws, and <see cref="BindException"/>.
    /// </summary>
    public static Task<ZooKeeperServerHost> StartAsync(
        ZooKeeperServerConfig config,
        IFileSystem files,
        ITransport transport,
        IEventLoop loop,
        ILogger logger) =>
        loop.InvokeAsync(async () =>
        {
            var server = ZooKeeperServer.Start(config, files, loop, logger);
            try
            {
                var listener = await transport.ListenAsync(Listen(config, server, loop, logger));
                return new ZooKeeperServerHost(loop, server, listener);
            }
            catch
            {
                server.Dispose();
                throw;
            }
        });

    /// <summary>Stops listening and closes all connections. Sessions live on for the next start.</summary>
    public Task StopAsync()
    {
        _listener.Dispose();
        return _loop.InvokeAsync(() =>
        {
            _server.Dispose();
            return true;
        });
    }

    private static ListenOptions Listen(ZooKeeperServerConfig config, ZooKeeperServer server, IEventLoop loop, ILogger logger) => new()
    {
        Host = config.ClientPortAddress,
        Port = config.ClientPort,
        Quotas = config.MaxClientCnxns == 0
            ? null
            : new ConnectionQuotas(loop.Time) { Limits = new ConnectionLimits { PerAddressMax = config.MaxClientCnxns } },
        Initializer = channel =>
        {
            Invariant.Require(channel.Loop == loop);
            channel.Pipeline
                .AddLast(new FourLetterWordHandler())
                .AddLast(new OwnedBytesHandler())
                .AddLast(FrameDecoder(config.JuteMaxBuffer))
                .AddLast(new LengthFieldPrepender(LengthFieldSize))
                .AddLast(new ServerChannelHandler(server, channel, logger));
        },
    };

    private static LengthFieldBasedFrameDecoder FrameDecoder(int juteMaxBuffer) =>
        new(Math.Min(juteMaxBuffer, int.MaxValue - LengthFieldSize) + LengthFieldSize, 0, LengthFieldSize, 0, LengthFieldSize);
}
