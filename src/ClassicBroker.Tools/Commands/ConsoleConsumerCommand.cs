using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Console;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Topics;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-console-consumer.sh</c>: prints records of the partitions of topics, which it takes by itself.</summary>
internal sealed class ConsoleConsumerCommand : ICommand
{
    private const string IncludeText =
        "Regular expression specifying list of topics to include for consumption.";

    private const string WhitelistText =
        "DEPRECATED, use --include instead; ignored if --include specified. Regular expression specifying list of topics to "
        + "include for consumption.";

    private const string PartitionText =
        "The partition to consume from. Consumption starts from the end of the partition unless '--offset' is specified.";

    private const string OffsetText =
        "The offset to consume from (a non-negative number), or 'earliest' which means from beginning, or 'latest' which "
        + "means from end";

    private const string FromBeginningText =
        "If the consumer does not already have an established offset to consume from, start with the earliest message "
        + "present in the log rather than the latest message.";

    private const string MaxMessagesText =
        "The maximum number of messages to consume before exiting. If not set, consumption is continual.";

    private const string TimeoutMsText =
        "If specified, exit if no message is available for consumption for the specified interval.";

    private const string ConsumerPropertyText =
        "A mechanism to pass user-defined properties in the form key=value to the consumer.";

    private const string ConsumerConfigText =
        "Consumer config properties file. Note that [consumer-property] takes precedence over this config.";

    private const string FormatterText =
        "The name of a class to use for formatting kafka messages for display.";

    private const string FormatterConfigText =
        "Config properties file to initialize the message formatter. Note that [property] takes precedence over this config.";

    private const string PropertyText =
        "The properties to initialize the message formatter. Default properties include:\n print.timestamp=true|false\n "
        + "print.key=true|false\n print.offset=true|false\n print.partition=true|false\n print.headers=true|false\n "
        + "print.value=true|false\n key.separator=<key.separator>\n line.separator=<line.separator>\n "
        + "headers.separator=<line.separator>\n null.literal=<null.literal>\n key.deserializer=<key.deserializer>\n "
        + "value.deserializer=<value.deserializer>\n header.deserializer=<header.deserializer>\nUsers can also pass in "
        + "customized properties for their formatter; more specifically, users can pass in properties keyed with "
        + "'key.deserializer.', 'value.deserializer.' and 'headers.deserializer.' prefixes to configure their deserializers.";

    private const string IsolationLevelText =
        "Set to read_committed in order to filter out transactional messages which are not committed. Set to "
        + "read_uncommitted to read all messages.";

    private const string EnableSystestEventsText =
        "Log lifecycle events of the consumer in addition to logging consumed messages. (This is specific for system tests.)";

    private const string Logger = "org.apache.kafka.tools.consumer.ConsoleConsumer";

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _topic;
    private readonly OptionSpec _include;
    private readonly OptionSpec _whitelist;
    private readonly OptionSpec _partition;
    private readonly OptionSpec _offset;
    private readonly OptionSpec _fromBeginning;
    private readonly OptionSpec _maxMessages;
    private readonly OptionSpec _timeoutMs;
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _group;
    private readonly OptionSpec _consumerProperty;
    private readonly OptionSpec _consumerConfig;
    private readonly OptionSpec _formatter;
    private readonly OptionSpec _formatterConfig;
    private readonly OptionSpec _property;
    private readonly OptionSpec _skipMessageOnError;
    private readonly OptionSpec _keyDeserializer;
    private readonly OptionSpec _valueDeserializer;
    private readonly OptionSpec _isolationLevel;
    private readonly OptionSpec _systestEvents;
    private long _count;

    public ConsoleConsumerCommand()
    {
        _topic = _parser.Value("topic", "The topic to consume on.", "topic");
        _include = _parser.Value("include", IncludeText, "Java regex (String)");
        _whitelist = _parser.Value("whitelist", WhitelistText, "Java regex (String)");
        _partition = _parser.Value("partition", PartitionText, "partition", type: "Integer");
        _offset = _parser.Value("offset", OffsetText, "consume offset", "latest");
        _fromBeginning = _parser.Flag("from-beginning", FromBeginningText);
        _maxMessages = _parser.Value("max-messages", MaxMessagesText, "num_messages", type: "Integer");
        _timeoutMs = _parser.Value("timeout-ms", TimeoutMsText, "timeout_ms", type: "Long");
        _bootstrapServer = _parser.Value("bootstrap-server", "REQUIRED: The server(s) to connect to.", "server to connect to");
        _group = _parser.Value("group", "The consumer group id of the consumer.", "consumer group id");
        _consumerProperty = _parser.Value("consumer-property", ConsumerPropertyText, "consumer_prop");
        _consumerConfig = _parser.Value("consumer.config", ConsumerConfigText, "config file");
        _formatter = _parser.Value("formatter", FormatterText, "class", FormatCatalog.Default);
        _formatterConfig = _parser.Value("formatter-config", FormatterConfigText, "config file");
        _property = _parser.Value("property", PropertyText, "prop");
        _skipMessageOnError =
            _parser.Flag("skip-message-on-error", "If there is an error when processing a message, skip it instead of halt.");
        _keyDeserializer =
            _parser.Value("key-deserializer", "", "deserializer for key");
        _valueDeserializer =
            _parser.Value("value-deserializer", "", "deserializer for values");
        _isolationLevel = _parser.Value("isolation-level", IsolationLevelText, null, "read_uncommitted");
        _systestEvents = _parser.Flag("enable-systest-events", EnableSystestEventsText);
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to read data from Kafka topics and outputs it to standard output.");
        CheckArguments(options);
        var properties = ConsumerProperties(options, host);
        var format = Formatter(options, host);
        await using var network = host.OpenNetwork();
        try
        {
            var config = ConsumerConfig.FromProperties(properties);
            await using var admin = options.Has(_topic) ? null : await network.AdminAsync(AdminConfigOf(config));
            await using var consumer = await network.ConsumerAsync(config, Serdes.ByteArray, Serdes.ByteArray);
            try
            {
                await ConsumeAsync(options, host, consumer, config.GroupId is not null, admin, format);
            }
            finally
            {
                await FinishAsync(options, host);
            }

            return 0;
        }
        catch (Exception failure) when (failure is KafkaException or JavaFailure)
        {
            host.Log("ERROR", "Unknown error when running consumer: ", Logger);
            await host.Error.WriteLineAsync(JavaException.Trace(failure));
            return 1;
        }
    }

