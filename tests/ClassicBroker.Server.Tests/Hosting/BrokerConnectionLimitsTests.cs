using System.Net;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Tests.Hosting;

public sealed class BrokerConnectionLimitsTests : IAddressResolver
{
    private const long OpenFilesMax = 100_000;

    private static readonly IPAddress One = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Other = IPAddress.Parse("10.0.0.2");

    [Fact]
    public async Task Without_a_limit_connections_leave_files_to_the_logs_and_one_address_leaves_half_of_them_to_others()
    {
        var limits = await ReadAsync();
        Assert.Equal((75_000, 37_500), (limits.TotalMax, limits.ForAddress(One)));

        limits = await ReadAsync("max.connections.per.ip=2147483647");
        Assert.Equal((75_000, int.MaxValue), (limits.TotalMax, limits.ForAddress(One)));

        limits = await ReadAsync("max.connections=2147483647");
        Assert.Equal((int.MaxValue, 37_500), (limits.TotalMax, limits.ForAddress(One)));
    }

    [Fact]
    public async Task Nothing_said_of_listeners_and_rates_is_no_limit()
    {
        var limits = await ReadAsync();

        Assert.Equal(int.MaxValue, limits.ForListener("PLAINTEXT"));
        Assert.Equal(int.MaxValue, limits.CreationRateMax);
        Assert.Empty(limits.ListenerCreationRateMax);
        Assert.Equal("PLAINTEXT", limits.ProtectedListener);
    }

    [Fact]
    public async Task Overrides_hold_for_all_addresses_of_a_host()
    {
        var limits = await ReadAsync("max.connections.per.ip=5", "max.connections.per.ip.overrides=two.example:7, [::1]:9,127.0.0.1:0");

        Assert.Equal(7, limits.ForAddress(One));
        Assert.Equal(7, limits.ForAddress(Other));
        Assert.Equal(9, limits.ForAddress(IPAddress.IPv6Loopback));
        Assert.Equal(0, limits.ForAddress(IPAddress.Loopback));
        Assert.Equal(5, limits.ForAddress(IPAddress.Parse("10.0.0.3")));
    }

    [Fact]
    public async Task Prefixed_limits_are_the_listeners_and_the_plain_ones_the_brokers()
    {
        var limits = await ReadAsync(
            "listeners=PLAINTEXT://h:1,OUTER://h:2",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,OUTER:PLAINTEXT",
            "max.connections=100",
            "max.connection.creation.rate=50",
            "listener.name.outer.max.connections=10",
            "listener.name.outer.max.connection.creation.rate=2");

        Assert.Equal(100, limits.TotalMax);
        Assert.Equal(10, limits.ForListener("OUTER"));
        Assert.Equal(int.MaxValue, limits.ForListener("PLAINTEXT"));
        Assert.Equal(50, limits.CreationRateMax);
        Assert.Equal(2, Assert.Single(limits.ListenerCreationRateMax).Value);
    }

    [Fact]
    public async Task A_host_without_an_address_is_named()
    {
        var refused = await Assert.ThrowsAsync<ConfigException>(() => ReadAsync("max.connections.per.ip.overrides=nowhere.example:7"));

        Assert.StartsWith("Invalid value nowhere.example:7 for configuration max.connections.per.ip.overrides: ", refused.Message);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("host:many")]
    [InlineData("host:-1")]
    [InlineData(":7")]
    public void An_override_that_is_no_host_and_count_is_refused_before_any_name_is_looked_up(string text) =>
        Assert.Contains("is not host:count", Assert.Throws<ConfigException>(() => Config($"max.connections.per.ip.overrides={text}")).Message);

    Task<IReadOnlyList<IPAddress>> IAddressResolver.ResolveAsync(string host, CancellationToken cancellation) =>
        host == "two.example" ? Task.FromResult<IReadOnlyList<IPAddress>>([One, Other])
        : IPAddress.TryParse(host, out var literal) ? Task.FromResult<IReadOnlyList<IPAddress>>([literal])
        : throw new UnknownHostException(host, "no such name");

    private static KafkaConfig Config(params string[] lines) =>
        KafkaConfig.From(JavaProperties.Parse("zookeeper.connect=zk:1\n" + string.Join('\n', lines)), "host.example");

    private Task<ConnectionLimits> ReadAsync(params string[] lines) => BrokerConnectionLimits.ReadAsync(Config(lines), this, OpenFilesMax);
}
