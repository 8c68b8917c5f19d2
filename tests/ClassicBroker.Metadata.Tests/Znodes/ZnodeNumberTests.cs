using System.Text;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Metadata.Tests.Znodes;

/// <summary>Numbers in znodes are those that Java reads, for Kafka's brokers and tools read the same data.</summary>
public sealed class ZnodeNumberTests
{
    [Theory]
    [InlineData("7", 7L)]
    [InlineData("+7", 7L)]
    [InlineData("-1", -1L)]
    [InlineData(" 7", null)]
    [InlineData("7\n", null)]
    [InlineData("7\0", null)]
    [InlineData("1,000", null)]
    [InlineData("", null)]
    public void A_consumers_offset_is_a_long_of_Java(string text, long? expected) =>
        Assert.Equal(expected, ConsumerGroupZnodes.DecodeOffset(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData(" 7")]
    [InlineData("7\0")]
    [InlineData("-7")]
    [InlineData("2147483647")]
    public void An_epoch_of_another_form_is_malformed(string text) =>
        Assert.Throws<MalformedDataException>(() => ControllerEpochZnode.Decode(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData(" 0")]
    [InlineData("0\\u0000")]
    [InlineData("-1")]
    public void A_partition_of_another_form_is_malformed(string name) =>
        Assert.Throws<MalformedDataException>(
            () => TopicZnode.Decode("t", Encoding.UTF8.GetBytes($$$"""{"version":1,"partitions":{"{{{name}}}":[1]}}""")));

    [Theory]
    [InlineData(" 2000")]
    [InlineData("2000\\u0000")]
    public void A_producer_id_of_another_form_is_malformed(string start) =>
        Assert.Throws<MalformedDataException>(() => ProducerIdBlockZnode.Decode(
            Encoding.UTF8.GetBytes($$"""{"version":1,"broker":2,"block_start":"{{start}}","block_end":"2999"}""")));

    [Theory]
    [InlineData("PLAINTEXT://h:+9092")]
    [InlineData("PLAINTEXT://h: 9092")]
    [InlineData("PLAINTEXT://h:9092\0")]
    public void A_port_of_another_form_is_no_endpoint(string text) =>
        Assert.False(BrokerEndpoint.TryParse(text, out _, out _, out _));
}
