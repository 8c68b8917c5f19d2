using ClassicBroker.Client.Tests;
using ClassicBroker.Primitives;
using ClassicBroker.Records;

namespace ClassicBroker.Tools.Tests.Console;

/// <summary>The console producer and consumer against brokers made by hand.</summary>
public sealed class ConsoleCommandsTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    private readonly FakeCluster _cluster = new();
    private readonly FakeLog _log;
    private readonly FakeTopic _topic;

    public ConsoleCommandsTests()
    {
        _log = new FakeLog(_cluster);
        _topic = _cluster.AddTopic("t", 0);
    }

    private ToolRun Produce(string input, params string[] words) =>
        ToolRun.WithInput(input, _cluster, ["kafka-console-producer", "--bootstrap-server", _cluster.Bootstrap, "--topic", "t", .. words]);

    private ToolRun Consume(params string[] words) =>
        ToolRun.Against(_cluster, ["kafka-console-consumer", "--bootstrap-server", _cluster.Bootstrap, .. words]);

    [Fact]
    public void Lines_become_records_and_records_lines()
    {
        Assert.Equal(0, Produce("a\nb\n\nc").ExitCode);
        Assert.Equal(["a", "b", "", "c"], _log.Values(Partition));
        var run = Consume("--topic", "t", "--from-beginning", "--max-messages", "3");
        Assert.Equal((0, "a\nb\n\n", "Processed a total of 3 messages\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void Keys_headers_and_nulls_are_parsed_and_printed()
    {
        Produce(
            "h:1|k=v\nNULL|NULL=NULL\n",
            "--property", "parse.key=true", "--property", "parse.headers=true", "--property", "key.separator==",
            "--property", "headers.delimiter=|", "--property", "null.marker=NULL");
        var run = Consume(
            "--topic", "t", "--from-beginning", "--max-messages", "2", "--property", "print.key=true", "--property", "print.headers=true",
            "--property", "print.offset=true", "--property", "key.separator= ");
        Assert.Equal("Offset:0 h:1 k v\nOffset:1 NO_HEADERS null null\n", run.Output);
    }

    [Fact]
    public void A_line_without_its_key_ends_the_producer_unless_errors_are_ignored()
    {
        var run = Produce("nokey\n", "--property", "parse.key=true");
        Assert.Equal(
            (1, "org.apache.kafka.common.KafkaException: No key separator found on line number 1: 'nokey'\n"), (run.ExitCode, run.Error));
        Assert.Equal(0, Produce("nokey\n", "--property", "parse.key=true", "--property", "ignore.error=true").ExitCode);
        Assert.Equal(["nokey"], _log.Values(Partition));
    }

    [Theory]
    [InlineData("--compression-codec", CompressionCodec.Gzip)]
    [InlineData("--compression-codec=lz4", CompressionCodec.Lz4)]
    [InlineData("--producer-property=compression.type=zstd", CompressionCodec.Zstd)]
    public void Options_and_properties_reach_the_producer(string option, CompressionCodec codec)
    {
        Produce("a\n", option);
        Assert.Equal(codec, new RecordBatchHeader(_log.Batches(Partition)[0]).Codec);
    }

    [Fact]
    public void What_cannot_be_sent_is_logged_and_the_producer_goes_on()
    {
        _log.Refusal = (_, _) => _log.EndOffset(Partition) == 0 ? ErrorCode.TopicAuthorizationFailed : ErrorCode.None;
        var run = Produce("lost\n");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Error when sending message to topic t with key: null, value: 4 bytes with error:", run.Error);
        Assert.Contains("org.apache.kafka.common.errors.TopicAuthorizationException", run.Error);
    }

    [Fact]
    public void A_silent_topic_ends_the_consumer_after_its_timeout()
    {
        _log.Append(Partition, "a");
        var run = Consume("--topic", "t", "--from-beginning", "--timeout-ms", "500", "--enable-systest-events");
        Assert.Equal((0, "a\nshutdown_complete\n"), (run.ExitCode, run.Output));
        Assert.Contains("org.apache.kafka.common.errors.TimeoutException", run.Error);
        Assert.EndsWith("Processed a total of 1 messages\n", run.Error);
    }

    [Fact]
    public void A_partition_is_read_from_the_offset_asked_for()
    {
        _log.Append(Partition, "a", "b", "c");
        Assert.Equal("b\n", Consume("--topic", "t", "--partition", "0", "--offset", "1", "--max-messages", "1").Output);
        Assert.Equal("a\n", Consume("--topic", "t", "--partition", "0", "--offset", "earliest", "--max-messages", "1").Output);
    }

    [Fact]
    public void Topics_are_chosen_by_patterns()
    {
        _cluster.AddTopic("other", 0);
        _log.Append(new TopicPartition("other", 0), "x");
        _log.Append(Partition, "a");
        Assert.Equal("x\n", Consume("--include", "o.*", "--from-beginning", "--max-messages", "1").Output);
    }

    [Fact]
    public void A_topic_that_does_not_exist_is_waited_for_as_long_as_the_timeout_says()
    {
        var run = Consume("--topic", "absent", "--from-beginning", "--timeout-ms", "3000");
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Contains("org.apache.kafka.common.errors.TimeoutException", run.Error);
        Assert.EndsWith("Processed a total of 0 messages\n", run.Error);
    }

    [Theory]
    [InlineData("--topic", "t")]
    [InlineData("--include", "t.*")]
    public void Partitions_that_are_added_later_are_read(params string[] topics)
    {
        _log.Append(Partition, "a");
        _log.Fetching = () =>
        {
            _topic.Grow(leader: 0);
            _log.Append(new TopicPartition("t", 1), "b");
            _log.Fetching = () => { };
        };
        var run = Consume([.. topics, "--from-beginning", "--max-messages", "2"]);
        Assert.Equal((0, "a\nb\n"), (run.ExitCode, run.Output));
    }

    [Theory]
    [InlineData("Exactly one of --include/--topic is required. ", "--topic", "t", "--include", "t")]
    [InlineData("The topic is required when partition is specified.", "--include", "t", "--partition", "0")]
    [InlineData("The partition is required when offset is specified.", "--topic", "t", "--offset", "1")]
    [InlineData("Options group and partition cannot be specified together.", "--topic", "t", "--partition", "0", "--group", "g")]
    [InlineData("The provided offset value '-3' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.",
        "--topic", "t", "--partition", "0", "--offset", "-3")]
    [InlineData("The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') "
        + "do not match. Detected group ids: 'a', 'b'", "--topic", "t", "--group", "a", "--consumer-property", "group.id=b")]
    public void What_contradicts_itself_is_refused(string message, params string[] words)
    {
        var run = Consume(words);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(message, run.Error);
    }

    [Fact]
    public void A_record_that_cannot_be_shown_ends_the_consumer_or_is_skipped()
    {
        _log.Append(Partition, "not eight", "12345678");
        string[] words = ["--topic", "t", "--from-beginning", "--max-messages", "2", "--value-deserializer", "org.apache.kafka.common.serialization.LongDeserializer"];
        var halted = Consume(words);
        Assert.Equal((1, ""), (halted.ExitCode, halted.Output));
        Assert.StartsWith("Processed a total of 1 messages\n", halted.Error);
        Assert.EndsWith(
            "org.apache.kafka.common.errors.SerializationException: Size of data received by LongDeserializer is not 8\n", halted.Error);
        var skipped = Consume([.. words, "--skip-message-on-error"]);
        Assert.Equal((0, "3544952156018063160\n"), (skipped.ExitCode, skipped.Output));
    }
}
