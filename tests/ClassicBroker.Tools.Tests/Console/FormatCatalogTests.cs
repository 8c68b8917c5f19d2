using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Records;
using ClassicBroker.Tools.Console;

namespace ClassicBroker.Tools.Tests.Console;

/// <summary>Kafka's message formatters by name, on records of Kafka's own coordinators.</summary>
public sealed class FormatCatalogTests
{
    private readonly StringWriter _error = new() { NewLine = "\n" };

    private string Format(string className, params ConsumerRecord<byte[]?, byte[]?>[] records)
    {
        var host = ToolRun.HostWith(_error);
        var format = FormatCatalog.Find(className, new Dictionary<string, string>(), host)!;
        using var output = new MemoryStream();
        foreach (var record in records)
        {
            format.Write(record, output);
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static ConsumerRecord<byte[]?, byte[]?> Record(byte[]? key, byte[]? value, long timestampMs = 5) => new()
    {
        Topic = "t",
        Partition = 0,
        Offset = 3,
        TimestampMs = timestampMs,
        TimestampType = TimestampType.CreateTime,
        Key = key,
        Value = value,
        Headers = [],
    };

    /// <summary>The records of a recorded segment.</summary>
    private static ConsumerRecord<byte[]?, byte[]?>[] Recorded(string partition)
    {
        List<ConsumerRecord<byte[]?, byte[]?>> records = [];
        var bytes = File.ReadAllBytes(ToolRun.Golden($"{partition}/00000000000000000000.log"));
        foreach (var batch in new BatchIterator(bytes))
        {
            using var reader = RecordReader.Open(bytes.AsSpan((int)batch.Position, batch.SizeInBytes));
            while (reader.MoveNext())
            {
                var record = reader.Current;
                records.Add(Record(record.Key.IsNull ? null : record.Key.Span.ToArray(), record.Value.IsNull ? null : record.Value.Span.ToArray()));
            }
        }

        return [.. records];
    }

    [Fact]
    public void Committed_offsets_are_lines_of_json()
    {
        var lines = Format("org.apache.kafka.tools.consumer.OffsetsMessageFormatter", Recorded("__consumer_offsets-0")).TrimEnd().Split('\n');
        Assert.All(lines, line => Assert.Matches(
            """^\{"key":\{"version":1,"data":\{"group":"[^"]+","topic":"[^"]+","partition":\d+\}\},"value":(null|\{"version":3,"data":\{"offset":\d+,"leaderEpoch":-?\d+,"metadata":"[^"]*","commitTimestamp":\d+\}\})\}$""",
            line));
        Assert.NotEmpty(lines);
    }

    [Fact]
    public void Groups_are_shown_without_the_offsets_of_their_topic()
    {
        var text = Format("org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter", Recorded("__consumer_offsets-0"));
        Assert.StartsWith("{\"key\":{\"version\":2,\"data\":{\"group\":\"", text);
        Assert.Contains("\"protocolType\":\"consumer\"", text);
        Assert.Contains("\"subscription\":\"", text);
        Assert.DoesNotContain("\"commitTimestamp\"", text);
    }

    [Fact]
    public void Transactions_are_shown_with_their_state() =>
        Assert.Contains(
            "\"transactionStatus\":",
            Format("org.apache.kafka.tools.consumer.TransactionLogMessageFormatter", Recorded("__transaction_state-0")));

    [Fact]
    public void Values_of_versions_to_come_are_unknown() =>
        Assert.Equal(
            "{\"key\":{\"version\":2,\"data\":{\"group\":\"g\"}},\"value\":{\"version\":99,\"data\":\"unknown\"}}\n",
            Format("org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter", Record([0, 2, 0, 1, (byte)'g'], [0, 99, 1])));

    [Fact]
    public void A_record_cut_short_is_an_error_that_names_it() =>
        Assert.Contains(
            "offset 3 of t-0",
            Assert.Throws<ToolException>(() =>
                Format("org.apache.kafka.tools.consumer.OffsetsMessageFormatter", Record([0, 1, 0, 9], null))).Message);

    [Fact]
    public void Old_names_are_taken_with_a_warning()
    {
        Assert.Equal("v\n", Format("kafka.tools.DefaultMessageFormatter", Record(null, "v"u8.ToArray())));
        Assert.Equal(
            "WARNING: kafka.tools.DefaultMessageFormatter is deprecated and will be removed in the next major release. "
            + "Please use org.apache.kafka.tools.consumer.DefaultMessageFormatter instead\n",
            _error.ToString());
    }

    [Fact]
    public void Logged_records_are_printed_and_their_log_is_below_the_level_of_tools()
    {
        Assert.Equal("v\n", Format("org.apache.kafka.tools.consumer.LoggingMessageFormatter", Record("k"u8.ToArray(), "v"u8.ToArray())));
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public void A_checksum_depends_on_timestamp_and_sizes_alone()
    {
        var one = Format("kafka.tools.ChecksumMessageFormatter", Record(null, "v"u8.ToArray()));
        Assert.Matches(@"^checksum:\d+\n$", one);
        Assert.Equal(one, Format("kafka.tools.ChecksumMessageFormatter", Record(null, "w"u8.ToArray())));
        Assert.NotEqual(one, Format("kafka.tools.ChecksumMessageFormatter", Record([], "v"u8.ToArray())));
        Assert.NotEqual(one, Format("kafka.tools.ChecksumMessageFormatter", Record(null, "v"u8.ToArray(), timestampMs: 6)));
    }

    [Fact]
    public void An_unknown_class_is_named()
    {
        var run = ToolRun.Of("kafka-console-consumer", "--bootstrap-server", "b:1", "--topic", "t", "--formatter", "com.example.Mine");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("com.example.Mine\nOption ", run.Error);
    }
}
