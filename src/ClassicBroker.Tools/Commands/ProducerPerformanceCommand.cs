using System.Globalization;
using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Performance;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-producer-perf-test.sh</c>. Its options follow argparse4j: the words behind <c>--producer-props</c> are several.
/// </summary>
internal sealed class ProducerPerformanceCommand : ICommand
{
    private const string Usage =
        """
        usage: producer-performance [-h] --topic TOPIC --num-records NUM-RECORDS [--payload-delimiter PAYLOAD-DELIMITER]
                                    --throughput THROUGHPUT [--producer-props PROP-NAME=PROP-VALUE [PROP-NAME=PROP-VALUE ...]]
                                    [--producer.config CONFIG-FILE] [--print-metrics] [--transactional-id TRANSACTIONAL-ID]
                                    [--transaction-duration-ms TRANSACTION-DURATION] [--record-size RECORD-SIZE |
                                    --payload-file PAYLOAD-FILE | --payload-monotonic]
        """;

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _topic;
    private readonly OptionSpec _numRecords;
    private readonly OptionSpec _throughput;
    private readonly OptionSpec _recordSize;
    private readonly OptionSpec _payloadFile;
    private readonly OptionSpec _payloadDelimiter;
    private readonly OptionSpec _payloadMonotonic;
    private readonly OptionSpec _producerProps;
    private readonly OptionSpec _producerConfig;
    private readonly OptionSpec _printMetrics;
    private readonly OptionSpec _transactionalId;
    private readonly OptionSpec _transactionDurationMs;

    public ProducerPerformanceCommand()
    {
        _topic = _parser.Value("topic", "produce messages to this topic");
        _numRecords = _parser.Value("num-records", "number of messages to produce", type: "Long");
        _throughput =
            _parser.Value("throughput", "throttle maximum message throughput to approximately this many messages/sec, -1 to disable");
        _recordSize = _parser.Value("record-size", "message size in bytes", type: "Integer");
        _payloadFile = _parser.Value("payload-file", "file to read the message payloads from, one of which is chosen at random");
        _payloadDelimiter = _parser.Value("payload-delimiter", "delimiter between payloads in the file", null, "\\n");
        _payloadMonotonic = _parser.Flag("payload-monotonic", "payload is a monotonically increasing number");
        _producerProps = _parser.Value("producer-props", "producer related configuration properties like bootstrap.servers, client.id");
        _producerConfig = _parser.Value("producer.config", "producer config properties file");
        _printMetrics = _parser.Flag("print-metrics", "print out metrics at the end of the test");
        _transactionalId = _parser.Value("transactional-id", "the transactional id to use; transactions are not available");
        _transactionDurationMs = _parser.Value("transaction-duration-ms", "the longest a transaction lasts; not available", type: "Long");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count == 0 || args.Contains("-h") || args.Contains("--help"))
        {
            host.Out.WriteLine(Usage);
            return 0;
        }

        var options = ParseArguments(args);
        var payloads = Payloads(options, host);
        var properties = host.Load(options.Value(_producerConfig));
        foreach (var pair in options.Values(_producerProps).Concat(options.Words))
        {
            var parts = pair.Split('=', 2);
            properties[parts[0]] = parts.Length == 2 ? parts[1] : throw new ToolException($"Invalid property: {pair}");
        }

