using ClassicBroker.Primitives;
using ClassicBroker.Testing.Channels;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

/// <summary>DotNetty's pipeline only logs most of what goes wrong in it; here every exception has one of its four fates.</summary>
public class ErrorFatesTests
{
    [Theory]
    [InlineData(nameof(IChannelHandler.ChannelActive))]
    [InlineData(nameof(IChannelHandler.ChannelRead))]
    [InlineData(nameof(IChannelHandler.ChannelReadComplete))]
    [InlineData(nameof(IChannelHandler.UserEventTriggered))]
    [InlineData(nameof(IChannelHandler.ExceptionCaught))]
    [InlineData(nameof(IChannelHandler.WriteAsync))]
    [InlineData(nameof(IChannelHandler.Flush))]
    [InlineData(nameof(IChannelHandler.CloseAsync))]
    [InlineData(nameof(IChannelHandler.HandlerAdded))]
    [InlineData(nameof(IChannelHandler.ChannelInactive))]
    public void A_violated_invariant_reaches_the_loop_wherever_a_handler_finds_it(string step)
    {
        Assert.Throws<InvariantViolatedException>(() =>
            RunAllSteps(new Faulty(step, () => new InvariantViolatedException("we are wrong")), new Swallowing()));
    }

    [Theory]
    [InlineData(nameof(IChannelHandler.ChannelActive))]
    [InlineData(nameof(IChannelHandler.ChannelRead))]
    [InlineData(nameof(IChannelHandler.ChannelReadComplete))]
    [InlineData(nameof(IChannelHandler.UserEventTriggered))]
    [InlineData(nameof(IChannelHandler.ExceptionCaught))]
    [InlineData(nameof(IChannelHandler.WriteAsync))]
    [InlineData(nameof(IChannelHandler.Flush))]
    public void What_no_handler_deals_with_closes_the_channel(string step)
    {
        EmbeddedChannel? channel = null;
        Assert.Throws<FormatException>(() => channel = RunAllSteps(new Faulty(step, () => new FormatException("bad"))));
        Assert.True(channel is null or { Open: false });
    }

    [Fact]
    public void What_a_handler_throws_is_dealt_with_by_the_handlers_behind_it()
    {
        var swallowing = new Swallowing();
        var channel = RunAllSteps(new Faulty(nameof(IChannelHandler.ChannelRead), () => new FormatException("bad")), swallowing);

        Assert.IsType<FormatException>(swallowing.Seen);
        Assert.True(channel.Open);
    }

    [Fact]
    public void A_channel_does_not_go_on_behind_a_violated_invariant()
    {
        var reads = 0;
        var probe = new ProbeHandler
        {
            OnRead = (_, _) =>
            {
                reads++;
                throw new InvariantViolatedException("we are wrong");
            },
        };
        var channel = new EmbeddedChannel(new LengthFieldFrameDecoder(100), probe);

        Assert.Throws<InvariantViolatedException>(() => channel.WriteInbound([0, 0, 0, 1, 7, 0, 0, 0, 1, 8]));
        Assert.Equal(1, reads);
        Assert.Null(probe.Caught);
        Assert.False(channel.Open);
    }

    [Fact]
    public void A_message_the_channel_does_not_know_is_our_fault()
    {
        var channel = new EmbeddedChannel(new Swallowing());

        Assert.Throws<InvariantViolatedException>(() => channel.Run(() => channel.Send("text")));
    }

    [Fact]
    public void What_an_initializer_throws_goes_to_the_handlers_it_has_added()
    {
        var swallowing = new Swallowing();
        var channel = new EmbeddedChannel(new ChannelFill(filled =>
        {
            filled.Pipeline.AddLast(swallowing);
            throw new FormatException("bad");
        }));

        Assert.IsType<FormatException>(swallowing.Seen);
        Assert.True(channel.Open);
    }

    private static EmbeddedChannel RunAllSteps(params IChannelHandler[] handlers)
    {
        var channel = new EmbeddedChannel(handlers);
        channel.WriteInbound([1]);
        channel.Run(() => channel.Pipeline.FireUserEventTriggered("event"));
        channel.Run(() => channel.SendAndFlush(Message.Of([1])));
        if (Array.Exists(handlers, handler => handler is Faulty { Step: nameof(IChannelHandler.ExceptionCaught) }))
        {
            channel.Run(() => channel.Pipeline.FireExceptionCaught(new IOException("first")));
        }

        if (Array.Exists(handlers, handler => handler is Faulty { Step: nameof(IChannelHandler.CloseAsync) or nameof(IChannelHandler.ChannelInactive) }))
        {
            channel.Run(channel.Close);
        }

        return channel;
    }

    /// <summary>Throws in one kind of event.</summary>
    private sealed class Faulty(string step, Func<Exception> failure) : TransportHandler
    {
        public string Step { get; } = step;

        public override void HandlerAdded(IChannelHandlerContext context) => At(nameof(HandlerAdded));

        public override void ChannelActive(IChannelHandlerContext context) => At(nameof(ChannelActive));

        public override void ChannelInactive(IChannelHandlerContext context) => At(nameof(ChannelInactive));

        public override void ChannelRead(IChannelHandlerContext context, object message) => At(nameof(ChannelRead));

        public override void ChannelReadComplete(IChannelHandlerContext context) => At(nameof(ChannelReadComplete));

        public override void UserEventTriggered(IChannelHandlerContext context, object evt) => At(nameof(UserEventTriggered));

        public override Task WriteAsync(IChannelHandlerContext context, object message)
        {
            At(nameof(WriteAsync));
            return context.WriteAsync(message);
        }

        public override void Flush(IChannelHandlerContext context)
        {
            At(nameof(Flush));
            context.Flush();
        }

        public override Task CloseAsync(IChannelHandlerContext context)
        {
            At(nameof(CloseAsync));
            return context.CloseAsync();
        }

        protected override void OnException(IChannelHandlerContext context, Exception exception)
        {
            At(nameof(ExceptionCaught));
            context.FireExceptionCaught(exception);
        }

        private void At(string place)
        {
            if (place == Step)
            {
                throw failure();
            }
        }
    }

    /// <summary>Deals with every exception that comes to it by doing nothing.</summary>
    private sealed class Swallowing : TransportHandler
    {
        public Exception? Seen { get; private set; }

        protected override void OnException(IChannelHandlerContext context, Exception exception) => Seen = exception;
    }
}
