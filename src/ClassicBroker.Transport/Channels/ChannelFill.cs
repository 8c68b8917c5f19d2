using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// Fills the pipeline of a new channel and leaves it. Shared by all channels of a listener. Threading: called on each channel's loop.
/// </summary>
public sealed class ChannelFill(Action<TransportChannel> fill) : TransportHandler
{
    public override bool IsSharable => true;

    public override void HandlerAdded(IChannelHandlerContext context)
    {
        var channel = context.Transport();
        channel.Pipeline.Remove(this);
        channel.Guarded(fill);
    }
}
