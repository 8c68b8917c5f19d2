using System.Globalization;
using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Arguments;
using ClassicBroker.Tools.Performance;
using ClassicBroker.Tools.Verifiable;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-verifiable-producer.sh</c>: sends ascending numbers and tells as JSON lines which were acknowledged, so that a test can check
/// them against what is read. With a <c>transactional.id</c> in its properties it sends in transactions, and tells which were committed.
/// </summary>
internal sealed class VerifiableProducerCommand : ICommand
{
    /// <summary>How long a transaction takes records.</summary>
    private const int TransactionMs = 1000;

    private readonly ArgumentParser _parser = new(
        "verifiable-producer",
        "This tool produces increasing integers to the specified topic and prints JSON metadata to stdout on each \"send\" request, making "
        + "externally visible which messages have been acked and which have not.");
    private readonly ArgumentSpec _topic;
    private readonly ArgumentSpec _maxMessages;
    private readonly ArgumentSpec _throughput;
    private readonly ArgumentSpec _acks;
    private readonly ArgumentSpec _producerConfig;
    private readonly ArgumentSpec _createTime;
    private readonly ArgumentSpec _valuePrefix;
    private readonly ArgumentSpec _repeatingKeys;
    private readonly ArgumentSpec _bootstrapServer;
    private readonly ArgumentSpec _brokerList;

    public VerifiableProducerCommand()
    {
        _topic = _parser.Value("--topic", "TOPIC", "Produce messages to this topic.", isRequired: true);
        _maxMessages = _parser.Value(
            "--max-messages",
            "MAX-MESSAGES",
            "Produce this many messages. If -1, produce messages until the process is killed externally.",
            "-1");
        _throughput = _parser.Value(
            "--throughput", "THROUGHPUT", "If set >= 0, throttle maximum message throughput to *approximately* THROUGHPUT messages/sec.", "-1");
        _acks = _parser.Value("--acks", "ACKS", "Acks required on each produced message. See Kafka docs on acks for details.", "-1");
        _producerConfig = _parser.Value("--producer.config", "CONFIG_FILE", "Producer config properties file.");
        _createTime = _parser.Value(
            "--message-create-time",
            "CREATETIME",
            "Send messages with creation time starting at the arguments value, in milliseconds since epoch",
            "-1");
        _valuePrefix = _parser.Value(
            "--value-prefix", "VALUE-PREFIX", "If specified, each produced value will have this prefix with a dot separator");
        _repeatingKeys = _parser.Value(
            "--repeating-keys",
            "REPEATING-KEYS",
            "If specified, each produced record will have a key starting at 0 increment by 1 up to the number specified (exclusive), then the "
            + "key is set to 0 again");
        (_bootstrapServer, _brokerList) = ConnectionArguments.Add(_parser, "REQUIRED: The server(s) to connect to.");
    }

    public FailureForm Failures => FailureForm.Trace;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (args.Count == 0)
        {
            host.Out.Write(ArgumentHelp.Format(_parser));
            return 0;
        }

        var options = _parser.Parse(args);
        var config = Config(options, host);
        var interrupted = host.Interruption.Expect();
        var events = new VerifiableEvents(host.Out, host.Time);
        await using var network = host.OpenNetwork();
        events.Write("startup_complete", _ => { });
        var startMs = host.Time.MonotonicMs();
        var log = new VerifiableLog(events, options.Text(_topic), isTransactional: config.TransactionalId is not null);
        await using (var producer = await network.ProducerAsync(config, Serdes.ByteArray, Serdes.ByteArray))
        {
            var transactions = await TimedTransactions<byte[]?, byte[]?>.StartAsync(
                producer, config.TransactionalId is null ? 0 : TransactionMs, host.Time);
            await SendAllAsync(options, producer, transactions, log, host, interrupted);
            await producer.FlushAsync();
        }

