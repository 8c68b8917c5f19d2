using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// A stage of a <see cref="ChannelPipeline"/>. What it does not override passes it by. A handler with state belongs to one channel.
/// Threading: always called on the channel's loop.
/// </summary>
public abstract class ChannelHandler
{
    /// <summary>It has taken its place in a pipeline.</summary>
    public virtual void Added(ChannelHandlerContext context)
    {
    }

    /// <summary>It has left the pipeline, at the latest when the channel ended: the place to give back what it holds.</summary>
    public virtual void Removed(ChannelHandlerContext context)
    {
    }

    /// <summary>The channel is connected.</summary>
    public virtual void Active(ChannelHandlerContext context) => context.FireActive();

    /// <summary>The channel has closed. Follows <see cref="Active"/> exactly once, never inside another event.</summary>
    public virtual void Inactive(ChannelHandlerContext context) => context.FireInactive();

    /// <summary>
    /// Bytes have come from below: any piece of the stream, or a frame behind a decoder. Valid, and writable, during this call
    /// only.
    /// </summary>
    public virtual void Read(ChannelHandlerContext context, Memory<byte> bytes) => context.FireRead(bytes);

    /// <summary>For now there is no more to read: the moment to flush.</summary>
    public virtual void ReadComplete(ChannelHandlerContext context) => context.FireReadComplete();

    /// <summary><see cref="Channel.AutoRead"/> is true again: hand up what was kept meanwhile.</summary>
    public virtual void ReadResumed(ChannelHandlerContext context) => context.FireReadResumed();

    /// <summary><see cref="Channel.IsWritable"/> has changed.</summary>
    public virtual void WritabilityChanged(ChannelHandlerContext context) => context.FireWritabilityChanged();

    /// <summary>The transport's own queue has fallen below the low watermark: a handler that holds payloads back passes more on.</summary>
    public virtual void OutboundDrained(ChannelHandlerContext context) => context.FireOutboundDrained();

    /// <summary>Something another handler announces, such as <see cref="IdleStateEvent"/>.</summary>
    public virtual void UserEvent(ChannelHandlerContext context, object userEvent) => context.FireUserEvent(userEvent);

    /// <summary>A handler threw, or the connection failed. Where no handler deals with it the channel closes.</summary>
    public virtual void ExceptionCaught(ChannelHandlerContext context, Exception exception) => context.FireExceptionCaught(exception);

    /// <summary>
    /// Room the next bytes shall be received into, so that a large frame is not copied; empty (the default) has them come through
    /// <see cref="Read"/>. What was received is told by <see cref="BufferFilled"/> before anything else happens to the handler.
    /// </summary>
    public virtual Memory<byte> LendBuffer(ChannelHandlerContext context) => default;

    /// <summary><paramref name="count"/> bytes were received into the room lent.</summary>
    public virtual void BufferFilled(ChannelHandlerContext context, int count) => context.FireBufferFilled(count);

    /// <summary>A payload on its way out; owned by whoever it is passed to.</summary>
    public virtual void Write(ChannelHandlerContext context, IPayload payload) => context.Write(payload);

    public virtual void Flush(ChannelHandlerContext context) => context.Flush();

    public virtual void Close(ChannelHandlerContext context) => context.Close();
}
