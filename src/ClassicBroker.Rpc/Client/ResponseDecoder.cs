using ClassicBroker.Transport;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Rpc;

/// <summary>
/// The end of a client's pipeline: hands frames and the end of the channel to its connection. Threading: the channel's loop.
/// </summary>
internal sealed class ResponseDecoder(RpcConnection connection) : TransportHandler
{
    public override void ChannelRead(IChannelHandlerContext context, object message) => connection.Receive((IByteBuffer)message);

    public override void ChannelInactive(IChannelHandlerContext context) => connection.Ended();

    protected override void OnException(IChannelHandlerContext context, Exception exception)
    {
        connection.Broke(exception);
        context.Close();
    }
}
