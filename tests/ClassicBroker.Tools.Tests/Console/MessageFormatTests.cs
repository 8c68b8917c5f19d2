using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Records;
using ClassicBroker.Tools.Console;

namespace ClassicBroker.Tools.Tests.Console;

public sealed class MessageFormatTests
{
    private static string Print(byte[]? key, byte[]? value, params (string Key, string Value)[] properties)
    {
        using var output = new MemoryStream();
        var record = new ConsumerRecord<byte[]?, byte[]?>
        {
            Topic = "t",
            Partition = 2,
            Offset = 7,
            TimestampMs = 99,
            TimestampType = TimestampType.CreateTime,
            Key = key,
            Value = value,
            Headers = [new RecordHeader("h", "x"u8.ToArray()), new RecordHeader("n", null)],
        };
        new MessageFormat(properties.ToDictionary(pair => pair.Key, pair => pair.Value)).Write(record, output);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    [Fact]
    public void The_value_alone_is_printed_as_it_is() => Assert.Equal("v\n", Print("k"u8.ToArray(), "v"u8.ToArray()));

    [Fact]
    public void All_parts_come_in_Kafkas_order() =>
        Assert.Equal(
            "CreateTime:99\tPartition:2\tOffset:7\th:x,n:null\tk\tnull\n",
            Print("k"u8.ToArray(), null, ("print.timestamp", "true"), ("print.partition", "true"), ("print.offset", "true"), ("print.headers", "true"), ("print.key", "true")));

    [Fact]
    public void Separators_and_null_can_be_chosen() =>
        Assert.Equal("NIL|v;", Print(null, "v"u8.ToArray(), ("print.key", "true"), ("key.separator", "|"), ("line.separator", ";"), ("null.literal", "NIL")));

    [Theory]
    [InlineData("org.apache.kafka.common.serialization.LongDeserializer", new byte[] { 0, 0, 0, 0, 0, 0, 1, 0 }, "256\n")]
    [InlineData("org.apache.kafka.common.serialization.IntegerDeserializer", new byte[] { 255, 255, 255, 255 }, "-1\n")]
    [InlineData("org.apache.kafka.common.serialization.DoubleDeserializer", new byte[] { 64, 0, 0, 0, 0, 0, 0, 0 }, "2.0\n")]
    public void Javas_deserializers_print_their_values(string name, byte[] value, string printed) =>
        Assert.Equal(printed, Print(null, value, ("value.deserializer", name)));

    [Fact]
    public void Unknown_deserializers_are_told_by_name() =>
        Assert.Contains("no.such.Class", Assert.Throws<ToolException>(() => Print(null, null, ("key.deserializer", "no.such.Class"))).Message);
}
