using ClassicBroker.Platform;
using ClassicBroker.Transport;
using DotNetty.Codecs;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Connects over a transport: four-byte lengths, then frames. Threading: the client's loop only.</summary>
internal sealed class ChannelConnector(
    ITransport transport, IEventLoop loop, int juteMaxBuffer, Func<string, TransportHandler>? tlsHandlerFor)
    : IZooKeeperConnector
{
    private const int LengthFieldSize = 4;

    private readonly int _frameMax = Math.Min(juteMaxBuffer, int.MaxValue - LengthFieldSize) + LengthFieldSize;
    private readonly BackgroundWork _connects = new("zookeeper-connect", loop);

    public void Open(ZooKeeperAddress server, TimeSpan timeout, IZooKeeperLinkListener listener) =>
        _connects.Run(() => OpenAsync(server, timeout, listener));

    private async Task OpenAsync(ZooKeeperAddress server, TimeSpan timeout, IZooKeeperLinkListener listener)
    {
        var options = new ConnectOptions
        {
            Host = server.Host,
            Port = server.Port,
            Loop = loop,
            ConnectTimeout = timeout,
            Initializer = channel => Fill(channel, server, listener),
        };
        try
        {
            await transport.ConnectAsync(options);
        }
        catch (ConnectException failure)
        {
            listener.LinkLost(failure.Message);
        }
    }

    private void Fill(TransportChannel channel, ZooKeeperAddress server, IZooKeeperLinkListener listener)
    {
        if (tlsHandlerFor is not null)
        {
            channel.Pipeline.AddLast(tlsHandlerFor(server.Host));
        }

        channel.Pipeline
            .AddLast(new OwnedBytesHandler())
            .AddLast(new LengthFieldBasedFrameDecoder(_frameMax, 0, LengthFieldSize, 0, LengthFieldSize))
            .AddLast(new LengthFieldPrepender(LengthFieldSize))
            .AddLast(new ChannelLink(channel, listener));
    }
}
