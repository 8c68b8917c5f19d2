using ClassicBroker.Platform.Metrics;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Rpc.Authorization;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests;

/// <summary>Order, limits and back-pressure of one connection.</summary>
public sealed class ResponseQueueTests
{
    private readonly Dictionary<string, TaskCompletionSource<HeartbeatResponse?>> _waiting = [];

    [Fact]
    public void A_slow_request_does_not_keep_those_behind_it_from_being_served()
    {
        var handler = SlowHandler();
        using var broker = new BrokerEnd(handler);
        Send(broker, 1, 2, 3);
        Assert.Equal(3, handler.Asked.Count);
        Assert.Empty(broker.TakeAnswered());
    }

    [Fact]
    public void Answers_leave_in_the_order_of_the_requests()
    {
        using var broker = new BrokerEnd(SlowHandler());
        Send(broker, 1, 2, 3, 4);
        Answer(broker, 3);
        Answer(broker, 2);
        Assert.Empty(broker.TakeAnswered());
        Answer(broker, 1);
        Assert.Equal([1, 2, 3], broker.TakeAnswered());
        Answer(broker, 4);
        Assert.Equal([4], broker.TakeAnswered());
    }

    [Fact]
    public void A_request_without_an_answer_leaves_no_gap()
    {
        using var broker = new BrokerEnd(
            SlowHandler(),
            new StubHandler<ProduceRequest, ProduceResponse>((request, _) => new(request.Acks == 0 ? null : new ProduceResponse())));
        Send(broker, 1);
        broker.Send(new ProduceRequest { Acks = 0 }, 7, 2);
        broker.Send(new ProduceRequest { Acks = 1 }, 7, 3);
        Answer(broker, 1);
        Assert.Equal([1, 3], broker.TakeAnswered());
    }

    [Fact]
    public void Requests_beyond_the_limit_are_left_unread_until_there_is_room()
    {
        var handler = SlowHandler();
        using var broker = new BrokerEnd(RequestLimits.Default with { InFlightMax = 2 }, handler);
        broker.Channel.WriteInbound([.. Enumerable.Range(1, 5).SelectMany(Frame)]);
        Assert.Equal(2, handler.Asked.Count);
        Assert.False(broker.Channel.AutoRead);
        Answer(broker, 1);
        Assert.Equal(3, handler.Asked.Count);
        Answer(broker, 2);
        Answer(broker, 3);
        Answer(broker, 4);
        Assert.Equal(5, handler.Asked.Count);
        Assert.True(broker.Channel.AutoRead);
        Answer(broker, 5);
        Assert.Equal([1, 2, 3, 4, 5], broker.TakeAnswered());
    }

    [Fact]
    public void Bytes_beyond_the_limit_are_left_unread_until_there_is_room()
    {
        var handler = SlowHandler();
        using var broker = new BrokerEnd(RequestLimits.Default with { InFlightBytesMax = Frame(1).Length }, handler);
        Send(broker, 1, 2, 3);
        Assert.Equal(2, handler.Asked.Count);
        Answer(broker, 1);
        Answer(broker, 2);
        Assert.Equal(3, handler.Asked.Count);
    }

    [Fact]
    public void A_client_that_does_not_take_its_answers_is_not_read_from()
    {
        var handler = new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => new(new HeartbeatResponse()));
        var options = new ChannelOptions { WriteLowWatermark = 100, WriteHighWatermark = 200 };
        using var broker = new BrokerEnd(RequestLimits.Default, new("PLAINTEXT", Primitives.SecurityProtocol.Plaintext), options, handler);
        broker.Channel.PeerTakes = false;
        for (var i = 0; i < 100; i++)
        {
            Send(broker, i);
        }