    private static AdminConfig AdminConfigOf(ConsumerConfig config) => new()
    {
        BootstrapServers = config.BootstrapServers,
        SecurityProtocol = config.SecurityProtocol,
        Tls = config.Tls,
        Sasl = config.Sasl,
    };

    private async Task ConsumeAsync(
        ParsedOptions options, ToolHost host, KafkaConsumer<byte[]?, byte[]?> consumer, bool isMember, AdminClient? admin,
        IRecordFormat format)
    {
        var interrupted = host.Interruption.Expect();
        var poll = Reader(options, host, consumer, isMember, admin);
        var max = options.Has(_maxMessages) && options.Int32(_maxMessages) >= 0 ? options.Int32(_maxMessages) : long.MaxValue;
        var isBounded = options.Has(_timeoutMs) && options.Int64(_timeoutMs) >= 0;
        var timeout = isBounded ? TimeSpan.FromMilliseconds(options.Int64(_timeoutMs)) : TimeSpan.MaxValue;
        while (_count < max)
        {
            if (await ReceiveAsync(poll, timeout, host, interrupted) is not { } records)
            {
                return;
            }

            var before = _count;
            try
            {
                if (!await PrintAsync(records, max, options, host, format))
                {
                    return;
                }
            }
            finally
            {
                Rewind(consumer, records.Skip((int)(_count - before)));
            }
        }
    }

    /// <summary>Of what was received but not printed nothing is committed.</summary>
    private static void Rewind(
        KafkaConsumer<byte[]?, byte[]?> consumer, IEnumerable<ConsumerRecord<byte[]?, byte[]?>> unconsumed)
    {
        foreach (var record in unconsumed.DistinctBy(record => record.TopicPartition))
        {
            consumer.Seek(record.TopicPartition, record.Offset);
        }
    }

    /// <summary>How records are polled for: of one partition from a place on, or of whole topics.</summary>
    private Func<TimeSpan, CancellationToken, Task<IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>>>> Reader(
        ParsedOptions options, ToolHost host, KafkaConsumer<byte[]?, byte[]?> consumer, bool isMember, AdminClient? admin)
    {
        if (options.Has(_partition))
        {
            var partition = new TopicPartition(options.Text(_topic), options.Int32(_partition));
            consumer.Assign([partition]);
            Seek(options, consumer, partition);
            return (timeout, cancellation) => consumer.PollAsync(timeout, cancellation).AsTask();
        }

        var pattern = admin is null ? null : TopicRules.Pattern(options.Value(_include) ?? options.Text(_whitelist));
        return new TopicSubscription<byte[]?, byte[]?>(consumer, isMember, admin, options.Value(_topic), pattern, host.Time)
            .PollAsync;
    }

    /// <summary>The next records; null where the tool ends because there were none, or because there will be none.</summary>
    private static async Task<IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>>?> ReceiveAsync(
        Func<TimeSpan, CancellationToken, Task<IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>>>> poll,
        TimeSpan timeout,
        ToolHost host,
        CancellationToken interrupted)
    {
        string reason;
        try
        {
            var records = await poll(timeout, interrupted);
            if (records.Count > 0)
            {
                return records;
            }

            reason = "org.apache.kafka.common.errors.TimeoutException";
        }
        catch (KafkaException failure)
        {
            reason = JavaException.Trace(failure);
        }

        host.Log("ERROR", "Error processing message, terminating consumer process: ", Logger);
        await host.Error.WriteLineAsync(reason);
        return null;
    }

