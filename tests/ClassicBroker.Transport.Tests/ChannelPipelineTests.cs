using ClassicBroker.Primitives;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

public class ChannelPipelineTests
{
    [Fact]
    public void What_arrives_passes_first_to_last_and_what_is_written_last_to_first()
    {
        var trail = new List<string>();
        var channel = new EmbeddedChannel(new Marker("a", trail), new Marker("b", trail), new Marker("c", trail));

        channel.WriteInbound([1]);
        channel.Run(() => channel.SendAndFlush(Message.Of([7])));

        Assert.Equal(["read a", "read b", "read c", "write c", "write b", "write a"], trail);
        Assert.Equal([7], channel.TakeOutbound());
    }

    [Fact]
    public void Handlers_can_be_put_before_behind_and_taken_out()
    {
        var trail = new List<string>();
        var (a, b, c) = (new Marker("a", trail), new Marker("b", trail), new Marker("c", trail));
        var channel = new EmbeddedChannel(b);
        channel.Run(() => channel.Pipeline.AddFirst(a).AddLast(c));
        channel.WriteInbound([1]);
        channel.Run(() => channel.Pipeline.Remove(b));
        channel.WriteInbound([1]);

        Assert.Equal(["read a", "read b", "read c", "read a", "read c"], trail);
        Assert.Same(a, channel.Pipeline.Get<Marker>());
        Assert.Null(channel.Pipeline.Get<ProbeHandler>());
        Assert.Throws<ArgumentException>(() => channel.Run(() => channel.Pipeline.Remove(b)));
    }

    [Fact]
    public void A_handler_that_removes_itself_while_reading_passes_the_rest_on()
    {
        var probe = new ProbeHandler();
        var channel = new EmbeddedChannel(new OneShot(), probe);
        channel.WriteInbound([1]);
        channel.WriteInbound([2]);

        Assert.Equal([[1], [2]], probe.Reads);
    }

    [Fact]
    public void What_a_handler_throws_passes_all_handlers_and_then_closes()
    {
        var probe = new ProbeHandler { OnRead = (_, _) => throw new FormatException("bad") };
        var channel = new EmbeddedChannel(probe);
        channel.WriteInbound([1]);

        Assert.Equal(["added", "active", "exception", "inactive", "removed"], probe.Take());
        Assert.IsType<FormatException>(probe.Caught);
        Assert.False(channel.Open);
    }

    [Fact]
    public void A_broken_invariant_is_not_for_handlers()
    {
        var probe = new ProbeHandler { OnRead = (_, _) => throw new InvariantViolatedException("we are wrong") };
        var channel = new EmbeddedChannel(probe);

        Assert.Throws<InvariantViolatedException>(() => channel.WriteInbound([1]));
        Assert.Null(probe.Caught);
    }

    [Fact]
    public void Writability_turns_at_the_high_watermark_and_back_at_the_low_one()
    {
        var probe = new ProbeHandler();
        var options = new ChannelOptions { WriteLowWatermark = 10, WriteHighWatermark = 20 };
        var channel = new EmbeddedChannel(new ManualTime(), options, probe) { PeerTakes = false };
        probe.Take();

        channel.Run(() => channel.SendAndFlush(Message.Of(new byte[20])));
        Assert.True(channel.IsWritable);
        channel.Run(() => channel.SendAndFlush(Message.Of(new byte[5])));
        Assert.False(channel.IsWritable);
        Assert.Equal(25, channel.PendingWriteBytes);
        channel.PeerTakes = true;

        Assert.True(channel.IsWritable);
        Assert.Equal(["write", "write", "unwritable", "writable"], probe.Take());
    }

    [Fact]
    public void Close_after_flush_waits_for_the_peer_to_take_all()
    {
        var channel = new EmbeddedChannel { PeerTakes = false };
        channel.Run(() =>
        {
            channel.Send(Message.Of([1, 2]));
            channel.CloseAfterFlush();
        });
        Assert.True(channel.Open);
        channel.PeerTakes = true;

        Assert.False(channel.Open);
        Assert.Equal([1, 2], channel.TakeOutbound());
    }

    [Fact]
    public void Payloads_are_released_once_whether_sent_dropped_or_late()
    {
        var (sent, dropped, late) = (new Owner(), new Owner(), new Owner());
        var channel = new EmbeddedChannel();
        channel.Run(() => channel.SendAndFlush(Message.Of(new MemoryPayload(new byte[1], sent))));
        channel.PeerTakes = false;
        channel.Run(() => channel.SendAndFlush(Message.Of(new MemoryPayload(new byte[1], dropped))));
        channel.Run(channel.Close);
        channel.Run(() => channel.SendAndFlush(Message.Of(new MemoryPayload(new byte[1], late))));

        Assert.Equal((1, 1, 1), (sent.Released, dropped.Released, late.Released));
    }

    [Fact]
    public void Idleness_is_announced_each_period_without_traffic_in_either_direction()
    {
        var probe = new ProbeHandler();
        var channel = new EmbeddedChannel(new IdleStateHandler(TimeSpan.FromSeconds(10)), probe);
        probe.Take();
        channel.Advance(TimeSpan.FromSeconds(9));
        channel.WriteInbound([1]);
        channel.Advance(TimeSpan.FromSeconds(9));
        channel.Run(() => channel.SendAndFlush(Message.Of(new byte[1])));
        channel.Advance(TimeSpan.FromSeconds(9));
        Assert.DoesNotContain(nameof(IdleStateEvent), probe.Take());
        channel.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([nameof(IdleStateEvent)], probe.Take());
        channel.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([nameof(IdleStateEvent)], probe.Take());
        channel.Run(channel.Close);
        channel.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["inactive", "removed"], probe.Take());
    }

    [Fact]
    public void A_peer_that_takes_a_message_slowly_is_not_idle()
    {
        var probe = new ProbeHandler();
        var channel = new EmbeddedChannel(new IdleStateHandler(TimeSpan.FromSeconds(10)), probe) { PeerTakesBytes = 0 };
        channel.Run(() => channel.SendAndFlush(Message.Of(new byte[100])));
        probe.Take();
        for (var second = 0; second < 50; second += 5)
        {
            channel.Advance(TimeSpan.FromSeconds(5));
            channel.PeerTakesBytes = 7;
            channel.PeerTakes = true;
        }

        Assert.Empty(probe.Take());
        Assert.Equal(70, channel.OutboundLength);
        channel.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([nameof(IdleStateEvent)], probe.Take());
    }

    private sealed class Marker(string name, List<string> trail) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            trail.Add($"read {name}");
            context.FireChannelRead(message);
        }

        public override Task WriteAsync(IChannelHandlerContext context, object message)
        {
            trail.Add($"write {name}");
            return context.WriteAsync(message);
        }
    }

    private sealed class OneShot : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            context.Channel.Pipeline.Remove(this);
            context.FireChannelRead(message);
        }
    }

    private sealed class Owner : IDisposable
    {
        public int Released { get; private set; }

        public void Dispose() => Released++;
    }
}
