using ClassicBroker.Platform.Metrics;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing.Channels;
using ClassicBroker.Testing;

namespace ClassicBroker.Rpc.Tests;

public sealed class ApiVersionsHandlerTests
{
    private static readonly StubHandler<HeartbeatRequest, HeartbeatResponse> Heartbeats =
        new((_, _) => new(new HeartbeatResponse()));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_answer_is_the_table_of_handlers(short version)
    {
        using var broker = new BrokerEnd(new StubHandler<MetadataRequest, MetadataResponse>((_, _) => new(new MetadataResponse())), Heartbeats);
        broker.Send(new ApiVersionsRequest { ClientSoftwareName = "a", ClientSoftwareVersion = "1" }, version, 1);
        var response = broker.TakeResponse<ApiVersionsResponse>(version).Body;
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal(
            [(3, 0, 12), (12, 0, 4), (17, 0, 1), (18, 0, 4), (36, 0, 2)],
            response.ApiKeys.Select(range => ((int)range.ApiKey, (int)range.MinVersion, (int)range.MaxVersion)));
    }

    [Fact]
    public void Features_are_added_by_whoever_knows_them()
    {
        var metrics = new RequestMetrics(new MeterScope(TimeProvider.System));
        var pipeline = new RequestPipeline(
            new("PLAINTEXT", SecurityProtocol.Plaintext),
            new RequestDispatcher([], response => response.FinalizedFeaturesEpoch = 5),
            RequestLimits.Default,
            new(0, new MeterScope(TimeProvider.System)),
            metrics,
            new(new RecordingLoggers()));
        var channel = new EmbeddedChannel(new ChannelInitializer(channel => pipeline.Initialize(channel)));
        channel.WriteInbound(Frames.Request(new ApiVersionsRequest { ClientSoftwareName = "a", ClientSoftwareVersion = "1" }, 3, 1));
        var answer = Assert.Single(Frames.Split(channel.TakeOutbound()));
        Assert.Equal(5, Frames.ReadResponse<ApiVersionsResponse>(answer, 3).Body.FinalizedFeaturesEpoch);
    }

    [Fact]
    public void Two_handlers_of_one_api_are_refused() =>
        Assert.Throws<ArgumentException>(() => new RequestDispatcher([Heartbeats, Heartbeats]));

    [Fact]
    public void The_clients_software_is_remembered()
    {
        using var broker = new BrokerEnd();
        broker.Send(new ApiVersionsRequest { ClientSoftwareName = "kafka-python", ClientSoftwareVersion = "2.0.2" }, 3, 1);
        Assert.Equal(("kafka-python", "2.0.2"), (broker.Connection.SoftwareName, broker.Connection.SoftwareVersion));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("9", true)]
    [InlineData("confluent-kafka-dotnet", true)]
    [InlineData("1.7.0-rdkafka-2.0.2", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a.", false)]
    [InlineData("a b", false)]
    [InlineData("\u00e4", false)]
    public void Software_names_follow_KIP_511(string name, bool valid)
    {
        using var broker = new BrokerEnd();
        broker.Send(new ApiVersionsRequest { ClientSoftwareName = name, ClientSoftwareVersion = "1" }, 3, 1);
        var response = broker.TakeResponse<ApiVersionsResponse>(3).Body;
        Assert.Equal(valid ? ErrorCode.None : ErrorCode.InvalidRequest, response.ErrorCode);
        Assert.True(broker.Channel.Open);
    }
}
