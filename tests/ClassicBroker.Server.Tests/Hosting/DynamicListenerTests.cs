using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hosting;

/// <summary>Listeners that come, go and move while the broker runs, and what the cluster is told of them.</summary>
public sealed class DynamicListenerTests
{
    private const string Map = "PLAINTEXT:PLAINTEXT,EXTRA:PLAINTEXT";

    private readonly InProcessBroker _broker = new();

    private IncrementalAlterConfigsResponse.AlterConfigsResourceResponse Set(params (string Key, string? Value)[] configs)
    {
        var answer = _broker.Connect("test", 0).Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources =
                [
                    new()
                    {
                        ResourceType = 4,
                        ResourceName = "0",
                        Configs =
                        [
                            .. configs.Select(config => new IncrementalAlterConfigsRequest.AlterableConfig
                            {
                                Name = config.Key, ConfigOperation = (sbyte)(config.Value is null ? 1 : 0), Value = config.Value,
                            }),
                        ],
                    },
                ],
            },
            1).Responses[0];
        _broker.Time.RunUntilIdle();
        return answer;
    }

    private string Registration => _broker.ZooKeeper.Text("/brokers/ids/0")!;

    [Fact]
    public void A_listener_that_is_added_serves_and_is_registered()
    {
        var answer = Set(("listener.security.protocol.map", Map), ("listeners", "PLAINTEXT://127.0.0.1:9092,EXTRA://127.0.0.1:9093"));

        Assert.Equal((ErrorCode.None, 2), (answer.ErrorCode, _broker.Server.Ports.Count));
        Assert.Equal(9093, _broker.Server.Ports["EXTRA"]);
        Assert.Contains("\"endpoints\":[\"PLAINTEXT://127.0.0.1:9092\",\"EXTRA://127.0.0.1:9093\"]", Registration);
        var seen = _broker.Connect("test", 1).Ask<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 9);
        Assert.Equal(9093, Assert.Single(seen.Brokers).Port);
    }

    [Fact]
    public void A_listener_that_is_removed_closes_its_connections_and_leaves_those_of_others()
    {
        Set(("listener.security.protocol.map", Map), ("listeners", "PLAINTEXT://127.0.0.1:9092,EXTRA://127.0.0.1:9093"));
        var (kept, lost) = (_broker.Connect("test", 0), _broker.Connect("test", 1));

        Assert.Equal(ErrorCode.None, Set(("listeners", null)).ErrorCode);

        Assert.Equal((true, false), (kept.IsOpen, lost.IsOpen));
        Assert.Equal(["PLAINTEXT"], _broker.Server.Ports.Keys);
        Assert.DoesNotContain("EXTRA", Registration.Split("\"endpoints\":")[1]);
    }

    [Fact]
    public void A_listener_that_moves_is_found_at_its_new_port()
    {
        Assert.Equal(ErrorCode.None, Set(("listeners", "PLAINTEXT://127.0.0.1:9099")).ErrorCode);
        Assert.Equal(9099, _broker.Server.Ports["PLAINTEXT"]);
        Assert.Contains("PLAINTEXT://127.0.0.1:9099", Registration);
    }

    [Fact]
    public void What_is_advertised_changes_without_a_restart_and_holds_for_the_next_session_too()
    {
        Assert.Equal(ErrorCode.None, Set(("advertised.listeners", "PLAINTEXT://elsewhere:9092")).ErrorCode);
        Assert.Contains("PLAINTEXT://elsewhere:9092", Registration);

        _broker.Session!.Expire();
        _broker.Time.AdvanceMs(60_000);

        Assert.Contains("PLAINTEXT://elsewhere:9092", Registration);
    }

    [Theory]
    [InlineData("listener.security.protocol.map", "PLAINTEXT:SSL", "Security protocol cannot be updated for existing listener ListenerName(PLAINTEXT)")]
    [InlineData("listeners", "PLAINTEXT://127.0.0.1:9092,EXTRA://127.0.0.1:9093", "No security protocol defined for listener EXTRA")]
    [InlineData("listeners", "PLAINTEXT://127.0.0.1:1", "cannot be opened here")]
    [InlineData("advertised.listeners", "EXTRA://127.0.0.1:9092", "No security protocol defined for listener EXTRA")]
    public void What_the_broker_cannot_do_is_refused_and_changes_nothing(string key, string value, string reason)
    {
        _broker.RefusePort(1, "cannot be opened here");

        var answer = Set((key, value));

        Assert.Equal(ErrorCode.InvalidRequest, answer.ErrorCode);
        Assert.Contains(reason, answer.ErrorMessage);
        Assert.Equal(9092, _broker.Server.Ports["PLAINTEXT"]);
        Assert.Contains("PLAINTEXT://127.0.0.1:9092", Registration);
    }

    [Fact]
    public void A_listener_that_ZooKeeper_names_and_that_cannot_be_opened_keeps_the_broker_from_starting()
    {
        _broker.Stop();
        _broker.ZooKeeper.Put("/config/brokers/0", """{"version":1,"config":{"listeners":"PLAINTEXT://:1"}}""");
        _broker.RefusePort(1, "Permission denied");

        var refused = Assert.Throws<StartException>(_broker.Start);

        Assert.Contains("Permission denied", refused.Message);
    }
}
