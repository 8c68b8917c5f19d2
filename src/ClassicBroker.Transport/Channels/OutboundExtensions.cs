using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>Outbound operations whose outcome no one awaits: a failure goes to the handlers as any other.</summary>
public static class OutboundExtensions
{
    /// <summary>Passes a message on towards the peer; it belongs to the channel from here, sent or not.</summary>
    public static void Send(this IChannelHandlerContext context, object message) =>
        ErrorFates.Settle(context.Channel, context.WriteAsync(message));

    /// <inheritdoc cref="Send(IChannelHandlerContext, object)"/>
    public static void Send(this IChannel channel, object message) => ErrorFates.Settle(channel, channel.WriteAsync(message));

    public static void SendAndFlush(this IChannelHandlerContext context, object message)
    {
        context.Send(message);
        context.Flush();
    }

    public static void SendAndFlush(this IChannel channel, object message)
    {
        channel.Send(message);
        channel.Flush();
    }

    public static void Close(this IChannelHandlerContext context) => ErrorFates.Settle(context.Channel, context.CloseAsync());

    /// <summary>The channel of a handler's place, as our transports make them.</summary>
    public static TransportChannel Transport(this IChannelHandlerContext context) => (TransportChannel)context.Channel;
}
