using ClassicBroker.Testing.Loops;
using ClassicBroker.ZooKeeper.Jute;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.ZooKeeper.Tests.Client;

/// <summary>How long a client bears with a server that says nothing, and may have no session without knowing.</summary>
public sealed class SilenceTests
{
    private readonly ManualTime _time = new();
    private readonly ScriptedConnector _connector = new();

    [Fact]
    public void Silence_counts_from_the_moment_the_last_answered_request_was_sent()
    {
        var client = Start();
        var server = _connector.Last;
        server.AcceptSession(_time.RunUntilIdle);
        _time.AdvanceMs(1000);
        Assert.Equal(1000, client.SilenceMs);
        var read = client.ExistsAsync("/a", watch: false);
        _time.AdvanceMs(500);
        Assert.Equal(1500, client.SilenceMs);
        server.Reply(server.NextRequest().Header.Xid, 1, ZooKeeperError.NoNode);
        Assert.Null(_time.Await(read));
        Assert.Equal(500, client.SilenceMs);

        _time.AdvanceMs(2500);
        Assert.Equal(OpCode.Ping, server.NextRequest().Header.Type);
        _time.AdvanceMs(100);
        Assert.Equal(3100, client.SilenceMs);
        server.Reply(SpecialXid.Ping, 1, ZooKeeperError.None);
        _time.RunUntilIdle();
        Assert.Equal(100, client.SilenceMs);
        server.Lose("cut");
        _time.AdvanceMs(50);
        Assert.Equal(150, client.SilenceMs);
    }

    [Fact]
    public void A_server_without_an_answer_is_left_in_time_for_the_session_that_was_granted()
    {
        Start();
        _connector.Last.AcceptSession(_time.RunUntilIdle, timeoutMs: 1500);
        _connector.Last.Lose();
        while (_connector.Attempts.Count == 1)
        {
            _time.AdvanceMs(1);
        }

        var silent = _connector.Last;
        silent.Accept();
        _time.AdvanceMs(499);
        Assert.False(silent.IsClosed);
        _time.AdvanceMs(1);
        Assert.True(silent.IsClosed);
    }

    private ZooKeeperClient Start()
    {
        var options = new ZooKeeperClientOptions { Connect = ZooKeeperConnectString.Parse("localhost:2181"), SessionTimeoutMs = 9000 };
        var client = ZooKeeperClient.Start(
            options, _connector, _time.CreateLoop("zookeeper"), new FixedRandom(), NullLogger.Instance);
        _time.RunUntilIdle();
        return client;
    }
}
