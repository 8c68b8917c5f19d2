using ClassicBroker.Testing;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Transport.Tests;

/// <summary>DotNetty's pipeline on a loop that a test drives: nothing of it may run elsewhere, or by another clock.</summary>
public class NettyLoopTests
{
    private readonly ManualTime _time = new();
    private readonly ManualEventLoop _manual;
    private readonly NettyLoop _loop;

    public NettyLoopTests()
    {
        _manual = _time.CreateLoop("loop");
        _loop = new(_manual, new ArrayPoolAllocator());
    }

    [Fact]
    public void Work_runs_on_the_loop_in_order()
    {
        var ran = new List<string>();
        _loop.Execute(() => ran.Add($"action {_loop.InEventLoop}"));
        _loop.Execute(state => ran.Add($"{state}"), "state");
        _loop.Execute((context, state) => ran.Add($"{context} {state}"), "context", "state");
        var answer = _loop.SubmitAsync(() => 42);
        Assert.Empty(ran);
        _time.RunUntilIdle();

        Assert.Equal(["action True", "state", "context state"], ran);
        Assert.Equal(42, _time.Await(answer));
        Assert.False(_loop.InEventLoop);
    }

    [Fact]
    public void Timers_follow_the_clock_of_the_loop_and_can_be_cancelled()
    {
        var ran = new List<string>();
        var first = _loop.Schedule(() => ran.Add("first"), TimeSpan.FromSeconds(1));
        var second = _loop.Schedule(state => ran.Add($"{state}"), "second", TimeSpan.FromSeconds(2));
        var third = ((IScheduledExecutorService)_loop).ScheduleAsync(() => ran.Add("third"), TimeSpan.FromSeconds(3));
        using var cancellation = new CancellationTokenSource();
        var fourth = _loop.ScheduleAsync(() => ran.Add("fourth"), TimeSpan.FromSeconds(4), cancellation.Token);
        _time.AdvanceMs(1000);
        Assert.Equal(["first"], ran);
        Assert.True(second.Cancel());
        cancellation.Cancel();
        _time.AdvanceMs(10_000);

        Assert.Equal(["first", "third"], ran);
        Assert.True(first.Completion.IsCompletedSuccessfully);
        Assert.True(second.Completion.IsCanceled);
        Assert.True(third.IsCompletedSuccessfully);
        Assert.True(fourth.IsCanceled);
        Assert.False(first.Cancel());
    }

    [Fact]
    public void A_thousand_channels_run_on_the_tests_thread_alone_and_the_same_each_time()
    {
        var trail = Trail(5);

        Assert.Equal(1000 * 3, trail.Count);
        Assert.Equal(trail, Trail(5));
        Assert.NotEqual(trail, Trail(6));
    }

    private static List<string> Trail(ulong seed)
    {
        var thread = Environment.CurrentManagedThreadId;
        var trail = new List<string>();
        var time = new ManualTime();
        var network = new InMemoryNetwork(time, new SeededRandomSource(seed)) { Splits = true, DelayMax = TimeSpan.FromSeconds(1) };
        var (a, b) = (network.AddHost("a", time.CreateLoop("a")), network.AddHost("b", time.CreateLoop("b0"), time.CreateLoop("b1")));
        time.Await(b.ListenAsync(new()
        {
            Port = 1,
            Initializer = channel => channel.Pipeline.AddLast(
                new IdleStateHandler(TimeSpan.FromMinutes(1)), new LengthFieldFrameDecoder(1000), new Recorder(trail, thread)),
        }));
        for (var i = 0; i < 1000; i++)
        {
            var number = (byte)i;
            a.ConnectAsync(new() { Host = "b", Port = 1, Initializer = channel => channel.Pipeline.AddLast(new Greeter(number, thread)) });
        }

        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(0, b.BuffersOut);
        return trail;
    }

    private sealed class Greeter(byte number, int thread) : TransportHandler
    {
        public override void ChannelActive(IChannelHandlerContext context)
        {
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            context.SendAndFlush(Message.Of([0, 0, 0, 2, number, 1]));
        }
    }

    private sealed class Recorder(List<string> trail, int thread) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message) =>
            Note(context, $"read {((DotNetty.Buffers.IByteBuffer)message).GetByte(((DotNetty.Buffers.IByteBuffer)message).ReaderIndex)}");

        public override void UserEventTriggered(IChannelHandlerContext context, object evt)
        {
            if (evt is IdleStateEvent)
            {
                Note(context, "idle");
                context.Close();
            }
        }

        public override void ChannelInactive(IChannelHandlerContext context) => Note(context, "inactive");

        private void Note(IChannelHandlerContext context, string what)
        {
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            trail.Add($"{context.Channel.Id.AsShortText()} {what}");
        }
    }
}
