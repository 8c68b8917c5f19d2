using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Tools.Console;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-console-producer.sh</c>: every line of standard input becomes a record.</summary>
internal sealed class ConsoleProducerCommand : ICommand
{
    private const string BrokerListText =
        "DEPRECATED, use --bootstrap-server instead; ignored if --bootstrap-server is specified.  The broker list string in "
        + "the form HOST1:PORT1, HOST2:PORT2.";

    private const string BootstrapServerText =
        "REQUIRED unless --broker-list (deprecated) is specified. The server (s) to connect to. The broker list string in "
        + "the form HOST1:PORT1,HOST2: PORT2.";

    private const string CompressionCodecText =
        "The compression codec: either 'none', 'gzip', 'snappy', 'lz4', or 'zstd'. If specified without value, then it "
        + "defaults to 'gzip'";

    private const string BatchSizeText =
        "Number of messages to send in a single batch if they are not being sent synchronously. please note that this "
        + "option will be replaced if max-partition-memory-bytes is also set";

    private const string MessageSendMaxRetriesText =
        "Brokers can fail receiving the message for multiple reasons, and being unavailable transiently is just one of "
        + "them. This property specifies the number of retries before the producer give up and drop this message. This is "
        + "the option to control `retries` in producer configs.";

    private const string RetryBackoffMsText =
        "Before each retry, the producer refreshes the metadata of relevant topics. Since leader election takes a bit of "
        + "time, this property specifies the amount of time that the producer waits before refreshing the metadata. This "
        + "is the option to control `retry.backoff.ms` in producer configs.";

    private const string TimeoutText =
        "If set and the producer is running in asynchronous mode, this gives the maximum amount of time a message will "
        + "queue awaiting sufficient batch size. The value is given in ms. This is the option to control `linger.ms` in "
        + "producer configs.";

    private const string RequestTimeoutMsText =
        "The ack timeout of the producer requests. Value must be non-negative and non-zero.";

    private const string MetadataExpiryMsText =
        "The period of time in milliseconds after which we force a refresh of metadata even if we haven't seen any "
        + "leadership changes. This is the option to control `metadata.max.age.ms` in producer configs.";

    private const string MaxBlockMsText =
        "The max time that the producer will block for during a send request.";

    private const string MaxMemoryBytesText =
        "The total memory used by the producer to buffer records waiting to be sent to the server. This is the option to "
        + "control `buffer.memory` in producer configs.";

    private const string MaxPartitionMemoryBytesText =
        "The buffer size allocated for a partition. When records are received which are smaller than this size the "
        + "producer will attempt to optimistically group them together until this size is reached. This is the option to "
        + "control `batch.size` in producer configs.";

    private const string SocketBufferSizeText =
        "The size of the tcp RECV size. This is the option to control `send.buffer.bytes` in producer configs.";

    private const string LineReaderText =
        "The class name of the class to use for reading lines from standard in. By default each line is read as a separate "
        + "message.";

    private const string ReaderConfigText =
        "Config properties file for the message reader. Note that [property] takes precedence over this config.";

    private const string PropertyText =
        "A mechanism to pass user-defined properties in the form key=value to the message reader. This allows custom "
        + "configuration for a user-defined message reader.\nDefault properties include:\n parse.key=false\n "
        + "parse.headers=false\n ignore.error=false\n key.separator=\\t\n headers.delimiter=\\t\n headers.separator=,\n "
        + "headers.key.separator=:\n null.marker=   When set, any fields (key, value and headers) equal to this will be "
        + "replaced by null\nDefault parsing pattern when:\n parse.headers=true and parse.key=true: "
        + "\"h1:v1,h2:v2...\\tkey\\tvalue\"\n parse.key=true: \"key\\tvalue\"\n parse.headers=true: \"h1:v1,h2:v2...\\tvalue\"";

    private const string ProducerPropertyText =
        "A mechanism to pass user-defined properties in the form key=value to the producer.";

    private const string ProducerConfigText =
        "Producer config properties file. Note that [producer-property] takes precedence over this config.";

    private static readonly string[] LineReaders =
    [
        "kafka.tools.ConsoleProducer$LineMessageReader", "org.apache.kafka.tools.LineMessageReader", "kafka.tools.LineMessageReader",
    ];

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _topic;
    private readonly OptionSpec _brokerList;
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _sync;
    private readonly OptionSpec _compressionCodec;
    private readonly OptionSpec _lineReader;
    private readonly OptionSpec _readerConfig;
    private readonly OptionSpec _property;
    private readonly OptionSpec _producerProperty;
    private readonly OptionSpec _producerConfig;
    private readonly (OptionSpec Option, string Key)[] _mapped;

