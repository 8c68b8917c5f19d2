using ClassicBroker.Platform;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Tests.Quotas;

/// <summary>How fast an address may connect (KIP-612), from its znode to the port.</summary>
public sealed class AddressRateTests
{
    private const int Tries = 30;

    private readonly InProcessBroker _broker = new();
    private readonly ManualEventLoop _loop;
    private readonly InMemoryNetwork _network;
    private int _changes = 90;

    public AddressRateTests()
    {
        _network = new InMemoryNetwork(_broker.Time, new SeededRandomSource(1));
        _loop = _broker.Time.CreateLoop("clients");
        _broker.ListenOn(_network, "broker");
    }

    [Fact]
    public void The_rate_in_a_znode_holds_for_its_address_alone_until_it_is_removed()
    {
        var limited = _network.AddHost("limited", _loop);
        var other = _network.AddHost("other", _loop);
        Set($"ips/{limited.Address}", """{"connection_creation_rate":"1"}""");

        // The eleventh within an assumed 10 s is more than one a second.
        Assert.Equal(10, Connect(limited));
        Assert.Equal(Tries, Connect(other));

        Set($"ips/{limited.Address}", "{}");
        Assert.Equal(10 + Tries, Connect(limited));
    }

    [Fact]
    public void The_default_holds_for_addresses_without_a_rate_of_their_own()
    {
        var own = _network.AddHost("own", _loop);
        var other = _network.AddHost("other", _loop);
        Set("ips/<default>", """{"connection_creation_rate":"1"}""");
        Set($"ips/{own.Address}", """{"connection_creation_rate":"2"}""");
        Assert.Equal(20, Connect(own));
        Assert.Equal(10, Connect(other));
    }

    private void Set(string entity, string config)
    {
        _broker.ZooKeeper.Put($"/config/{entity}", $$"""{"version":1,"config":{{config}}}""");
        _broker.ZooKeeper.Put(
            $"/config/changes/config_change_{_changes++:0000000000}", $$"""{"version":2,"entity_path":"{{entity}}"}""");
        _broker.Time.RunUntilIdle();
    }

    /// <summary>Tries to connect many times at once; how many connections the broker has with the host then.</summary>
    private int Connect(InMemoryTransport host)
    {
        for (var number = 0; number < Tries; number++)
        {
            _broker.Time.Await(_loop.InvokeAsync(() => host.ConnectAsync(
                new ConnectOptions { Host = "broker", Port = 9092, Initializer = _ => { } })));
        }

        _broker.Time.RunUntilIdle();
        return _network.PeersOf("broker").Count(peer => peer == host.Host);
    }
}
