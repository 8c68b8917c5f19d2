using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Tools.Console;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-console-producer.sh</c>: every line of standard input becomes a record.</summary>
internal sealed class ConsoleProducerCommand : ICommand
{
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
        _brokerList = _parser.Value("broker-list", "DEPRECATED, use --bootstrap-server instead.", "broker-list");
        _bootstrapServer = _parser.Value(
            "bootstrap-server", "REQUIRED unless --broker-list is specified. The server(s) to connect to.", "server to connect to");
        _sync = _parser.Flag("sync", "If set message send requests to the brokers are synchronously, one at a time as they arrive.");
        _compressionCodec = _parser.OptionalValue(
            "compression-codec", "The compression codec: either 'none', 'gzip', 'snappy', 'lz4', or 'zstd'. Without a value, 'gzip'.",
            "compression-codec");
        _mapped =
        [
            (_parser.Value("batch-size", "Size of a batch of messages, in bytes.", "size", "16384", "Integer"), "batch.size"),
            (_parser.Value("message-send-max-retries", "How often a failed send is tried again.", null, "3", "Integer"), "retries"),
            (_parser.Value("retry-backoff-ms", "How long to wait before a send is tried again.", null, "100", "Long"), "retry.backoff.ms"),
            (_parser.Value(
                "timeout", "How long a message waits for others to share its batch, in ms.", "timeout_ms", "1000", "Long"), "linger.ms"),
            (_parser.Value("request-required-acks", "The required acks of the producer requests.", "request required acks", "-1"), "acks"),
            (_parser.Value(
                "request-timeout-ms", "The ack timeout of the producer requests.",
                "request timeout ms", "1500", "Integer"), "request.timeout.ms"),
            (_parser.Value(
                "metadata-expiry-ms", "When metadata is fetched again in any case.",
                "metadata expiration interval", "300000", "Long"), "metadata.max.age.ms"),
            (_parser.Value(
                "max-block-ms", "How long a send may wait for metadata and memory.", "max block on send", "60000", "Long"), "max.block.ms"),
            (_parser.Value(
                "max-memory-bytes", "The memory for records waiting to be sent.",
                "total memory in bytes", "33554432", "Long"), "buffer.memory"),
            (_parser.Value(
                "max-partition-memory-bytes", "The size batches grow to.",
                "memory in bytes per partition", "16384", "Integer"), "batch.size"),
            (_parser.Value("socket-buffer-size", "The size of the tcp RECV size.", "size", "102400", "Integer"), "send.buffer.bytes"),
        ];
        _lineReader = _parser.Value("line-reader", "The class that reads lines from standard in.", "reader_class", LineReaders[1]);
        _readerConfig = _parser.Value("reader-config", "Properties file for the message reader.", "config file");
        _property = _parser.Value(
            "property",
            "A property for the message reader: parse.key, parse.headers, ignore.error, key.separator, headers.delimiter, headers.separator, "
            + "headers.key.separator, null.marker.",
            "prop");
        _producerProperty = _parser.Value("producer-property", "A property for the producer, key=value.", "producer_prop");
        _producerConfig = _parser.Value("producer.config", "Properties file for the producer.", "config file");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to read data from standard input and publish it to Kafka.");
        options.Require(_topic);
        if (!LineReaders.Contains(options.Text(_lineReader)))
        {
            throw new ToolException($"java.lang.ClassNotFoundException: {options.Text(_lineReader)}");
        }

        var properties = ProducerProperties(options, host);
        var format = new LineFormat(ReaderProperties(options, host));
        try
        {
            await using var network = host.OpenNetwork();
            await using var producer = network.Producer(ProducerConfig.FromProperties(properties), Serdes.ByteArray, Serdes.ByteArray);
            await SendLinesAsync(options, host, producer, format);
            return 0;
        }
        catch (KafkaException failure)
        {
            throw new ToolException(JavaException.Describe(failure), failure);
        }
    }

    private async Task SendLinesAsync(
        ParsedOptions options, ToolHost host, KafkaProducer<byte[]?, byte[]?> producer, LineFormat format)
    {
        var topic = options.Text(_topic);
        var isSync = options.Has(_sync);
        var errors = new ErrorLog(host, topic);
        using var input = new StreamReader(host.Input, new UTF8Encoding(false), false, 65536, leaveOpen: true);
        for (var lineNumber = 1L; ; lineNumber++)
        {
            await PromptAsync(host);
            if (await input.ReadLineAsync(host.Interrupted) is not { } line)
            {
                return;
            }

            var parsed = format.Parse(line, lineNumber);
            var record = new ProducerRecord<byte[]?, byte[]?>(topic, parsed.Key, parsed.Value) { Headers = parsed.Headers };
            if (isSync)
            {
                await producer.ProduceAsync(record, host.Interrupted);
            }
            else
            {
                await SendAsync(producer, record, errors, host.Interrupted);
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
            ?? throw _parser.Usage("Missing required argument \"[bootstrap-server]\"");
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
