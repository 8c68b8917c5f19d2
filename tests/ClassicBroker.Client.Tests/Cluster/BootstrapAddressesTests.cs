using ClassicBroker.Client.Cluster;

namespace ClassicBroker.Client.Tests.Cluster;

public sealed class BootstrapAddressesTests
{
    [Theory]
    [InlineData("localhost:9092", "localhost:9092")]
    [InlineData(" a:1 , b:2 ,", "a:1|b:2")]
    [InlineData("[::1]:9092", "[::1]:9092")]
    [InlineData("PLAINTEXT://host:9092", "host:9092")]
    public void Addresses_are_read(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', BootstrapAddresses.Parse(text)));

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData(":9092")]
    [InlineData("localhost:99999")]
    [InlineData("::1:9092")]
    public void What_is_no_address_is_refused_by_name(string text)
    {
        var failure = Assert.Throws<KafkaConfigException>(() => BootstrapAddresses.Parse(text));
        Assert.Contains("bootstrap", failure.Message);
    }
}
