using System.Buffers.Binary;
using ClassicBroker.Primitives;
using ClassicBroker.Transport;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>A link over a channel, last in its pipeline. Threading: the channel's loop, which is the client's.</summary>
internal sealed class ChannelLink(Channel channel, IZooKeeperLinkListener listener) : ChannelHandler, IZooKeeperLink
{
    private string _reason = "the server closed the connection";
    private bool _closedByUs;

    public override void Active(ChannelHandlerContext context) => listener.LinkOpened(this);

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes)
    {
        if (!_closedByUs)
        {
            listener.FrameReceived(bytes.Span);
        }
    }

    public override void Inactive(ChannelHandlerContext context)
    {
        if (!_closedByUs)
        {
            listener.LinkLost(_reason);
        }
    }

    public override void ExceptionCaught(ChannelHandlerContext context, Exception exception)
    {
        if (exception is InvariantViolatedException)
        {
            context.FireExceptionCaught(exception);
            return;
        }

        _reason = exception.Message;
        context.Close();
    }

    public void Send(ReadOnlySpan<byte> frame)
    {
        var payload = new PooledPayload(sizeof(int) + frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(payload.Span, frame.Length);
        frame.CopyTo(payload.Span[sizeof(int)..]);
        channel.Write(payload);
    }

    public void Flush() => channel.Flush();

    public void Close()
    {
        _closedByUs = true;
        channel.CloseAfterFlush();
    }
}
