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
    public void Times_of_a_request_are_told_stop_by_stop()
    {
        var waiting = new List<TaskCompletionSource<HeartbeatResponse?>>();
        var handler = new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, context) =>
        {
            waiting.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
            return new(waiting[^1].Task);
        });
        using var broker = new BrokerEnd(handler);
        broker.Log.MinLevel = LogLevel.Debug;
        broker.Send(new HeartbeatRequest(), 0, 1);
        broker.Channel.Time.AdvanceMs(3);
        broker.Send(new HeartbeatRequest(), 0, 2);
        broker.Channel.Time.AdvanceMs(4);
        broker.Channel.Run(() => waiting[1].SetResult(new()));
        broker.Channel.Time.AdvanceMs(10);
        broker.Channel.Run(() => waiting[0].SetResult(new()));
        Assert.Equal(["total 17 queue 0 local 0 remote 17 response 0 send 0", "total 14 queue 0 local 0 remote 4 response 10 send 0"], Times(broker));
    }

    [Fact]
    public void A_request_without_an_answer_has_its_times_too()
    {
        using var broker = new BrokerEnd(new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => default));
        broker.Log.MinLevel = LogLevel.Debug;
        broker.Send(new HeartbeatRequest(), 0, 1);
        Assert.Equal(["total 0 queue 0 local 0 remote 0 response 0 send 0"], Times(broker));
    }

    [Fact]
    public void Sending_lasts_until_the_peer_has_taken_the_answer()
    {
        using var broker = new BrokerEnd(new StubHandler<HeartbeatRequest, HeartbeatResponse>((_, _) => new(new HeartbeatResponse())));
        broker.Log.MinLevel = LogLevel.Debug;
        broker.Channel.PeerTakes = false;
        broker.Send(new HeartbeatRequest(), 0, 1);
        Assert.Empty(Times(broker));
        broker.Channel.Time.AdvanceMs(25);
        broker.Channel.PeerTakes = true;
        broker.TakeAnswered();
        Assert.Equal(["total 25 queue 0 local 0 remote 0 response 0 send 25"], Times(broker));
    }

    private static List<string> Times(BrokerEnd broker) =>
    [
        .. broker.Log.Lines.Select(line =>
        {
            using var json = JsonDocument.Parse(line[(line.IndexOf('{', StringComparison.Ordinal))..]);
            string Ms(string name) => $"{json.RootElement.GetProperty(name).GetDouble()}";
            return $"total {Ms("totalTimeMs")} queue {Ms("requestQueueTimeMs")} local {Ms("localTimeMs")} remote {Ms("remoteTimeMs")} "
                + $"response {Ms("responseQueueTimeMs")} send {Ms("sendTimeMs")}";
        }),
    ];

    [Fact]
    public void A_log_that_is_off_is_not_written_to()
    {
        using var broker = new BrokerEnd(new StubHandler<FetchRequest, FetchResponse>((_, _) => new(new FetchResponse())));
        broker.Send(new FetchRequest(), 3, 7);
        Assert.Empty(broker.Log.Lines);
    }
}
