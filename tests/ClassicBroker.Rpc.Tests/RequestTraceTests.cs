using System.Text.Json;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Rpc.Tests;

public sealed class RequestTraceTests
{
    [Fact]
    public void A_completed_request_is_logged_as_the_JSON_Kafka_logs()
    {
        using var broker = new BrokerEnd(new StubHandler<FetchRequest, FetchResponse>((_, _) => new(new FetchResponse())));
        broker.Log.MinLevel = LogLevel.Debug;
        broker.Send(new FetchRequest(), 3, 7);
        var line = Assert.Single(broker.Log.Lines);
        const string Prefix = "Debug: Completed request:";
        Assert.StartsWith(Prefix, line, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(line[Prefix.Length..]);
        var header = json.RootElement.GetProperty("requestHeader");
        Assert.Equal(
            (1, 3, 7, "test", "Fetch", true),
            (header.GetProperty("requestApiKey").GetInt32(), header.GetProperty("requestApiVersion").GetInt32(),
            header.GetProperty("correlationId").GetInt32(), header.GetProperty("clientId").GetString(),
            header.GetProperty("requestApiKeyName").GetString(), header.GetProperty("requestApiVersionDeprecated").GetBoolean()));
        Assert.Equal("User:ANONYMOUS", json.RootElement.GetProperty("principal").GetString());
        Assert.Equal("PLAINTEXT", json.RootElement.GetProperty("securityProtocol").GetString());
        Assert.Equal(8 + 2 + 4 + 20, json.RootElement.GetProperty("requestBytes").GetInt32());
        Assert.Equal(12, json.RootElement.GetProperty("responseBytes").GetInt32());
    }

    [Fact]
    public void A_log_that_is_off_is_not_written_to()
    {
        using var broker = new BrokerEnd(new StubHandler<FetchRequest, FetchResponse>((_, _) => new(new FetchResponse())));
        broker.Send(new FetchRequest(), 3, 7);
        Assert.Empty(broker.Log.Lines);
    }
}
