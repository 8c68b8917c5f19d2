using ClassicBroker.Platform;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport;

/// <summary>
/// Announces an <see cref="IdleStateEvent"/> each time no byte came or went for <paramref name="idleMax"/>; part of a message that the
/// peer took counts. Costs one timer per idle period, whatever the traffic. Threading: its channel's loop.
/// </summary>
public sealed class IdleStateHandler(TimeSpan idleMax) : TransportHandler
{
    private IScheduledWork? _timer;
    private long _announced;

    public override void ChannelActive(IChannelHandlerContext context)
    {
        _announced = context.Transport().Loop.Time.GetTimestamp();
        Arm(context, idleMax);
        context.FireChannelActive();
    }

    public override void HandlerRemoved(IChannelHandlerContext context) => _timer?.Cancel();

    private void Arm(IChannelHandlerContext context, TimeSpan delay) =>
        _timer = context.Transport().Schedule(() => Check(context), delay);

    private void Check(IChannelHandlerContext context)
    {
        var channel = context.Transport();
        if (!channel.Open)
        {
            return;
        }

        var idle = channel.Loop.Time.GetElapsedTime(Math.Max(_announced, channel.LastActivity));
        if (idle < idleMax)
        {
            Arm(context, idleMax - idle);
            return;
        }

        _announced = channel.Loop.Time.GetTimestamp();
        Arm(context, idleMax);
        context.FireUserEventTriggered(IdleStateEvent.Instance);
    }
}
