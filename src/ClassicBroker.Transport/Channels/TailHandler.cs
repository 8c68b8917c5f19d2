namespace ClassicBroker.Transport;

/// <summary>The end of every pipeline away from the peer: what nobody wanted ends here. Stateless and shared.</summary>
internal sealed class TailHandler : ChannelHandler
{
    public static readonly TailHandler Instance = new();

    public override void Active(ChannelHandlerContext context)
    {
    }

    public override void Inactive(ChannelHandlerContext context)
    {
    }

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes)
    {
    }

    public override void ReadComplete(ChannelHandlerContext context)
    {
    }

    public override void ReadResumed(ChannelHandlerContext context)
    {
    }

    public override void WritabilityChanged(ChannelHandlerContext context)
    {
    }

    public override void OutboundDrained(ChannelHandlerContext context)
    {
    }

    public override void UserEvent(ChannelHandlerContext context, object userEvent)
    {
    }

    public override void ExceptionCaught(ChannelHandlerContext context, Exception exception) =>
        context.Channel.UnhandledFromTail(exception);
}
