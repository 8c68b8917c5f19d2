using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Transport;

namespace ClassicBroker.Rpc.Tests.Client;

public sealed class RpcConnectionTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private static readonly RpcConnectionOptions Options = new() { Host = "broker", Port = 9092, ClientId = "me" };

    private readonly ManualTime _time = new();
    private readonly ManualEventLoop _caller;
    private readonly FakeTransport _transport;

    public RpcConnectionTests()
    {
        _caller = _time.CreateLoop("caller");
        _transport = new(_time);
    }

    private EmbeddedChannel Broker => _transport.Last;

    [Fact]
    public void The_broker_is_asked_for_its_versions_first()
    {
        var connecting = ConnectAsync(Options);
        var (header, body) = TakeRequest();
        var request = Assert.IsType<ApiVersionsRequest>(body);
        Assert.Equal(((short)4, "me"), (header.RequestApiVersion, header.ClientId));
        Assert.Equal("classicbroker", request.ClientSoftwareName);
        Respond(VersionsOf((ApiKey.Metadata, 2, 5), (ApiKey.ApiVersions, 0, 4)), 4, header.CorrelationId);

        var connection = _time.Await(connecting);
        Send(connection, new HeartbeatRequest());
        var metadata = connection.SendAsync<MetadataRequest, MetadataResponse>(new(), Timeout);
        Assert.Equal(5, TakeRequest().Header.RequestApiVersion);
        Assert.False(metadata.IsCompleted);
    }

    [Fact]
    public void A_refusal_that_names_a_range_is_followed()
    {
        var connecting = ConnectAsync(Options);
        TakeRequest();
        var refusal = VersionsOf((ApiKey.ApiVersions, 0, 2));
        refusal.ErrorCode = ErrorCode.UnsupportedVersion;
        Respond(refusal, 0, 0);
        var (header, _) = TakeRequest();
        Assert.Equal(2, header.RequestApiVersion);
        Respond(VersionsOf((ApiKey.Heartbeat, 0, 1)), 2, header.CorrelationId);
        Assert.Equal((short)1, _time.Await(connecting).Versions.Choose(ApiCatalog.Heartbeat));
    }

    [Fact]
    public void A_refusal_that_names_nothing_is_followed_by_version_0()
    {
        var connecting = ConnectAsync(Options);
        TakeRequest();
        Respond(new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion }, 0, 0);
        var (header, _) = TakeRequest();
        Assert.Equal(0, header.RequestApiVersion);
        Respond(VersionsOf((ApiKey.Heartbeat, 0, 1)), 0, header.CorrelationId);
        Assert.True(_time.Await(connecting).IsOpen);
    }

    [Fact]
    public void A_peer_that_hangs_up_when_asked_is_described()
    {
        var connecting = ConnectAsync(Options);
        TakeRequest();
        Broker.FinishInbound();
        var failure = Assert.Throws<RpcDisconnectedException>(() => _time.Await(connecting));
        Assert.Contains("broker:9092", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ZooKeeper", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broker_before_0_10_is_spoken_to_in_its_own_versions_where_that_is_wanted()
    {
        var connecting = ConnectAsync(Options with { VersionsOfOldBrokers = BrokerApiVersions.Kafka09 });
        TakeRequest();
        Broker.FinishInbound();
        var connection = _time.Await(connecting);
        Assert.Equal(2, _transport.Count);
        var answer = connection.SendAsync<MetadataRequest, MetadataResponse>(new(), Timeout);
        var (header, _) = TakeRequest();
        Assert.Equal(0, header.RequestApiVersion);
        Respond(new MetadataResponse(), 0, header.CorrelationId);
        Assert.Empty(_time.Await(answer).Message.Topics);
    }

    [Theory]
    [InlineData("485454502F312E3120343030", "HTTP")]
    [InlineData("15030300020246", "TLS")]
    public void A_peer_that_answers_in_another_protocol_is_named(string bytes, string name)
    {
        var connecting = ConnectAsync(Options with { VersionsOfOldBrokers = BrokerApiVersions.Kafka09 });
        TakeRequest();
        Broker.WriteInbound(Convert.FromHexString(bytes));
        var failure = Assert.Throws<RpcDisconnectedException>(() => _time.Await(connecting));
        Assert.Contains($"it answered with {name}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_are_sent_without_waiting_and_answered_in_order()
    {
        const int Count = 10_000;
        var connection = Connect();
        var answers = Enumerable.Range(0, Count).Select(_ => Send(connection, new HeartbeatRequest())).ToList();
        _time.RunUntilIdle();
        var frames = Frames.Split(Broker.TakeOutbound());
        Assert.Equal(Count, frames.Count);
        Broker.WriteInbound(
        [
            .. frames.SelectMany((frame, i) => Frames.Response(
                new HeartbeatResponse { ThrottleTimeMs = i }, 4, Frames.ReadRequest(frame).Header.CorrelationId)),
        ]);
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(i, _time.Await(answers[i]).Message.ThrottleTimeMs);
        }
    }

    [Fact]
    public void An_answer_out_of_order_ends_the_connection_and_all_that_wait()
    {
        var connection = Connect();
        var first = Send(connection, new HeartbeatRequest());
        var second = Send(connection, new HeartbeatRequest());
        TakeRequests();
        Respond(new HeartbeatResponse(), 4, 1);
        Assert.Throws<MalformedDataException>(() => _time.Await(first));
        Assert.Throws<RpcDisconnectedException>(() => _time.Await(second));
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public void An_answer_that_cannot_be_read_ends_the_connection()
    {
        var connection = Connect();
        var answer = Send(connection, new HeartbeatRequest());
        TakeRequests();
        Broker.WriteInbound(Frames.Raw(0, 0, 0, 0, 0));
        Assert.Throws<MalformedDataException>(() => _time.Await(answer));
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public void An_answer_nobody_asked_for_ends_the_connection()
    {
        var connection = Connect();
        Respond(new HeartbeatResponse(), 4, 0);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public void A_request_that_is_not_answered_in_time_ends_the_connection()
    {
        var connection = Connect();
        var slow = connection.SendAsync<HeartbeatRequest, HeartbeatResponse>(new(), TimeSpan.FromSeconds(60));
        var quick = connection.SendAsync<HeartbeatRequest, HeartbeatResponse>(new(), TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.True(connection.IsOpen);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        var failure = Assert.Throws<RpcTimeoutException>(() => _time.Await(quick));
        Assert.Contains("Heartbeat", failure.Message, StringComparison.Ordinal);
        Assert.Throws<RpcDisconnectedException>(() => _time.Await(slow));
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public void An_answer_in_time_leaves_no_timer_that_harms_later_requests()
    {
        var connection = Connect();
        var first = Send(connection, new HeartbeatRequest());
        var (header, _) = TakeRequest();
        Respond(new HeartbeatResponse(), 4, header.CorrelationId);
        _time.Await(first);
        _time.Advance(Timeout - TimeSpan.FromSeconds(1));
        var second = Send(connection, new HeartbeatRequest());
        _time.Advance(TimeSpan.FromSeconds(20));
        (header, _) = TakeRequest();
        Respond(new HeartbeatResponse(), 4, header.CorrelationId);
        Assert.Equal(ErrorCode.None, _time.Await(second).Message.ErrorCode);
    }

    [Fact]
    public void A_broken_connection_fails_what_waits_and_what_comes_later()
    {
        var connection = Connect();
        var waiting = Send(connection, new HeartbeatRequest());
        _time.RunUntilIdle();
        Broker.Break(new ConnectionResetException("reset by peer"));
        Assert.Contains("reset by peer", Assert.Throws<RpcDisconnectedException>(() => _time.Await(waiting)).Message, StringComparison.Ordinal);
        Assert.Throws<RpcDisconnectedException>(() => _time.Await(Send(connection, new HeartbeatRequest())));
    }

    [Fact]
    public void Closing_fails_what_waits()
    {
        var connection = Connect();
        var waiting = Send(connection, new HeartbeatRequest());
        connection.Close();
        Assert.Throws<RpcDisconnectedException>(() => _time.Await(waiting));
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public void A_produce_without_acknowledgement_ends_when_it_is_sent()
    {
        var connection = Connect();
        var answer = connection.SendAsync<ProduceRequest, ProduceResponse>(new() { Acks = 0 }, Timeout);
        Assert.Empty(_time.Await(answer).Message.Responses);
        Assert.IsType<ProduceRequest>(TakeRequest().Body);
        var next = Send(connection, new HeartbeatRequest());
        var (header, _) = TakeRequest();
        Respond(new HeartbeatResponse(), 4, header.CorrelationId);
        Assert.Equal(ErrorCode.None, _time.Await(next).Message.ErrorCode);
    }

    [Fact]
    public void Records_of_an_answer_stay_until_it_is_disposed_of()
    {
        var connection = Connect();
        var answer = connection.SendAsync<FetchRequest, FetchResponse>(new(), Timeout, maxVersion: 11);
        var (header, _) = TakeRequest();
        var sent = new FetchResponse
        {
            Responses = [new() { Topic = "t", Partitions = [new() { Records = new byte[] { 1, 2, 3 } }] }],
        };
        Respond(sent, 11, header.CorrelationId);
        using var response = _time.Await(answer);
        Broker.WriteInbound([0]);
        Assert.Equal([1, 2, 3], response.Message.Responses[0].Partitions[0].Records.Memory.ToArray());
        Assert.NotNull(response.Memory);
    }

    [Fact]
    public void A_request_the_broker_does_not_speak_is_refused_unsent()
    {
        var connection = Connect(new BrokerApiVersions([new((short)ApiKey.Fetch, 0, 3)]));
        var unknown = Assert.Throws<UnsupportedVersionException>(() => _time.Await(Send(connection, new HeartbeatRequest())));
        Assert.Contains("does not support Heartbeat", unknown.Message, StringComparison.Ordinal);
        var request = new FetchRequest { ForgottenTopicsData = [new()] };
        Assert.Throws<UnsupportedVersionException>(() => _time.Await(connection.SendAsync<FetchRequest, FetchResponse>(request, Timeout)));
        Assert.Equal(0, Broker.OutboundLength);
        Assert.True(connection.IsOpen);
    }

    [Fact]
    public void Client_and_broker_end_speak_to_each_other()
    {
        using var broker = new BrokerEnd(new StubHandler<MetadataRequest, MetadataResponse>((request, _) => new(new MetadataResponse
        {
            Topics = [.. request.Topics!.Select(topic => new MetadataResponse.MetadataResponseTopic { Name = topic.Name })],
        })));
        var connecting = ConnectAsync(Options);
        Exchange(broker);
        var connection = _time.Await(connecting);
        Assert.Equal((short)12, connection.Versions.Choose(ApiCatalog.Metadata));
        var answer = connection.SendAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = "orders" }] }, Timeout);
        Exchange(broker);
        Assert.Equal("orders", Assert.Single(_time.Await(answer).Message.Topics).Name);
    }

    private static ApiVersionsResponse VersionsOf(params (ApiKey Key, short Min, short Max)[] ranges) => new()
    {
        ApiKeys = [.. ranges.Select(range => new ApiVersionsResponse.ApiVersion { ApiKey = (short)range.Key, MinVersion = range.Min, MaxVersion = range.Max })],
    };

    private static Task<RpcResponse<HeartbeatResponse>> Send(RpcConnection connection, HeartbeatRequest request) =>
        connection.SendAsync<HeartbeatRequest, HeartbeatResponse>(request, Timeout);

    private Task<RpcConnection> ConnectAsync(RpcConnectionOptions options) =>
        _caller.InvokeAsync(() => RpcConnection.ConnectAsync(_transport, options));

    private RpcConnection Connect(BrokerApiVersions? versions = null) =>
        _time.Await(ConnectAsync(Options with { Versions = versions ?? BrokerApiVersions.Unlimited }));

    private void Exchange(BrokerEnd broker)
    {
        _time.RunUntilIdle();
        broker.Channel.WriteInbound(Broker.TakeOutbound());
        Broker.WriteInbound(broker.Channel.TakeOutbound());
    }

    private (RequestHeader Header, IRequest Body) TakeRequest() => Assert.Single(TakeRequests());

    private List<(RequestHeader Header, IRequest Body)> TakeRequests()
    {
        _time.RunUntilIdle();
        return [.. Frames.Split(Broker.TakeOutbound()).Select(Frames.ReadRequest)];
    }

    private void Respond(IResponse response, short version, int correlationId) =>
        Broker.WriteInbound(Frames.Response(response, version, correlationId));
}
