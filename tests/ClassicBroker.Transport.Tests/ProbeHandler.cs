using System.Collections.Concurrent;
using System.Threading.Channels;
using ClassicBroker.Primitives;

namespace ClassicBroker.Transport.Tests;

/// <summary>Notes every event of a channel, in order, and lets a test wait for them.</summary>
public sealed class ProbeHandler : ChannelHandler
{
    private readonly Channel<string> _events = System.Threading.Channels.Channel.CreateUnbounded<string>();

    public ConcurrentQueue<byte[]> Reads { get; } = new();

    public Exception? Caught { get; private set; }

    public ChannelHandlerContext? Context { get; private set; }

    /// <summary>What to do with bytes read.</summary>
    public Action<ChannelHandlerContext, Memory<byte>>? OnRead { get; init; }

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

    public override void Added(ChannelHandlerContext context) => Note("added");

    public override void Removed(ChannelHandlerContext context) => Note("removed");

    public override void Active(ChannelHandlerContext context)
    {
        Context = context;
        Note("active");
    }

    public override void Inactive(ChannelHandlerContext context) => Note("inactive");

    public override void Read(ChannelHandlerContext context, Memory<byte> bytes)
    {
        Reads.Enqueue(bytes.ToArray());
        OnRead?.Invoke(context, bytes);
        Note("read");
    }

    public override void ReadComplete(ChannelHandlerContext context) => Note("complete");

    public override void WritabilityChanged(ChannelHandlerContext context) => Note(context.Channel.IsWritable ? "writable" : "unwritable");

    public override void UserEvent(ChannelHandlerContext context, object userEvent) => Note(userEvent.GetType().Name);

    public override void ExceptionCaught(ChannelHandlerContext context, Exception exception)
    {
        Caught = exception;
        Note("exception");
        context.Close();
    }

    public override void Write(ChannelHandlerContext context, IPayload payload)
    {
        Note("write");
        context.Write(payload);
    }

    private void Note(string name) => _events.Writer.TryWrite(name);
}