    /// <summary>Prints records; false where standard output is closed.</summary>
    private async Task<bool> PrintAsync(
        IReadOnlyList<ConsumerRecord<byte[]?, byte[]?>> records, long max, ParsedOptions options, ToolHost host, IRecordFormat format)
    {
        try
        {
            foreach (var record in records)
            {
                if (_count == max)
                {
                    break;
                }

                _count++;
                Print(record, options, host, format);
            }

            await host.FlushAsync();
            return true;
        }
        catch (IOException)
        {
            await host.Error.WriteLineAsync("Unable to write to standard out, closing consumer.");
            return false;
        }
    }

    private void Print(in ConsumerRecord<byte[]?, byte[]?> record, ParsedOptions options, ToolHost host, IRecordFormat format)
    {
        try
        {
            format.Write(record, host.Output);
        }
        catch (Exception failure) when (failure is ToolException or JavaFailure && options.Has(_skipMessageOnError))
        {
            host.Log("ERROR", "Error processing message, skipping this message: ", Logger);
            host.Error.WriteLine(JavaException.Trace(failure));
        }
    }

    private void Seek(ParsedOptions options, KafkaConsumer<byte[]?, byte[]?> consumer, TopicPartition partition)
    {
        var text = options.Has(_fromBeginning) ? "earliest" : options.Text(_offset).ToLowerInvariant();
        switch (text)
        {
            case "earliest":
                consumer.SeekToBeginning(partition);
                break;
            case "latest":
                consumer.SeekToEnd(partition);
                break;
            default:
                consumer.Seek(partition, JavaText.TryParseLong(text, out var offset) ? offset : throw Incorrect(text));
                break;
        }
    }

    private async Task FinishAsync(ParsedOptions options, ToolHost host)
    {
        if (options.Has(_systestEvents))
        {
            host.Out.WriteLine("shutdown_complete");
        }

        await host.Error.WriteLineAsync($"Processed a total of {_count} messages");
    }

    private Dictionary<string, string> ConsumerProperties(ParsedOptions options, ToolHost host)
    {
        var properties = host.Load(options.Value(_consumerConfig));
        properties.Overlay(options, _consumerProperty);
        var reset = properties.GetValueOrDefault("auto.offset.reset");
        if (options.Has(_fromBeginning) && reset == "latest")
        {
            throw new ToolException(
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please remove one option");
        }

        CheckGroups(options, properties.GetValueOrDefault("group.id"), host);
        if (options.Value(_group) is { } group)
        {
            properties["group.id"] = group;
        }

        properties["auto.offset.reset"] = options.Has(_fromBeginning) ? "earliest" : reset ?? "latest";
        properties["bootstrap.servers"] = options.Text(_bootstrapServer);
        properties["isolation.level"] = options.Text(_isolationLevel);
        properties.TryAdd("client.id", "console-consumer");
        return properties;
    }

    /// <summary>A group may be named in three places, but only once.</summary>
    private void CheckGroups(ParsedOptions options, string? ofProperties, ToolHost host)
    {
        var inFile = host.Load(options.Value(_consumerConfig)).GetValueOrDefault("group.id");
        var groups = new[] { options.Value(_group), ofProperties, inFile }.OfType<string>().Distinct().ToArray();
        if (groups.Length > 1)
        {
            throw _parser.Usage(
                "The group ids provided in different places (directly using '--group', via '--consumer-property', or via "
                + $"'--consumer.config') do not match. Detected group ids: {string.Join(", ", groups.Select(group => $"'{group}'"))}");
        }
    }

    private IRecordFormat Formatter(ParsedOptions options, ToolHost host)
    {
        var properties = host.Load(options.Value(_formatterConfig));
        properties.Overlay(options, _property);
        foreach (var (option, key) in new[] { (_keyDeserializer, "key.deserializer"), (_valueDeserializer, "value.deserializer") })
        {
            if (options.Value(option) is { } className)
            {
                properties[key] = className;
            }
        }

        return FormatCatalog.Find(options.Text(_formatter), properties, host) ?? throw _parser.Usage(options.Text(_formatter));
    }

    private void CheckArguments(ParsedOptions options)
    {
        options.Require(_bootstrapServer);
        OptionSpec[] choices = [_topic, _include, _whitelist];
        if (choices.Count(options.Has) != 1)
        {
            throw _parser.Usage("Exactly one of --include/--topic is required. ");
        }

        if (options.Has(_partition) && !options.Has(_topic))
        {
            throw _parser.Usage("The topic is required when partition is specified.");
        }

        if (options.Has(_offset) && !options.Has(_partition))
        {
            throw _parser.Usage("The partition is required when offset is specified.");
        }

        if (options.Has(_offset) && options.Has(_fromBeginning))
        {
            throw _parser.Usage("Options from-beginning and offset cannot be specified together.");
        }

        if (options.Has(_group) && options.Has(_partition))
        {
            throw _parser.Usage("Options group and partition cannot be specified together.");
        }

        var offset = options.Text(_offset);
        if (offset.ToLowerInvariant() is not ("earliest" or "latest")
            && !(JavaText.TryParseLong(offset, out var number) && number >= 0))
        {
            throw Incorrect(offset);
        }
    }

    private UsageException Incorrect(string offset) =>
        _parser.Usage($"The provided offset value '{offset}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.");
}
