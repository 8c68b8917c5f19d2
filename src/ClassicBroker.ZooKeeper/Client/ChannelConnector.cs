using ClassicBroker.Platform;
using ClassicBroker.Transport;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Connects over a transport: four-byte lengths, then frames. Threading: the client's loop only.</summary>
internal sealed class ChannelConnector(
    ITransport transport, IEventLoop loop, int juteMaxBuffer, Func<string, ChannelHandler>? tlsHandlerFor)
    : IZooKeeperConnector
{
    public void Open(ZooKeeperAddress server, TimeSpan timeout, IZooKeeperLinkListener listener) =>
        _ = OpenAsync(server, timeout, listener);

    private async Task OpenAsync(ZooKeeperAddress server, TimeSpan timeout, IZooKeeperLinkListener listener)
    {
        var bootstrap = new Bootstrap
        {
            Host = server.Host,
            Port = server.Port,
            Loop = loop,
            ConnectTimeout = timeout,
            Initializer = channel => Fill(channel, server, listener),
        };
        try
        {
            await transport.ConnectAsync(bootstrap);
        }
        catch (ConnectException failure)
        {
            listener.LinkLost(failure.Message);
        }
    }

    private void Fill(Channel channel, ZooKeeperAddress server, IZooKeeperLinkListener listener)
    {
        if (tlsHandlerFor is not null)
        {
            channel.Pipeline.AddLast(tlsHandlerFor(server.Host));
        }

        channel.Pipeline.AddLast(new LengthFieldFrameDecoder(juteMaxBuffer)).AddLast(new ChannelLink(channel, listener));
    }
}
