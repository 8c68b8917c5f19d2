using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// A handler's place in a pipeline: <c>Fire…</c> goes on to the handler behind it, <see cref="Write"/>, <see cref="Flush"/> and
/// <see cref="Close"/> to the one before it. Threading: the channel's loop only.
/// </summary>
public sealed class ChannelHandlerContext
{
    internal ChannelHandlerContext(Channel channel, ChannelHandler handler)
    {
        Channel = channel;
        Handler = handler;
    }

    public Channel Channel { get; }

    public ChannelHandler Handler { get; }

    internal ChannelHandlerContext? Next { get; set; }

    internal ChannelHandlerContext? Previous { get; set; }

    public void FireActive() => Next!.Handler.Active(Next);

    public void FireInactive() => Next!.Handler.Inactive(Next);

    public void FireRead(Memory<byte> bytes) => Next!.Handler.Read(Next, bytes);

    public void FireReadComplete() => Next!.Handler.ReadComplete(Next);

    public void FireReadResumed() => Next!.Handler.ReadResumed(Next);

    public void FireWritabilityChanged() => Next!.Handler.WritabilityChanged(Next);

    public void FireOutboundDrained() => Next!.Handler.OutboundDrained(Next);

    public void FireUserEvent(object userEvent) => Next!.Handler.UserEvent(Next, userEvent);

    public void FireExceptionCaught(Exception exception) => Next!.Handler.ExceptionCaught(Next, exception);

    public Memory<byte> LendBuffer() => Next!.Handler.LendBuffer(Next);

    public void FireBufferFilled(int count) => Next!.Handler.BufferFilled(Next, count);

    public void Write(IPayload payload) => Previous!.Handler.Write(Previous, payload);

    public void Flush() => Previous!.Handler.Flush(Previous);

    public void WriteAndFlush(IPayload payload)
    {
        Write(payload);
        Flush();
    }

    public void Close() => Previous!.Handler.Close(Previous);
}
