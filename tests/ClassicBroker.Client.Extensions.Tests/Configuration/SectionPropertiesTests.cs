using ClassicBroker.Client.Configuration;
using Microsoft.Extensions.Configuration;

namespace ClassicBroker.Client.Tests.Configuration;

public sealed class SectionPropertiesTests
{
    private static SortedDictionary<string, string> Read(params (string Key, string Value)[] settings)
    {
        var section = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(pair => new KeyValuePair<string, string?>($"Kafka:{pair.Key}", pair.Value)))
            .Build()
            .GetSection("Kafka");
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal);
        SectionProperties.Read(section, properties);
        return properties;
    }

    [Theory]
    [InlineData("bootstrap.servers")]
    [InlineData("bootstrap:servers")]
    [InlineData("BootstrapServers")]
    [InlineData("BOOTSTRAP_SERVERS")]
    public void A_key_is_written_as_Kafka_in_steps_or_as_NET_does(string key)
    {
        Assert.Equal(new() { ["bootstrap.servers"] = "b:1" }, Read((key, "b:1")));
    }

    [Fact]
    public void A_list_is_joined_by_commas()
    {
        Assert.Equal(
            new() { ["bootstrap.servers"] = "a:1,b:2", ["acks"] = "all" },
            Read(("bootstrap.servers:0", "a:1"), ("bootstrap.servers:1", "b:2"), ("acks", "all")));
    }
}