        Assert.InRange(handler.Asked.Count, 10, 40);
        broker.Channel.PeerTakes = true;
        Assert.Equal(Enumerable.Range(0, 100), broker.TakeAnswered());
    }

    [Fact]
    public void A_client_that_only_finished_sending_gets_its_answers_and_then_the_end()
    {
        using var broker = new BrokerEnd(SlowHandler());
        Send(broker, 1, 2);
        broker.Channel.FinishInbound();
        Assert.True(broker.Channel.Open);
        Answer(broker, 2);
        Assert.True(broker.Channel.Open);
        Answer(broker, 1);
        Assert.Equal([1, 2], broker.TakeAnswered());
        Assert.False(broker.Channel.Open);
    }

    [Fact]
    public void A_client_that_finished_with_nothing_unanswered_is_closed()
    {
        using var broker = new BrokerEnd(SlowHandler());
        broker.Channel.FinishInbound();
        Assert.False(broker.Channel.Open);
    }

    [Fact]
    public void A_request_is_cancelled_when_its_connection_closes()
    {
        var handler = SlowHandler();
        using var broker = new BrokerEnd(handler);
        Send(broker, 1);
        var cancellation = handler.Asked[0].Context.Cancellation;
        var told = 0;
        cancellation.Register(() => told++);
        broker.Channel.FinishInbound();
        Assert.Equal(0, told);
        broker.Channel.Break(new ConnectionResetException("gone"));

        Assert.Equal(1, told);
        Assert.True(handler.Asked[0].Context.Cancellation.IsCancellationRequested);
    }

    [Fact]
    public void A_muted_client_is_read_from_again_when_its_time_is_over()
    {
        var handler = new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, context) =>
        {
            context.Connection.Mute(TimeSpan.FromSeconds(10));
            context.Connection.Mute(TimeSpan.FromSeconds(1));
            return new(new HeartbeatResponse());
        });
        using var broker = new BrokerEnd(handler);
        Send(broker, 1, 2);
        Assert.Equal([1], broker.TakeAnswered());
        broker.Channel.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(broker.TakeAnswered());
        broker.Channel.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([2], broker.TakeAnswered());
    }

    [Fact]
    public void Ten_thousand_pipelined_requests_are_answered_in_order()
    {
        const int Count = 10_000;
        using var broker = new BrokerEnd(new StubHandler<HeartbeatRequest, HeartbeatResponse>(async (_, context) =>
        {
            if (context.CorrelationId % 3 == 0)
            {
                await Task.Yield();
            }

            return new HeartbeatResponse();
        }));
        var stream = Enumerable.Range(0, Count).SelectMany(Frame).ToArray();
        foreach (var piece in stream.Chunk(65_521))
        {
            broker.Channel.WriteInbound(piece);
        }

        Assert.Equal(Enumerable.Range(0, Count), broker.TakeAnswered());
    }

    [Fact]
    public void Records_travel_between_the_bytes_around_them()
    {
        var owners = Enumerable.Range(0, 3).Select(_ => new Owner()).ToArray();
        using var broker = new BrokerEnd(Fetches(owners));
        broker.Send(new FetchRequest(), 12, 8);
        var (correlationId, response) = broker.TakeResponse<FetchResponse>(12);
        Assert.Equal(8, correlationId);
        Assert.Equal(
            [[0, 0, 0], [1, 1, 1], [2, 2, 2]],
            response.Responses[0].Partitions.Select(partition => partition.Records.Memory.ToArray()));
        Assert.All(owners, owner => Assert.Equal(1, owner.Disposals));
    }

    [Fact]
    public void Answers_around_one_with_records_stay_whole()
    {
        using var broker = new BrokerEnd(Fetches([new Owner(), new Owner()]), SlowHandler());
        Send(broker, 1);
        broker.Send(new FetchRequest(), 11, 2);
        Send(broker, 3);
        Answer(broker, 3);
        Answer(broker, 1);
        Assert.Equal([1, 2, 3], broker.TakeAnswered());
    }

    [Fact]
    public void Records_of_answers_that_are_never_sent_are_given_back()
    {
        var early = new Owner();
        var late = new Owner();
        var pending = new TaskCompletionSource<FetchResponse?>();
        var fetches = 0;
        using var broker = new BrokerEnd(
            SlowHandler(),
            new StubHandler<FetchRequest, FetchResponse>((_, _) => fetches++ == 0 ? new(ResponseWith(early)) : new(pending.Task)));
        Send(broker, 1);
        broker.Send(new FetchRequest(), 11, 2);
        broker.Send(new FetchRequest(), 11, 3);
        broker.Channel.Break(new ConnectionResetException("gone"));
        Assert.Equal((1, 0), (early.Disposals, late.Disposals));
        broker.Channel.Run(() => pending.SetResult(ResponseWith(late)));
        Assert.Equal((1, 1), (early.Disposals, late.Disposals));
        Answer(broker, 1);
        Assert.Empty(broker.TakeAnswered());
    }

    [Fact]
    public void A_request_answered_at_once_allocates_its_messages_and_little_more()
    {
        const int Count = 200;
        var answer = new HeartbeatResponse();
        var handler = new QuietHandler(answer);
        var metrics = new RequestMetrics(new MeterScope(TimeProvider.System));
        var pipeline = new RequestPipeline(
            new("PLAINTEXT", Primitives.SecurityProtocol.Plaintext),
            new([handler]),
            RequestLimits.Default,
            new(0, new MeterScope(TimeProvider.System)),
            metrics,
            new(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
        var channel = new Testing.Channels.EmbeddedChannel(new ChannelInitializer(channel => pipeline.Initialize(channel)));
        var burst = Enumerable.Range(0, Count).SelectMany(Frame).ToArray();
        var allocated = 0L;
        for (var round = 0; round < 3; round++)
        {
            channel.Run(() =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                channel.LendInbound(burst);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                channel.Pipeline.FireChannelReadComplete();
            });
        }

        // Context 80, header 40, request 56, and the strings of "test", a group and a member.
        Assert.InRange(allocated / Count, 1, 350);
    }

    private static byte[] Frame(int correlationId) =>
        Frames.Request(new HeartbeatRequest { GroupId = $"{correlationId}", MemberId = "m" }, 0, correlationId);

    private static FetchResponse ResponseWith(params Owner[] owners) => new()
    {
        Responses =
        [
            new()
            {
                Topic = "t",
                Partitions =
                [
                    .. owners.Select((owner, i) => new FetchResponse.PartitionData
                    {
                        PartitionIndex = i,
                        Records = new(new MemoryPayload(new[] { (byte)i, (byte)i, (byte)i }, owner)),
                    }),
                ],
            },
        ],
    };

    private static StubHandler<FetchRequest, FetchResponse> Fetches(Owner[] owners) =>
        new((_, _) => new(ResponseWith(owners)));

    private static void Send(BrokerEnd broker, params int[] correlationIds) =>
        broker.Channel.WriteInbound([.. correlationIds.SelectMany(Frame)]);

    private void Answer(BrokerEnd broker, int correlationId) =>
        broker.Channel.Run(() => _waiting[$"{correlationId}"].SetResult(new()));

    private StubHandler<HeartbeatRequest, HeartbeatResponse> SlowHandler() =>
        new((request, _) => new((_waiting[request.GroupId] = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task));

    private sealed class Owner : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }

    private sealed class QuietHandler(HeartbeatResponse answer) : RequestHandler<HeartbeatRequest, HeartbeatResponse>
    {
        public override IReadOnlyList<AccessRule> Access => [];

        public override ValueTask<HeartbeatResponse?> HandleAsync(HeartbeatRequest request, RequestContext context) => new(answer);
    }
}