    public ConsoleProducerCommand()
    {
        _topic = _parser.Value("topic", "REQUIRED: The topic id to produce messages to.", "topic");
        _brokerList = _parser.Value("broker-list", BrokerListText, "broker-list");
        _bootstrapServer = _parser.Value("bootstrap-server", BootstrapServerText, "server to connect to");
        _sync = _parser.Flag("sync", "If set message send requests to the brokers are synchronously, one at a time as they arrive.");
        _compressionCodec = _parser.OptionalValue("compression-codec", CompressionCodecText, "compression-codec");
        _mapped =
        [
            (_parser.Value("batch-size", BatchSizeText, "size", "16384", "Integer"), "batch.size"),
            (_parser.Value("message-send-max-retries", MessageSendMaxRetriesText, null, "3", "Integer"), "retries"),
            (_parser.Value("retry-backoff-ms", RetryBackoffMsText, null, "100", "Long"), "retry.backoff.ms"),
            (_parser.Value("timeout", TimeoutText, "timeout_ms", "1000", "Long"), "linger.ms"),
            (_parser.Value("request-required-acks", "The required `acks` of the producer requests", "request required acks", "-1"), "acks"),
            (_parser.Value("request-timeout-ms", RequestTimeoutMsText, "request timeout ms", "1500", "Integer"), "request.timeout.ms"),
            (_parser.Value(
                "metadata-expiry-ms", MetadataExpiryMsText,
                "metadata expiration interval", "300000", "Long"), "metadata.max.age.ms"),
            (_parser.Value("max-block-ms", MaxBlockMsText, "max block on send", "60000", "Long"), "max.block.ms"),
            (_parser.Value("max-memory-bytes", MaxMemoryBytesText, "total memory in bytes", "33554432", "Long"), "buffer.memory"),
            (_parser.Value(
                "max-partition-memory-bytes", MaxPartitionMemoryBytesText,
                "memory in bytes per partition", "16384", "Integer"), "batch.size"),
            (_parser.Value("socket-buffer-size", SocketBufferSizeText, "size", "102400", "Integer"), "send.buffer.bytes"),
        ];
        _lineReader = _parser.Value("line-reader", LineReaderText, "reader_class", LineReaders[0]);
        _readerConfig = _parser.Value("reader-config", ReaderConfigText, "config file");
        _property = _parser.Value("property", PropertyText, "prop");
        _producerProperty = _parser.Value("producer-property", ProducerPropertyText, "producer_prop");
        _producerConfig = _parser.Value("producer.config", ProducerConfigText, "config file");
    }

    public FailureForm Failures => FailureForm.Trace;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = args.Count > 0
            ? _parser.Parse(args, "This tool helps to read data from standard input and publish it to Kafka.")
            : throw _parser.Usage("Missing required option(s) [bootstrap-server]");
        options.Require(_topic);
        if (!LineReaders.Contains(options.Text(_lineReader)))
        {
            throw new JavaFailure("java.lang.ClassNotFoundException", options.Text(_lineReader));
        }

        var config = ProducerConfig.FromProperties(ProducerProperties(options, host));
        var format = new LineFormat(ReaderProperties(options, host));
        await using var network = host.OpenNetwork();
        await using var producer = await network.ProducerAsync(config, Serdes.ByteArray, Serdes.ByteArray);
        await SendLinesAsync(options, host, producer, format);
        return 0;
    }

    private async Task SendLinesAsync(
        ParsedOptions options, ToolHost host, KafkaProducer<byte[]?, byte[]?> producer, LineFormat format)
    {
        var interrupted = host.Interruption.Expect();
        var topic = options.Text(_topic);
        var isSync = options.Has(_sync);
        var errors = new ErrorLog(host, topic);
        using var input = new StreamReader(host.Input, new UTF8Encoding(false), false, 65536, leaveOpen: true);
        for (var lineNumber = 1L; ; lineNumber++)
        {
            await PromptAsync(host);

            // A read of a terminal or a pipe heeds no token once it waits: it is left behind, and what was read goes out.
            if (await input.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(interrupted) is not { } line)
            {
                return;
            }

            var parsed = format.Parse(line, lineNumber);
            var record = new ProducerRecord<byte[]?, byte[]?>(topic, parsed.Key, parsed.Value) { Headers = parsed.Headers };
            try
            {
                if (isSync)
                {
                    await producer.ProduceAsync(record, interrupted);
                }
                else
                {
                    await SendAsync(producer, record, errors, interrupted);
                }
            }
            catch (InvalidOperationException outside)
            {
                // With a transactional.id: this tool begins no transactions.
                throw new JavaFailure("java.lang.IllegalStateException", outside.Message);
            }
        }
    }

    private static async ValueTask SendAsync(
        KafkaProducer<byte[]?, byte[]?> producer, ProducerRecord<byte[]?, byte[]?> record, ErrorLog errors, CancellationToken cancellation)
    {
        var tag = ErrorLog.Tag(record.Key, record.Value);
        try
        {
            await producer.SendAsync(record, errors, tag, cancellation);
        }
        catch (KafkaException refused)
        {
            errors.OnFailed(tag, refused);
        }
    }

    private static async Task PromptAsync(ToolHost host)
    {
        if (host.InputIsTerminal)
        {
            host.Out.Write('>');
            await host.FlushAsync();
        }
    }

    /// <summary>Options that were given win over properties, those over the file, and that over the defaults of options.</summary>
    private Dictionary<string, string> ProducerProperties(ParsedOptions options, ToolHost host)
    {
        var properties = host.Load(options.Value(_producerConfig));
        properties.Overlay(options, _producerProperty);
        properties["bootstrap.servers"] = Servers(options);
        if (options.Has(_compressionCodec))
        {
            properties["compression.type"] = options.Value(_compressionCodec) is { Length: > 0 } codec ? codec : "gzip";
        }

        foreach (var (option, key) in _mapped)
        {
            if (options.Has(option) || !properties.ContainsKey(key))
            {
                properties[key] = options.Text(option);
            }
        }

        properties.TryAdd("client.id", "console-producer");
        return properties;
    }

    private string Servers(ParsedOptions options)
    {
        var servers = options.Value(_bootstrapServer) ?? options.Value(_brokerList)
            ?? throw _parser.Usage("Missing required option(s) [bootstrap-server]");
        var isValid = servers.Split(',').All(server => server.LastIndexOf(':') is > 0 and var colon && colon < server.Length - 1);
        return isValid ? servers : throw _parser.Usage("Please provide valid host:port like host1:9091,host2:9092\n ");
    }

    private Dictionary<string, string> ReaderProperties(ParsedOptions options, ToolHost host)
    {
        var properties = host.Load(options.Value(_readerConfig));
        foreach (var (key, value) in options.Pairs(_property))
        {
            properties[key] = value;
        }

        return properties;
    }
}