        events.Write("shutdown_complete", _ => { });
        var rate = 1000.0 * log.Acknowledged / Math.Max(1, host.Time.MonotonicMs() - startMs);
        events.Write("tool_data", json =>
        {
            json.WriteNumber("sent", log.Sent);
            json.WriteNumber("acked", log.Acknowledged);
            json.WriteNumber("target_throughput", options.Int32(_throughput));
            json.WriteNumber("avg_throughput", rate);
        });
        return host.Interruption.IsRequested ? host.Interruption.ExitCode : 0;
    }

    private async Task SendAllAsync(
        ParsedArguments options,
        KafkaProducer<byte[]?, byte[]?> producer,
        TimedTransactions<byte[]?, byte[]?>? transactions,
        VerifiableLog log,
        ToolHost host,
        CancellationToken interrupted)
    {
        var max = options.Int64(_maxMessages) < 0 ? long.MaxValue : options.Int64(_maxMessages);
        var perSecond = options.Int32(_throughput);
        var keys = options.Has(_repeatingKeys) ? options.Int32(_repeatingKeys) : 0;
        var createTimeMs = options.Int64(_createTime);
        var startMs = host.Time.MonotonicMs();
        for (var number = 0L; number < max && perSecond != 0 && !interrupted.IsCancellationRequested; number++)
        {
            var key = keys > 0 ? (number % keys).ToString(CultureInfo.InvariantCulture) : null;
            var text = number.ToString(CultureInfo.InvariantCulture);
            var value = options.Value(_valuePrefix) is { } prefix ? $"{prefix}.{text}" : text;
            var elapsedMs = host.Time.MonotonicMs() - startMs;
            var record = new ProducerRecord<byte[]?, byte[]?>(options.Text(_topic), Bytes(key), Bytes(value))
            {
                TimestampMs = createTimeMs < 0 ? null : createTimeMs + elapsedMs,
            };
            transactions?.BeginIfOver();
            var isSent = await SendAsync(producer, record, log, log.Add(key, value));
            if (transactions is not null && (!isSent || transactions.IsDue(host.Time.MonotonicMs())))
            {
                await EndAsync(transactions, log);
            }

            if (perSecond > 0 && (number + 1) * 1000.0 / perSecond - elapsedMs is > 1 and var aheadMs)
            {
                await PauseAsync(TimeSpan.FromMilliseconds(aheadMs), host, interrupted);
            }
        }

        if (transactions is { IsOpen: true })
        {
            await EndAsync(transactions, log);
        }
    }

    /// <summary>Commits, or aborts where a record of the transaction was not written, and tells what became of the others.</summary>
    private static async Task EndAsync(TimedTransactions<byte[]?, byte[]?> transactions, VerifiableLog log)
    {
        try
        {
            await transactions.CommitAsync();
            log.OnCommitted();
        }
        catch (KafkaException failure)
        {
            log.OnNotCommitted(failure);
            if (!failure.RequiresAbort)
            {
                throw;
            }

            await transactions.AbortAsync();
        }
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    /// <summary>False where the record did not get as far as the buffer, which is told.</summary>
    private static async Task<bool> SendAsync(
        KafkaProducer<byte[]?, byte[]?> producer, ProducerRecord<byte[]?, byte[]?> record, VerifiableLog log, long tag)
    {
        try
        {
            await producer.SendAsync(record, log, tag);
            return true;
        }
        catch (KafkaException refused)
        {
            log.OnFailed(tag, refused);
            return false;
        }
    }

    /// <summary>Waits, and no longer once the tool is interrupted.</summary>
    private static async Task PauseAsync(TimeSpan pause, ToolHost host, CancellationToken interrupted)
    {
        try
        {
            await Task.Delay(pause, host.Time, interrupted);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            // The loop sees it and lets what was sent be acknowledged.
        }
    }

    private ProducerConfig Config(ParsedArguments options, ToolHost host)
    {
        var properties = host.Load(options.Value(_producerConfig));
        properties["bootstrap.servers"] = options.Value(_bootstrapServer) ?? options.Text(_brokerList);
        properties["acks"] = options.Int32(_acks).ToString(CultureInfo.InvariantCulture);
        if (!properties.ContainsKey("transactional.id"))
        {
            properties.TryAdd("retries", "0");
        }

        return ProducerConfig.FromProperties(properties);
    }
}
