using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// In front of the codecs of DotNetty, which own what they read and gather it: passes a copy on where our channels lend. For traffic that
/// is not worth a decoder of its own. Threading: its channel's loop.
/// </summary>
public sealed class OwnedBytesHandler : TransportHandler
{
    public override void ChannelRead(IChannelHandlerContext context, object message) =>
        context.FireChannelRead(context.Allocator.Copy(((IByteBuffer)message).ReadableSpan()));
}
