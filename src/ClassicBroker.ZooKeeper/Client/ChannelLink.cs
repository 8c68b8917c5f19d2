using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>A link over a channel, last in its pipeline. Threading: the channel's loop, which is the client's.</summary>
internal sealed class ChannelLink(TransportChannel channel, IZooKeeperLinkListener listener) : TransportHandler, IZooKeeperLink
{
    private string _reason = "the server closed the connection";
    private bool _closedByUs;

    public override void ChannelActive(IChannelHandlerContext context) => listener.LinkOpened(this);

    /// <summary>A frame of the codec's, which is this handler's to release.</summary>
    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var frame = (IByteBuffer)message;
        try
        {
            if (!_closedByUs)
            {
                listener.FrameReceived(frame.ReadableSpan());
            }
        }
        finally
        {
            frame.Release();
        }
    }

    public override void ChannelInactive(IChannelHandlerContext context)
    {
        if (!_closedByUs)
        {
            listener.LinkLost(_reason);
        }
    }

    protected override void OnException(IChannelHandlerContext context, Exception exception)
    {
        _reason = exception.Message;
        context.Close();
    }

    public void Send(ReadOnlySpan<byte> frame) => channel.Send(channel.Allocator.Copy(frame));

    public void Flush() => channel.Flush();

    public void Close()
    {
        _closedByUs = true;
        channel.CloseAfterFlush();
    }
}
