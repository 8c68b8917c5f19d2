using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests;

public sealed class RequestDecoderTests
{
    private static readonly StubHandler<HeartbeatRequest, HeartbeatResponse> Heartbeats =
        new((_, _) => new(new HeartbeatResponse()));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_request_reaches_its_handler_and_is_answered_in_its_version(short version)
    {
        var handler = new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => new(new HeartbeatResponse { ErrorCode = ErrorCode.RebalanceInProgress }));
        using var broker = new BrokerEnd(handler);
        broker.Send(new HeartbeatRequest { GroupId = "g", GenerationId = 5 }, version, 77);

        var (request, context) = Assert.Single(handler.Asked);
        Assert.Equal(("g", 5), (request.GroupId, request.GenerationId));
        Assert.Equal((ApiKey.Heartbeat, version, 77, "test"), (context.ApiKey, context.ApiVersion, context.CorrelationId, context.ClientId));
        Assert.Equal(("PLAINTEXT", KafkaPrincipal.Anonymous), (context.ListenerName, context.Principal));
        var (correlationId, response) = broker.TakeResponse<HeartbeatResponse>(version);
        Assert.Equal((77, ErrorCode.RebalanceInProgress), (correlationId, response.ErrorCode));
    }

    [Fact]
    public void A_request_without_client_id_is_served()
    {
        var handler = new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => new(new HeartbeatResponse()));
        using var broker = new BrokerEnd(handler);
        broker.Channel.WriteInbound(Frames.Request(new HeartbeatRequest(), 1, 1, clientId: null));
        Assert.Equal("", Assert.Single(handler.Asked).Context.ClientId);
    }

    [Fact]
    public void Requests_that_arrive_byte_by_byte_are_served()
    {
        using var broker = new BrokerEnd(Heartbeats);
        foreach (var value in Frames.Request(new HeartbeatRequest(), 4, 9))
        {
            broker.Channel.WriteInbound([value]);
        }

        Assert.Equal([9], broker.TakeAnswered());
    }

    [Theory]
    [InlineData(new byte[] { 0x03, 0xE7, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF }, "api key 999 is not served")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF }, "api key -1 is not served")]
    [InlineData(new byte[] { 0x00, 0x00, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF }, "api key 0 is not served")]
    [InlineData(new byte[] { 0x00, 0x0C, 0, 5, 0, 0, 0, 1, 0xFF, 0xFF, 0 }, "version 5 of Heartbeat is not served")]
    [InlineData(new byte[] { 0x00, 0x0C, 0xFF, 0xFF, 0, 0, 0, 1, 0xFF, 0xFF }, "version -1 of Heartbeat is not served")]
    [InlineData(new byte[] { 0x00, 0x0C, 0 }, "a request of 3 bytes")]
    [InlineData(new byte[] { }, "a request of 0 bytes")]
    [InlineData(new byte[] { 0x00, 0x0C, 0, 0, 0, 0, 0, 1, 0x7F, 0xFF }, "bytes wanted")]
    [InlineData(new byte[] { 0x00, 0x0C, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0x00, 0x05 }, "bytes wanted")]
    public void What_is_no_request_closes_the_connection_without_an_answer(byte[] frame, string reason)
    {
        using var broker = new BrokerEnd(Heartbeats);
        broker.Channel.WriteInbound(Frames.Raw(frame));
        Assert.False(broker.Channel.Open);
        Assert.Equal(0, broker.Channel.OutboundLength);
        Assert.Contains(reason, Assert.Single(broker.Log.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("16030100C8010000C4", "TLS")]
    [InlineData("474554202F20485454502F312E310D0A", "HTTP")]
    [InlineData("72756F6B", "to a ZooKeeper")]
    public void Other_protocols_are_named_when_they_come_to_this_port(string bytes, string name)
    {
        using var broker = new BrokerEnd(Heartbeats);
        broker.Channel.WriteInbound(Convert.FromHexString(bytes));
        Assert.False(broker.Channel.Open);
        Assert.Contains($"the client speaks {name}", Assert.Single(broker.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Strangers_cannot_fill_the_log()
    {
        var loggers = new RecordingLoggers();
        var time = new Testing.Loops.ManualTime();
        var metrics = new RequestMetrics(new MeterScope(TimeProvider.System));
        var pipeline = new RequestPipeline(
            new("PLAINTEXT", SecurityProtocol.Plaintext), new([Heartbeats]), RequestLimits.Default, new(0, new MeterScope(TimeProvider.System)), metrics, new(loggers));

        Knock(100);
        Assert.Equal(20, loggers.Lines.Count);
        time.Advance(TimeSpan.FromSeconds(10));
        Knock(1);
        Assert.Contains("80 more connections were closed", loggers.Lines[20], StringComparison.Ordinal);
        Assert.Contains("the client speaks HTTP", loggers.Lines[21], StringComparison.Ordinal);
        Assert.Equal(22, loggers.Lines.Count);

        void Knock(int times)
        {
            for (var i = 0; i < times; i++)
            {
                new Testing.Channels.EmbeddedChannel(time, ChannelOptions.Default, new ChannelInitializer(channel => pipeline.Initialize(channel)))
                    .WriteInbound("GET / HTTP/1.1"u8);
            }
        }
    }

    [Fact]
    public void Connections_that_break_are_no_fault_of_the_broker()
    {
        using var reset = new BrokerEnd(Heartbeats);
        reset.Channel.Break(new ConnectionResetException("reset by peer"));
        Assert.Empty(reset.Log.Lines);

        using var handshake = new BrokerEnd(Heartbeats);
        handshake.Channel.Break(new TlsHandshakeException("no common cipher", new IOException()));
        Assert.Contains("no common cipher", Assert.Single(handshake.Log.Lines), StringComparison.Ordinal);
        Assert.False(handshake.Channel.Open);
    }

    [Fact]
    public void A_fault_ends_its_own_connection_only()
    {
        var dispatcher = new RequestDispatcher([Heartbeats]);
        var metrics = new RequestMetrics(new MeterScope(TimeProvider.System));
        var pipeline = new RequestPipeline(
            new("PLAINTEXT", SecurityProtocol.Plaintext), dispatcher, RequestLimits.Default, new(0, new MeterScope(TimeProvider.System)), metrics, new(new RecordingLoggers()));
        var bad = new Testing.Channels.EmbeddedChannel(new ChannelInitializer(channel => pipeline.Initialize(channel)));
        var good = new Testing.Channels.EmbeddedChannel(new ChannelInitializer(channel => pipeline.Initialize(channel)));
        bad.WriteInbound(Frames.Raw(0xFF));
        good.WriteInbound(Frames.Request(new HeartbeatRequest(), 0, 1));
        Assert.False(bad.Open);
        Assert.True(good.Open);
        Assert.NotEqual(0, good.OutboundLength);
    }

    [Fact]
    public void Requests_before_a_fault_are_answered()
    {
        using var broker = new BrokerEnd(Heartbeats);
        broker.Channel.WriteInbound([.. Frames.Request(new HeartbeatRequest(), 0, 1), .. Frames.Raw(0xFF), .. Frames.Request(new HeartbeatRequest(), 0, 2)]);
        Assert.Equal([1], broker.TakeAnswered());
        Assert.False(broker.Channel.Open);
    }

    [Fact]
    public void An_ApiVersions_request_from_the_future_is_answered_in_version_0_with_the_range_spoken()
    {
        using var broker = new BrokerEnd(Heartbeats);
        broker.Channel.WriteInbound(Frames.Raw([0, 18, 0, 99, 0, 0, 0, 5, 0, 1, (byte)'c', 0, 0xAA, 0xBB, 0xCC]));
        Assert.Equal(
            [0, 0, 0, 5, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4],
            Assert.Single(Frames.Split(broker.Channel.TakeOutbound())));
        Assert.True(broker.Channel.Open);
        broker.Send(new ApiVersionsRequest(), 0, 6);
        Assert.Equal([6], broker.TakeAnswered());
    }

    [Fact]
    public void A_handler_that_fails_is_answered_for_where_the_version_has_a_place_for_an_error()
    {
        using var broker = new BrokerEnd(
            new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => throw new InvalidOperationException("broken")),
            new StubHandler<ListGroupsRequest, ListGroupsResponse>(async (_, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("broken later");
            }));
        broker.Send(new HeartbeatRequest(), 1, 1);
        Assert.Equal(ErrorCode.UnknownServerError, broker.TakeResponse<HeartbeatResponse>(1).Body.ErrorCode);
        broker.Send(new ListGroupsRequest(), 1, 2);
        Assert.Equal(ErrorCode.UnknownServerError, broker.TakeResponse<ListGroupsResponse>(1).Body.ErrorCode);
        Assert.True(broker.Channel.Open);
        Assert.Contains(broker.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.EndsWith("broken later", StringComparison.Ordinal));
    }

    [Fact]
    public void A_handler_that_fails_is_answered_for_each_item_where_the_error_belongs_to_items()
    {
        using var broker = new BrokerEnd(
            new StubHandler<MetadataRequest, MetadataResponse>((_, _) => throw new InvalidOperationException("broken")));
        broker.Send(new MetadataRequest { Topics = [new() { Name = "t" }] }, 1, 1);
        Assert.True(broker.Channel.Open);
        var topic = Assert.Single(broker.TakeResponse<MetadataResponse>(1).Body.Topics);
        Assert.Equal(("t", ErrorCode.UnknownServerError), (topic.Name, topic.ErrorCode));
    }

    [Fact]
    public void A_violated_invariant_is_not_survived()
    {
        using var broker = new BrokerEnd(
            new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => throw new InvariantViolatedException("high watermark went back")));
        Assert.Throws<InvariantViolatedException>(() => broker.Send(new HeartbeatRequest(), 1, 1));
    }

    [Fact]
    public void A_violated_invariant_of_a_handler_that_waited_is_not_survived_either()
    {
        using var broker = new BrokerEnd(new StubHandler<HeartbeatRequest, HeartbeatResponse>(async (_, _) =>
        {
            await Task.Yield();
            throw new InvariantViolatedException("high watermark went back");
        }));
        Assert.Throws<InvariantViolatedException>(() => broker.Send(new HeartbeatRequest(), 1, 1));
    }

    [Fact]
    public void Before_authentication_only_its_own_requests_are_served()
    {
        using var broker = SaslBroker();
        broker.Send(new ApiVersionsRequest(), 0, 1);
        Assert.Equal([1], broker.TakeAnswered());
        broker.Send(new HeartbeatRequest(), 0, 2);
        Assert.False(broker.Channel.Open);
        Assert.Contains(broker.Log.Lines, line => line.Contains("Heartbeat before authentication", StringComparison.Ordinal));
    }

    [Fact]
    public void Authentication_opens_the_other_requests_and_names_the_principal()
    {
        using var broker = SaslBroker();
        broker.Channel.Run(() => broker.Connection.Authenticate(new("User", "alice")));
        broker.Send(new HeartbeatRequest(), 0, 2);
        Assert.Equal([2], broker.TakeAnswered());
        Assert.Equal("User:alice", broker.Connection.Principal.ToString());
    }

    [Fact]
    public void Frames_are_short_until_the_client_is_authenticated()
    {
        byte[] announced = [0x00, 0x10, 0x00, 0x00];
        using var stranger = SaslBroker();
        stranger.Channel.WriteInbound(announced);
        Assert.False(stranger.Channel.Open);

        using var friend = SaslBroker();
        friend.Channel.Run(() => friend.Connection.Authenticate(new("User", "alice")));
        friend.Channel.WriteInbound(announced);
        Assert.True(friend.Channel.Open);
    }

    [Fact]
    public void An_idle_connection_is_closed_and_one_that_waits_for_an_answer_is_not()
    {
        var idle = TimeSpan.FromMinutes(1);
        var answer = new TaskCompletionSource<HeartbeatResponse?>();
        using var broker = new BrokerEnd(
            RequestLimits.Default with { IdleMax = idle },
            new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => new(answer.Task)));
        broker.Send(new HeartbeatRequest(), 0, 1);
        broker.Channel.Advance(3 * idle);
        Assert.True(broker.Channel.Open);
        broker.Channel.Run(() => answer.SetResult(new()));
        Assert.Equal([1], broker.TakeAnswered());
        broker.Channel.Advance(3 * idle);
        Assert.False(broker.Channel.Open);
    }

    [Fact]
    public void Where_no_idle_time_is_set_a_connection_may_be_silent_for_ever()
    {
        using var broker = new BrokerEnd(RequestLimits.Default with { IdleMax = Timeout.InfiniteTimeSpan }, Heartbeats);
        broker.Channel.Advance(TimeSpan.FromDays(1000));
        Assert.True(broker.Channel.Open);
    }

    private static BrokerEnd SaslBroker() =>
        new(RequestLimits.Default, new("SASL", SecurityProtocol.SaslPlaintext), ChannelOptions.Default, Heartbeats);
}
