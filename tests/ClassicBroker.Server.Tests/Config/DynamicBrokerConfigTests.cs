using ClassicBroker.Server.Config;
using ClassicBroker.Testing;

namespace ClassicBroker.Server.Tests.Config;

public sealed class DynamicBrokerConfigTests
{
    private readonly RecordingLoggers _log = new();

    private DynamicBrokerConfig Broker(params (string Key, string Value)[] file)
    {
        var properties = file.ToDictionary(entry => entry.Key, entry => entry.Value);
        properties["zookeeper.connect"] = "zk:2181";
        return new DynamicBrokerConfig(
            properties, "host.example", new Microsoft.Extensions.Logging.Logger<DynamicBrokerConfig>(_log));
    }

    private static SortedDictionary<string, string> Values(params (string Key, string Value)[] values) =>
        new(values.ToDictionary(entry => entry.Key, entry => entry.Value), StringComparer.Ordinal);

    [Fact]
    public void A_value_that_does_not_read_leaves_its_neighbours_in_force()
    {
        var broker = Broker();
        broker.Update(Values(("message.max.bytes", "x"), ("log.segment.bytes", "77")), Values());
        Assert.Equal((1048588, 77), (broker.Current.Values.Int("message.max.bytes"), broker.Current.Values.Int("log.segment.bytes")));
        Assert.Single(_log.Lines, line => line.Contains("Dynamic configuration message.max.bytes is ignored: Invalid value x"));
    }

    [Fact]
    public void A_value_that_clashes_with_the_file_leaves_its_neighbours_in_force()
    {
        var broker = Broker();
        broker.Update(
            Values(("max.connections.per.ip.overrides", "no count"), ("log.segment.bytes", "77")), Values(("max.connections", "5")));
        Assert.Equal((77, 5), (broker.Current.Values.Int("log.segment.bytes"), broker.Current.Values.Int("max.connections")));
        Assert.Equal(["log.segment.bytes"], broker.ClusterWide.Keys);
        Assert.Single(_log.Lines, line => line.Contains("Dynamic configuration max.connections.per.ip.overrides is ignored"));
    }

    [Fact]
    public void Several_values_that_clash_are_all_left_out()
    {
        var broker = Broker();
        broker.Update(
            Values(("log.cleaner.dedupe.buffer.size", "1"), ("max.connections.per.ip.overrides", "no count"), ("log.segment.bytes", "77")),
            Values());
        Assert.Equal(["log.segment.bytes"], broker.ClusterWide.Keys);
    }

    [Theory]
    [InlineData("ssl.provider", "x", "there is no Java virtual machine")]
    [InlineData("ssl.secure.random.implementation", "x", "there is no Java virtual machine")]
    [InlineData("ssl.keymanager.algorithm", "x", "there is no Java virtual machine")]
    [InlineData("ssl.trustmanager.algorithm", "x", "there is no Java virtual machine")]
    [InlineData("listener.name.plaintext.ssl.provider", "x", "there is no Java virtual machine")]
    [InlineData("sasl.kerberos.kinit.cmd", "x", "no kinit is run: key tables need none, and a ticket cache is renewed by what made it")]
    [InlineData("sasl.kerberos.min.time.before.relogin", "1", "no kinit is run: key tables need none, and a ticket cache is renewed by what made it")]
    [InlineData("sasl.kerberos.ticket.renew.jitter", "0.5", "no kinit is run: key tables need none, and a ticket cache is renewed by what made it")]
    [InlineData("sasl.kerberos.ticket.renew.window.factor", "0.5", "no kinit is run: key tables need none, and a ticket cache is renewed by what made it")]
    public void A_value_without_effect_is_told_once_each_time_it_changes(string key, string value, string because)
    {
        var broker = Broker();
        broker.Update(Values(), Values((key, value)));
        broker.Update(Values(), Values((key, value), ("log.segment.bytes", "77")));
        var told = $"Dynamic configuration {key} has no effect: {because}";
        Assert.Single(_log.Lines, line => line.Contains(told));
        broker.Update(Values(), Values());
        broker.Update(Values(), Values((key, value)));
        Assert.Equal(2, _log.Lines.Count(line => line.Contains(told)));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("log.segment.bytes"));
    }

    [Fact]
    public void Network_threads_of_one_listener_are_told_to_have_no_effect()
    {
        Broker().Update(Values(("listener.name.plaintext.num.network.threads", "2"), ("num.network.threads", "4")), Values());
        Assert.Single(_log.Lines, line => line.Contains(
            "Dynamic configuration listener.name.plaintext.num.network.threads has no effect: there is no such listener, or the listeners "
            + "share what it asks for"));
        Assert.DoesNotContain(_log.Lines, line => line.Contains(" num.network.threads"));
    }

    [Fact]
    public async Task A_pool_may_at_most_double_and_is_refused_in_kafkas_words()
    {
        var refused = await Assert.ThrowsAsync<ConfigException>(() => Broker(("num.io.threads", "9")).ValidateAsync(Values(("num.io.threads", "100")), isPerBroker: true));
        Assert.Equal(
            "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for "
            + "num.io.threads=100, value should not be greater than double the current value 9 for configuration Invalid dynamic configuration",
            refused.Message);
    }

    [Theory]
    [InlineData("broker.id", "5", "Cannot update these configs dynamically: Set(broker.id)")]
    [InlineData("zookeeper.connect", "x", "Cannot update these configs dynamically: Set(zookeeper.connect)")]
    public async Task What_is_fixed_is_refused_in_kafkas_words(string key, string value, string expected)
    {
        var refused = await Assert.ThrowsAsync<ConfigException>(() => Broker().ValidateAsync(Values((key, value)), isPerBroker: true));
        Assert.Equal(expected, refused.Message);
    }

    [Theory]
    [InlineData("remote.log.manager.copy.max.bytes.per.second", "1000")]
    [InlineData("log.local.retention.ms", "5")]
    public Task Keys_of_tiered_storage_that_kafka_takes_are_taken(string key, string value) =>
        Broker().ValidateAsync(Values((key, value)), isPerBroker: false);
}
