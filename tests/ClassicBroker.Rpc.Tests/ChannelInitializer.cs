using ClassicBroker.Transport;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Rpc.Tests;

/// <summary>Fills the pipeline of an embedded channel the way a transport would.</summary>
internal sealed class ChannelInitializer(Action<TransportChannel> initialize) : TransportHandler
{
    public override void HandlerAdded(IChannelHandlerContext context) => initialize(context.Transport());
}
