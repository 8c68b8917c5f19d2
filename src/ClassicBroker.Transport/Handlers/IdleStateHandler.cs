using ClassicBroker.Platform;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// Announces an <see cref="IdleStateEvent"/> each time nothing was received or written for <paramref name="idleMax"/>. Costs a clock
/// reading per event and one timer per idle period, whatever the traffic. Threading: its channel's loop.
/// </summary>
public sealed class IdleStateHandler(TimeSpan idleMax) : ChannelHandler
{
    private IScheduledWork? _timer;
    private long _lastActivity;

    public override void Active(ChannelHandlerContext context)
    {
        Touch(context);
        Arm(context, idleMax);
        context.FireActive();
    }

    public override void Removed(ChannelHandlerContext context) => _timer?.Cancel();

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes)
    {
        Touch(context);
        context.FireRead(bytes);
    }

    public override Memory<byte> LendBuffer(ChannelHandlerContext context) => context.LendBuffer();

    public override void BufferFilled(ChannelHandlerContext context, int count)
    {
        Touch(context);
        context.FireBufferFilled(count);
    }

    public override void Write(ChannelHandlerContext context, IPayload payload)
    {
        Touch(context);
        context.Write(payload);
    }

    public override void OutboundDrained(ChannelHandlerContext context)
    {
        Touch(context);
        context.FireOutboundDrained();
    }

    private void Touch(ChannelHandlerContext context) => _lastActivity = context.Channel.Loop.Time.GetTimestamp();

    private void Arm(ChannelHandlerContext context, TimeSpan delay) =>
        _timer = context.Channel.Schedule(() => Check(context), delay);

    private void Check(ChannelHandlerContext context)
    {
        if (!context.Channel.IsOpen)
        {
            return;
        }

        var idle = context.Channel.Loop.Time.GetElapsedTime(_lastActivity);
        if (idle < idleMax)
        {
            Arm(context, idleMax - idle);
            return;
        }

        Touch(context);
        Arm(context, idleMax);
        context.FireUserEvent(IdleStateEvent.Instance);
    }
}
