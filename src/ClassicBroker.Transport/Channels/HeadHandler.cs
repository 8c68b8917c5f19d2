using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>The end of every pipeline towards the peer: hands outbound operations to the channel. Stateless and shared.</summary>
internal sealed class HeadHandler : ChannelHandler
{
    public static readonly HeadHandler Instance = new();

    public override void Write(ChannelHandlerContext context, IPayload payload) => context.Channel.SendFromHead(payload);

    public override void Flush(ChannelHandlerContext context) => context.Channel.FlushFromHead();

    public override void Close(ChannelHandlerContext context) => context.Channel.CloseFromHead();
}