        properties.TryAdd("client.id", "perf-producer-client");
        try
        {
            await using var network = host.OpenNetwork();
            await using var producer = network.Producer(ProducerConfig.FromProperties(properties), Serdes.Null, Serdes.Memory);
            await ProduceAsync(options, host, producer, payloads, properties["client.id"]);
            return 0;
        }
        catch (KafkaException failure)
        {
            throw new ToolException(JavaException.Describe(failure), failure);
        }
    }

    private async Task ProduceAsync(
        ParsedOptions options,
        ToolHost host,
        KafkaProducer<object?, ReadOnlyMemory<byte>> producer,
        ReadOnlyMemory<byte>[] payloads,
        string clientId)
    {
        var count = options.Int64(_numRecords);
        var perSecond = double.Parse(options.Text(_throughput), CultureInfo.InvariantCulture);
        var topic = options.Text(_topic);
        var isMonotonic = options.Has(_payloadMonotonic);
        var stats = new ProducerStats(count, host.Time, host.Out) { RecordSize = (int)payloads.Average(payload => payload.Length) };
        var startMs = host.Time.MonotonicMs();
        for (var sent = 0L; sent < count && !host.Interrupted.IsCancellationRequested; sent++)
        {
            var payload = isMonotonic ? Encoding.UTF8.GetBytes(sent.ToString(CultureInfo.InvariantCulture))
                : payloads.Length == 1 ? payloads[0]
                : payloads[host.Random.Next(payloads.Length)];
            var nowMs = host.Time.MonotonicMs();
            var pending = producer.SendAsync(new ProducerRecord<object?, ReadOnlyMemory<byte>>(topic, null, payload), stats, nowMs);
            if (!pending.IsCompletedSuccessfully)
            {
                await pending;
            }

            if (perSecond > 0 && (sent + 1) * 1000.0 / perSecond - (nowMs - startMs) is > 1 and var aheadMs)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(aheadMs), host.Time, host.Interrupted);
            }
        }

        await producer.FlushAsync();
        stats.PrintTotal();
        if (options.Has(_printMetrics))
        {
            stats.PrintMetrics(clientId);
        }

        if (stats.LastFailure is not null)
        {
            throw stats.LastFailure;
        }
    }

    private ParsedOptions ParseArguments(IReadOnlyList<string> args)
    {
        ParsedOptions options;
        try
        {
            options = _parser.Parse(args, Usage);
        }
        catch (UsageException wrong)
        {
            throw Wrong(wrong.Message);
        }

        foreach (var option in new[] { _topic, _numRecords, _throughput })
        {
            if (!options.Has(option))
            {
                throw Wrong($"argument --{option.Name} is required");
            }
        }

        if (!options.Has(_producerProps) && !options.Has(_producerConfig))
        {
            throw Wrong("Either --producer-props or --producer.config must be specified.");
        }

        if (options.Has(_transactionalId) || (options.Has(_transactionDurationMs) && options.Int64(_transactionDurationMs) > 0))
        {
            throw Wrong("transactions are not available in this producer");
        }

        OptionSpec[] payloads = [_recordSize, _payloadFile, _payloadMonotonic];
        return payloads.Count(options.Has) == 1
            ? options
            : throw Wrong("one of the arguments --record-size --payload-file --payload-monotonic is required");
    }

    private static ToolException Wrong(string reason) => new($"{Usage}\nproducer-performance: error: {reason}");

    private ReadOnlyMemory<byte>[] Payloads(ParsedOptions options, ToolHost host)
    {
        if (options.Value(_payloadFile) is { } path)
        {
            host.Out.WriteLine($"Reading payloads from: {Path.GetFullPath(path)}");
            var delimiter = options.Text(_payloadDelimiter).Replace("\\n", "\n", StringComparison.Ordinal);
            var payloads = host.ReadText(path)
                .Split(delimiter)
                .Where(payload => payload.Length > 0)
                .Select(payload => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(payload))
                .ToArray();
            host.Out.WriteLine($"Number of messages read: {payloads.Length}");
            return payloads.Length > 0 ? payloads : throw new ToolException("File is empty and no payloads are there");
        }

        var size = options.Has(_recordSize) ? options.Int32(_recordSize) : 0;
        if (options.Has(_recordSize) && size <= 0)
        {
            throw new ToolException("--record-size should be greater than zero");
        }

        var letters = new byte[size];
        host.Random.Fill(letters);
        for (var i = 0; i < size; i++)
        {
            letters[i] = (byte)('A' + (letters[i] % 26));
        }

        return [letters];
    }
}
