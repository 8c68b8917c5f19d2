using ClassicBroker.Transport;

namespace ClassicBroker.Rpc;

/// <summary>
/// The end of a client's pipeline: hands frames and the end of the channel to its connection. Threading: the channel's loop.
/// </summary>
internal sealed class ResponseDecoder(RpcConnection connection) : ChannelHandler
{
    public override void Read(ChannelHandlerContext context, Memory<byte> bytes) => connection.Receive(bytes);

    public override void Inactive(ChannelHandlerContext context) => connection.Ended();

    public override void ExceptionCaught(ChannelHandlerContext context, Exception exception)
    {
        connection.Broke(exception);
        context.Channel.Close();
    }
}
