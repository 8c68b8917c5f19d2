using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Rpc.Tests;

/// <summary>What receiving and sending cost a loop is told to the quotas, apart from what handlers cost.</summary>
public sealed class NetworkTimeTests
{
    private const double ReceiveMs = 2;
    private const double HandleMs = 50;
    private const double SendMs = 3;

    private readonly SteppedClock _clock = new();
    private readonly RecordingQuotas _quotas = new();
    private readonly EmbeddedChannel _channel;
    private bool _answersLater;
    private TaskCompletionSource<HeartbeatResponse?>? _later;

    public NetworkTimeTests()
    {
        var time = new ManualTime();
        var handler = new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) =>
        {
            _clock.Step(HandleMs);
            return _answersLater
                ? new((_later = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task)
                : new(new HeartbeatResponse());
        });
        var meters = new MeterScope(TimeProvider.System);
        var pipeline = new RequestPipeline(
            new RequestListener("PLAINTEXT", SecurityProtocol.Plaintext),
            new([handler]),
            RequestLimits.Default,
            new RequestMemory(0, meters),
            new RequestMetrics(meters),
            new(new RecordingLoggers()))
        { Steps = new() { Quotas = _quotas } };
        _channel = new(
            time,
            time.CreateLoop("network", _clock),
            ChannelOptions.Default,
            new CostlyWire(_clock),
            new ChannelInitializer(channel => pipeline.Initialize(channel)));
    }

    [Fact]
    public void Receiving_and_sending_count_and_handling_does_not()
    {
        _channel.WriteInbound(Frame(1));
        Assert.Equal([("test", ReceiveMs + SendMs)], _quotas.Told);
    }

    [Fact]
    public void Requests_that_come_together_are_told_of_together()
    {
        _channel.WriteInbound([.. Frame(1), .. Frame(2), .. Frame(3)]);
        Assert.Equal(ReceiveMs + SendMs, _quotas.Told.Sum(told => told.Ms));
    }

    [Fact]
    public void An_answer_that_waits_for_others_costs_no_time_while_it_waits()
    {
        _answersLater = true;
        _channel.WriteInbound(Frame(1));
        Assert.Equal([("test", ReceiveMs)], _quotas.Told);
        _clock.Step(10_000);
        _channel.Run(() => _later!.SetResult(new()));
        Assert.Equal(ReceiveMs, _quotas.Told.Sum(told => told.Ms));
    }

    [Fact]
    public void What_was_spent_while_nothing_counted_is_not_told_later()
    {
        _quotas.CountsNetworkTime = false;
        _channel.WriteInbound(Frame(1));
        Assert.Empty(_quotas.Told);
        _quotas.CountsNetworkTime = true;
        _channel.WriteInbound(Frame(2));
        Assert.Equal([("test", ReceiveMs + SendMs)], _quotas.Told);
    }

    private static byte[] Frame(int correlationId) => Frames.Request(new HeartbeatRequest { GroupId = "g" }, 3, correlationId);

    /// <summary>A clock that moves when a test's part of the broker says how long it took.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Step(double milliseconds) => _ticks += (long)(milliseconds * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>Receiving a turn's bytes and sending what is flushed take their time.</summary>
    private sealed class CostlyWire(SteppedClock clock) : TransportHandler
    {
        public override void ChannelRead(IChannelHandlerContext context, object message)
        {
            clock.Step(ReceiveMs);
            context.FireChannelRead(message);
        }

        public override void Flush(IChannelHandlerContext context)
        {
            clock.Step(SendMs);
            context.Flush();
        }
    }

    private sealed class RecordingQuotas : IRequestQuotas
    {
        public bool CountsNetworkTime { get; set; } = true;

        public List<(string Client, double Ms)> Told { get; } = [];

        public void Complete(RequestContext context, IRequest request, TimeSpan localTime) =>
            Assert.Equal(HandleMs, localTime.TotalMilliseconds);

        public void AddNetworkTime(RequestContext context, TimeSpan networkTime) =>
            Told.Add((context.ClientId, networkTime.TotalMilliseconds));
    }
}
