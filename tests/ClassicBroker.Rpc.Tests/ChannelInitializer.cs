using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests;

/// <summary>Fills the pipeline of an embedded channel the way a transport would.</summary>
internal sealed class ChannelInitializer(Action<Channel> initialize) : ChannelHandler
{
    public override void Added(ChannelHandlerContext context) => initialize(context.Channel);
}
