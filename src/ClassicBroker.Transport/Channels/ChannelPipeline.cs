using ClassicBroker.Primitives;

namespace ClassicBroker.Transport;

/// <summary>
/// The handlers of one channel in their order: what arrives passes them first to last, what is written passes them last to first.
/// Threading: the channel's loop only.
/// </summary>
public sealed class ChannelPipeline
{
    private readonly ChannelHandlerContext _head;
    private readonly ChannelHandlerContext _tail;

    internal ChannelPipeline(Channel channel)
    {
        Channel = channel;
        _head = new(channel, HeadHandler.Instance);
        _tail = new(channel, TailHandler.Instance);
        _head.Next = _tail;
        _tail.Previous = _head;
    }

    public Channel Channel { get; }

    public ChannelPipeline AddFirst(ChannelHandler handler) => Insert(handler, _head);

    public ChannelPipeline AddLast(ChannelHandler handler) => Insert(handler, _tail.Previous!);

    public ChannelPipeline AddLast(params ReadOnlySpan<ChannelHandler> handlers)
    {
        foreach (var handler in handlers)
        {
            AddLast(handler);
        }

        return this;
    }

    public ChannelPipeline AddAfter(ChannelHandler existing, ChannelHandler handler) => Insert(handler, Find(existing));

    public void Remove(ChannelHandler handler) => Unlink(Find(handler));

    /// <summary>The first handler of a type, or null.</summary>
    public T? Get<T>()
        where T : ChannelHandler
    {
        for (var context = _head.Next!; context != _tail; context = context.Next!)
        {
            if (context.Handler is T found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The channel is connected and its handlers are in place.</summary>
    public void FireActive() => _head.FireActive();

    /// <summary>Bytes have arrived, valid during the call.</summary>
    public void FireRead(Memory<byte> bytes) => _head.FireRead(bytes);

    /// <summary>All that was there to read for now has been handed up.</summary>
    public void FireReadComplete() => _head.FireReadComplete();

    public void FireUserEvent(object userEvent) => _head.FireUserEvent(userEvent);

    public void FireExceptionCaught(Exception exception) => _head.FireExceptionCaught(exception);

    /// <summary>Room a handler wants the next bytes received into; empty where none asks.</summary>
    public Memory<byte> LendBuffer() => _head.LendBuffer();

    /// <summary><paramref name="count"/> bytes have been received into what <see cref="LendBuffer"/> gave.</summary>
    public void FireBufferFilled(int count) => _head.FireBufferFilled(count);

    internal void FireInactive() => _head.FireInactive();

    internal void FireReadResumed() => _head.FireReadResumed();

    internal void FireWritabilityChanged() => _head.FireWritabilityChanged();

    internal void FireOutboundDrained() => _head.FireOutboundDrained();

    internal void Write(IPayload payload) => _tail.Write(payload);

    internal void Flush() => _tail.Flush();

    internal void Close() => _tail.Close();

    internal void RemoveAll()
    {
        while (_head.Next != _tail)
        {
            Unlink(_head.Next!);
        }
    }

    private ChannelPipeline Insert(ChannelHandler handler, ChannelHandlerContext previous)
    {
        var context = new ChannelHandlerContext(Channel, handler) { Previous = previous, Next = previous.Next };
        previous.Next!.Previous = context;
        previous.Next = context;
        handler.Added(context);
        return this;
    }

    // The context keeps its own links, so that an event inside a handler that removes itself still finds its way on.
    private static void Unlink(ChannelHandlerContext context)
    {
        context.Previous!.Next = context.Next;
        context.Next!.Previous = context.Previous;
        context.Handler.Removed(context);
    }

    private ChannelHandlerContext Find(ChannelHandler handler)
    {
        for (var context = _head.Next!; context != _tail; context = context.Next!)
        {
            if (context.Handler == handler)
            {
                return context;
            }
        }

        throw new InvariantViolatedException($"{handler.GetType().Name} is not in the pipeline.");
    }
}
