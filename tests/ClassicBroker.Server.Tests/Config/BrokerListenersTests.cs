using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Tests.Config;

public sealed class BrokerListenersTests
{
    private static BrokerListeners Read(params string[] lines)
    {
        var properties = JavaProperties.Parse(string.Join('\n', lines));
        return BrokerListeners.From(properties, BrokerConfigDefinition.Keys.Parse(properties), "host.example");
    }

    [Fact]
    public void Without_a_word_the_broker_listens_everywhere_and_advertises_its_host_name()
    {
        var listeners = Read();
        Assert.Equal("PLAINTEXT://:9092", Assert.Single(listeners.Bound).ToString());
        Assert.Equal("PLAINTEXT://host.example:9092", Assert.Single(listeners.Advertised).ToString());
        Assert.Equal("PLAINTEXT", listeners.InterBroker);
    }

    [Fact]
    public void Keys_of_old_releases_still_make_a_listener()
    {
        var listeners = Read("port=9999", "host.name=127.0.0.1", "advertised.host.name=out.example", "advertised.port=19999");
        Assert.Equal("PLAINTEXT://127.0.0.1:9999", Assert.Single(listeners.Bound).ToString());
        Assert.Equal("PLAINTEXT://out.example:19999", Assert.Single(listeners.Advertised).ToString());
    }

    [Fact]
    public void Listeners_win_over_the_old_keys() =>
        Assert.Equal("PLAINTEXT://a:1", Read("port=9999", "listeners=PLAINTEXT://a:1").Bound[0].ToString());

    [Fact]
    public void Names_are_mapped_to_protocols_and_ipv6_keeps_its_brackets()
    {
        var listeners = Read(
            "listeners=internal://[::1]:9092,EXTERNAL://0.0.0.0:9093",
            "advertised.listeners=INTERNAL://[::1]:9092,EXTERNAL://ext.example:443",
            "listener.security.protocol.map=INTERNAL:PLAINTEXT,EXTERNAL:SSL",
            "inter.broker.listener.name=INTERNAL");
        Assert.Equal("INTERNAL://[::1]:9092", listeners.Bound[0].ToString());
        Assert.Equal("::1", listeners.Bound[0].Host);
        Assert.Equal(Primitives.SecurityProtocol.Ssl, listeners.Bound[1].SecurityProtocol);
        Assert.Equal("INTERNAL", listeners.InterBroker);
    }

    [Theory]
    [InlineData("listeners=PLAINTEXT://a:1,PLAINTEXT://a:2", "different name")]
    [InlineData("listeners=PLAINTEXT://a:1,SSL://a:1", "one needs to be IPv4 and the other IPv6, listeners: PLAINTEXT://a:1,SSL://a:1, port: 1")]
    [InlineData("listeners=FOO://a:1", "No security protocol defined for listener FOO")]
    [InlineData("listeners=PLAINTEXT:a:1", "Unable to parse PLAINTEXT:a:1 to a broker endpoint")]
    [InlineData("listeners=PLAINTEXT://a:99999", "Unable to parse")]
    [InlineData("listeners=PLAINTEXT://a:1\nadvertised.listeners=PLAINTEXT://0.0.0.0:1", "nonroutable meta-address 0.0.0.0")]
    [InlineData("listeners=SSL://a:1", "inter.broker.listener.name must be a listener name defined in advertised.listeners")]
    [InlineData("listeners=PLAINTEXT://a:1\nadvertised.listeners=PLAINTEXT://a:1,SSL://b:2", "must be equal to or a subset")]
    [InlineData("inter.broker.listener.name=PLAINTEXT\nsecurity.inter.broker.protocol=PLAINTEXT", "Only one of")]
    [InlineData("inter.broker.listener.name=NOPE", "not found in listener.security.protocol.map")]
    [InlineData("listener.security.protocol.map=A:B", "security protocol")]
    [InlineData("control.plane.listener.name=PLAINTEXT", "control.plane.listener.name")]
    public void Contradictions_are_refused(string lines, string fragment) =>
        Assert.Contains(fragment, Assert.Throws<ConfigException>(() => Read(lines)).Message);

    [Fact]
    public void One_port_may_serve_an_ipv4_and_an_ipv6_address() =>
        Assert.Equal(2, Read("listeners=PLAINTEXT://127.0.0.1:1,SSL://[::1]:1").Bound.Count);
}
