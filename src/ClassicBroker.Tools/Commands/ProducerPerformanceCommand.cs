using System.Globalization;
using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Arguments;
using ClassicBroker.Tools.Performance;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-producer-perf-test.sh</c>. Its options follow argparse4j: the words behind <c>--producer-props</c> are several.
/// </summary>
internal sealed class ProducerPerformanceCommand : ICommand
{
    private const string DefaultTransactionalId = "performance-producer-default-transactional-id";

    private readonly ArgumentParser _parser = new("producer-performance", "This tool is used to verify the producer performance.");
    private readonly ArgumentSpec _topic;
    private readonly ArgumentSpec _numRecords;
    private readonly ArgumentSpec _throughput;
    private readonly ArgumentSpec _recordSize;
    private readonly ArgumentSpec _payloadFile;
    private readonly ArgumentSpec _payloadDelimiter;
    private readonly ArgumentSpec _payloadMonotonic;
    private readonly ArgumentSpec _producerProps;
    private readonly ArgumentSpec _producerConfig;
    private readonly ArgumentSpec _printMetrics;
    private readonly ArgumentSpec _transactionalId;
    private readonly ArgumentSpec _transactionDurationMs;

    public ProducerPerformanceCommand()
    {
        var payload = new ExclusiveGroup(
            IsRequired: true, "", "either --record-size or --payload-file must be specified but not both.");
        _topic = _parser.Value("--topic", "TOPIC", "produce messages to this topic", isRequired: true);
        _numRecords = _parser.Value("--num-records", "NUM-RECORDS", "number of messages to produce", isRequired: true);
        _payloadDelimiter = _parser.Value(
            "--payload-delimiter",
            "PAYLOAD-DELIMITER",
            "provides delimiter to be used when --payload-file is provided. Defaults to new line. Note that this parameter will be ignored "
            + "if --payload-file is not provided.",
            "\\n");
        _throughput = _parser.Value(
            "--throughput",
            "THROUGHPUT",
            "throttle maximum message throughput to *approximately* THROUGHPUT messages/sec. Set this to -1 to disable throttling.",
            isRequired: true);
        _producerProps = _parser.Values(
            "--producer-props",
            "PROP-NAME=PROP-VALUE",
            "kafka producer related configuration properties like bootstrap.servers,client.id etc. These configs take precedence over those "
            + "passed via --producer.config.");
        _producerConfig = _parser.Value("--producer.config", "CONFIG-FILE", "producer config properties file.");
        _printMetrics = _parser.Flag("--print-metrics", "print out metrics at the end of the test. (default: false)");
        _transactionalId = _parser.Value(
            "--transactional-id",
            "TRANSACTIONAL-ID",
            "The transactionalId to use if transaction-duration-ms is > 0. Useful when testing the performance of concurrent transactions. "
            + $"(default: {DefaultTransactionalId})");
        _transactionDurationMs = _parser.Value(
            "--transaction-duration-ms",
            "TRANSACTION-DURATION",
            "The max age of each transaction. The commitTransaction will be called after this time has elapsed. Transactions are only enabled "
            + "if this value is positive. (default: 0)");
        _recordSize = _parser.Value(
            "--record-size",
            "RECORD-SIZE",
            "message size in bytes. Note that you must provide exactly one of --record-size or --payload-file or --payload-monotonic.",
            group: payload);
        _payloadFile = _parser.Value(
            "--payload-file",
            "PAYLOAD-FILE",
            "file to read the message payloads from. This works only for UTF-8 encoded text files. Payloads will be read from this file and "
            + "a payload will be randomly selected when sending messages. Note that you must provide exactly one of --record-size or "
            + "--payload-file or --payload-monotonic.",
            group: payload);
        _payloadMonotonic = _parser.Flag(
            "--payload-monotonic",
            "payload is monotonically increasing integer. Note that you must provide exactly one of --record-size or --payload-file or "
            + "--payload-monotonic. (default: false)",
            payload);
    }

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count == 0)
        {
            host.Out.Write(ArgumentHelp.Format(_parser));
            return 0;
        }

        var options = ParseArguments(args);
        var payloads = Payloads(options, host);
        var properties = host.Load(options.Value(_producerConfig));
        foreach (var pair in options.Values(_producerProps))
        {
            var parts = pair.Split('=', 2);
            properties[parts[0]] = parts.Length == 2
                ? parts[1]
                : throw new JavaFailure("java.lang.IllegalArgumentException", $"Invalid property: {pair}");
        }

        if (TransactionMs(options) > 0)
        {
            properties["transactional.id"] = options.Value(_transactionalId) ?? DefaultTransactionalId;
        }

        properties.TryAdd("client.id", "perf-producer-client");
        await using var network = host.OpenNetwork();
        await using var producer = await network.ProducerAsync(ProducerConfig.FromProperties(properties), Serdes.Null, Serdes.Memory);
        try
        {
            await ProduceAsync(options, host, producer, payloads, properties["client.id"]);
        }
        catch (InvalidOperationException misuse) when (properties.ContainsKey("transactional.id"))
        {
            // An id among the properties alone makes a transactional producer that begins no transaction.
            throw new JavaFailure("java.lang.IllegalStateException", misuse.Message);
        }

        return host.Interruption.IsRequested ? host.Interruption.ExitCode : 0;
    }

    private async Task ProduceAsync(
        ParsedArguments options,
        ToolHost host,
        KafkaProducer<object?, ReadOnlyMemory<byte>> producer,
        ReadOnlyMemory<byte>[] payloads,
        string clientId)
    {
        var count = options.Int64(_numRecords);
        var perSecond = options.Double(_throughput);
        var interrupted = host.Interruption.Expect();
        var topic = options.Text(_topic);
        var isMonotonic = options.Has(_payloadMonotonic);
        var transactions = await TimedTransactions<object?, ReadOnlyMemory<byte>>.StartAsync(producer, TransactionMs(options), host.Time);
        var stats = new ProducerStats(count, host.Time, host.Out, ProgressLine.On(host))
        {
            RecordSize = (int)payloads.Average(payload => payload.Length),
        };
        var startMs = host.Time.MonotonicMs();
        for (var sent = 0L; sent < count && !interrupted.IsCancellationRequested; sent++)
        {
            var payload = isMonotonic ? Encoding.UTF8.GetBytes(sent.ToString(CultureInfo.InvariantCulture))
                : payloads.Length == 1 ? payloads[0]
                : payloads[host.Random.Next(payloads.Length)];
            transactions?.BeginIfOver();
            var nowMs = host.Time.MonotonicMs();
            var pending = producer.SendAsync(new ProducerRecord<object?, ReadOnlyMemory<byte>>(topic, null, payload), stats, nowMs);
            if (!pending.IsCompletedSuccessfully)
            {
                await pending;
            }

            if (transactions?.IsDue(nowMs) == true)
            {
                await transactions.CommitAsync();
            }

            if (perSecond > 0 && (sent + 1) * 1000.0 / perSecond - (nowMs - startMs) is > 1 and var aheadMs)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(aheadMs), host.Time, interrupted);
            }
        }

        if (transactions is { IsOpen: true })
        {
            await transactions.CommitAsync();
        }

        await producer.FlushAsync();
        stats.PrintTotal();
        stats.AddTotal(host.Facts);
        if (options.Has(_printMetrics))
        {
            stats.PrintMetrics(clientId);
        }

        if (stats.LastFailure is not null)
        {
            throw stats.LastFailure;
        }
    }

    private ParsedArguments ParseArguments(IReadOnlyList<string> args)
    {
        var options = _parser.Parse(args);
        if (!options.Has(_producerProps) && !options.Has(_producerConfig))
        {
            throw options.Wrong("Either --producer-props or --producer.config must be specified.");
        }

        return options;
    }

    /// <summary>How long a transaction lasts; 0 where there are none.</summary>
    private long TransactionMs(ParsedArguments options) =>
        options.Has(_transactionDurationMs) ? Math.Max(0, options.Int64(_transactionDurationMs)) : 0;

    private ReadOnlyMemory<byte>[] Payloads(ParsedArguments options, ToolHost host)
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
            return payloads.Length > 0
                ? payloads
                : throw new JavaFailure("java.lang.IllegalArgumentException", "File does not exist or empty file provided.");
        }

        var size = options.Has(_recordSize) ? options.Int32(_recordSize) : 0;
        if (options.Has(_recordSize) && size <= 0)
        {
            throw new JavaFailure("java.lang.IllegalArgumentException", "--record-size should be greater than zero");
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
