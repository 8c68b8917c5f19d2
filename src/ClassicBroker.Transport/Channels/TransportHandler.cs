using System.Diagnostics.CodeAnalysis;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// The base of our handlers. DotNetty's pipeline only logs what is thrown while an exception is dealt with, and hands a broken invariant
/// to handlers like any other exception; here neither is lost. Messages our handlers pass up are lent: a handler that keeps one past the
/// call retains it, and releases it later. Threading: always called on the channel's loop.
/// </summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)]
public abstract class TransportHandler : ChannelHandlerAdapter
{
    protected TransportHandler() => KeepMethods(GetType());

    public sealed override void ExceptionCaught(IChannelHandlerContext context, Exception exception)
    {
        if (ErrorFates.Intercept(context.Channel, exception))
        {
            return;
        }

        try
        {
            OnException(context, exception);
        }
        catch (Exception second) when (second is not OutOfMemoryException)
        {
            ErrorFates.Unhandled(context.Channel, second);
        }
    }

    /// <summary>A handler threw, or the connection failed. Where no handler deals with it the channel closes.</summary>
    protected virtual void OnException(IChannelHandlerContext context, Exception exception) => context.FireExceptionCaught(exception);

    /// <summary>
    /// DotNetty asks by reflection which events a handler overrides. The trimmer does not see that, and would leave it methods to miss.
    /// </summary>
    private static void KeepMethods([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type handler) =>
        ArgumentNullException.ThrowIfNull(handler);
}
