using System.Text;
using ClassicBroker.Platform;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Rpc.Tests.Client;

public sealed class ZooKeeperProbeTests
{
    private static readonly RpcConnectionOptions Options = new() { Host = "zookeeper", Port = 2181, ClientId = "me" };

    private readonly ManualTime _time = new();
    private readonly FakeTransport _transport;
    private readonly Task<bool> _probed;

    public ZooKeeperProbeTests()
    {
        _transport = new(_time);
        _probed = _time.CreateLoop("caller").InvokeAsync(() => ZooKeeperProbe.IsZooKeeperAsync(_transport, Options));
        _time.RunUntilIdle();
    }

    [Theory]
    [InlineData("Zookeeper version: 3.8.4-9316c2a7a97e1666d8f4593f34dd6fc36ecc436c, built on 2024-02-12 22:16 UTC\n")]
    [InlineData("srvr is not executed because it is not in the whitelist.\n")]
    [InlineData("This ZooKeeper instance is not currently serving requests\n")]
    public void What_answers_as_a_ZooKeeper_is_one(string answer)
    {
        Assert.Equal("srvr", Encoding.ASCII.GetString(_transport.Last.TakeOutbound()));
        _transport.Last.WriteInbound(Encoding.ASCII.GetBytes(answer));
        Assert.True(_time.Await(_probed));
        Assert.False(_transport.Last.Open);
    }

    [Fact]
    public void What_answers_otherwise_is_none()
    {
        _transport.Last.WriteInbound("HTTP/1.1 400 Bad Request\r\n"u8.ToArray());
        Assert.False(_time.Await(_probed));
    }

    [Fact]
    public void What_hangs_up_is_none()
    {
        _transport.Last.Run(_transport.Last.Close);
        Assert.False(_time.Await(_probed));
    }

    [Fact]
    public void What_says_nothing_is_none()
    {
        _time.AdvanceMs(1_000);
        Assert.False(_time.Await(_probed));
        Assert.False(_transport.Last.Open);
    }
}
