using System.Collections.Concurrent;
using System.Threading.Channels;
using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

/// <summary>Notes every event of a channel, in order, and lets a test wait for them.</summary>
public sealed class ProbeHandler : TransportHandler
{
    private readonly Channel<string> _events = System.Threading.Channels.Channel.CreateUnbounded<string>();

    public ConcurrentQueue<byte[]> Reads { get; } = new();

    public Exception? Caught { get; private set; }

    public IChannelHandlerContext? Context { get; private set; }

    /// <summary>What to do with bytes read.</summary>
    public Action<IChannelHandlerContext, IByteBuffer>? OnRead { get; init; }

    public async Task UntilAsync(string name)
    {
        using var limit = new CancellationTokenSource(Loopback.Limit);
        while (await _events.Reader.ReadAsync(limit.Token) != name)
        {
        }
    }

    /// <summary>The events since the last call.</summary>
    public List<string> Take()
    {
        var taken = new List<string>();
        while (_events.Reader.TryRead(out var name))
        {
            taken.Add(name);
        }

        return taken;
    }

    public override void HandlerAdded(IChannelHandlerContext context) => Note("added");

    public override void HandlerRemoved(IChannelHandlerContext context) => Note("removed");

    public override void ChannelActive(IChannelHandlerContext context)
    {
        Context = context;
        Note("active");
    }

    public override void ChannelInactive(IChannelHandlerContext context) => Note("inactive");

    public override void ChannelRead(IChannelHandlerContext context, object message)
    {
        var bytes = (IByteBuffer)message;
        Reads.Enqueue(bytes.ReadableSpan().ToArray());
        OnRead?.Invoke(context, bytes);
        Note("read");
    }

    public override void ChannelReadComplete(IChannelHandlerContext context) => Note("complete");

    public override void ChannelWritabilityChanged(IChannelHandlerContext context) => Note(context.Channel.IsWritable ? "writable" : "unwritable");

    public override void UserEventTriggered(IChannelHandlerContext context, object evt) => Note(evt.GetType().Name);

    protected override void OnException(IChannelHandlerContext context, Exception exception)
    {
        Caught = exception;
        Note("exception");
        context.Close();
    }

    public override Task WriteAsync(IChannelHandlerContext context, object message)
    {
        Note("write");
        return context.WriteAsync(message);
    }

    private void Note(string name) => _events.Writer.TryWrite(name);
}
