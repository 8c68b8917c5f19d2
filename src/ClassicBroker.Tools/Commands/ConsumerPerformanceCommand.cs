using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Options;
using ClassicBroker.Tools.Performance;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-consumer-perf-test.sh</c>: reads a topic as a member of a group, as fast as it comes.</summary>
internal sealed class ConsumerPerformanceCommand : ICommand
{
    private const int RandomGroups = 100_000;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _brokerList;
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _topic;
    private readonly OptionSpec _messages;
    private readonly OptionSpec _group;
    private readonly OptionSpec _fetchSize;
    private readonly OptionSpec _fromLatest;
    private readonly OptionSpec _socketBufferSize;
    private readonly OptionSpec _consumerConfig;
    private readonly OptionSpec _detailed;
    private readonly OptionSpec _timeout;
    private readonly OptionSpec _reportingInterval;
    private readonly OptionSpec _dateFormat;
    private readonly OptionSpec _hideHeader;
    private readonly OptionSpec _printMetrics;

    public ConsumerPerformanceCommand()
    {
        _brokerList = _parser.Value(
            "broker-list",
            "DEPRECATED, use --bootstrap-server instead; ignored if --bootstrap-server is specified. The broker list string in "
            + "the form HOST1:PORT1,HOST2: PORT2.",
            "broker-list");
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "REQUIRED unless --broker-list (deprecated) is specified. The server (s) to connect to.",
            "server to connect to");
        _topic = _parser.Value("topic", "REQUIRED: The topic to consume from.", "topic");
        _messages = _parser.Value("messages", "REQUIRED: The number of messages to send or consume", "count", type: "Long");
        _group = _parser.Value("group", "The group id to consume on.", "gid");
        _fetchSize =
            _parser.Value("fetch-size", "The amount of data to fetch in a single request.", "size", "1048576", "Integer");
        _fromLatest = _parser.Flag(
            "from-latest",
            "If the consumer does not already have an established offset to consume from, start with the latest message present "
            + "in the log rather than the earliest message.");
        _socketBufferSize = _parser.Value("socket-buffer-size", "The size of the tcp RECV size.", "size", "2097152", "Integer");
        _consumerConfig = _parser.Value("consumer.config", "Consumer config properties file.", "config file");
        _printMetrics = _parser.Flag("print-metrics", "Print out the metrics.");
        _detailed = _parser.Flag(
            "show-detailed-stats",
            "If set, stats are reported for each reporting interval as configured by reporting-interval");
        _timeout = _parser.OptionalValue(
            "timeout",
            "The maximum allowed time in milliseconds between returned records.",
            "milliseconds", "10000", "Long");
        _reportingInterval =
            _parser.Value(
                "reporting-interval",
                "Interval in milliseconds at which to print progress info.",
                "interval_ms", "5000", "Long");
        _dateFormat =
            _parser.Value(
                "date-format",
                "The date format to use for formatting the time field. See java.text. SimpleDateFormat for options.",
                "date format", "yyyy-MM-dd HH:mm:ss:SSS");
        _hideHeader = _parser.Flag("hide-header", "If set, skips printing the header for the stats");
        _parser.Value("threads", "DEPRECATED AND IGNORED: Number of processing threads.", "count", "10", "Integer");
        _parser.Value("num-fetch-threads", "DEPRECATED AND IGNORED: Number of fetcher threads.", "count", "1", "Integer");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = args.Count > 0
            ? _parser.Parse(args, "This tool is used to verify the consumer performance.")
            : throw _parser.Usage("Missing required option(s) [bootstrap-server]");
        options.Require(_topic, _messages);
        var config = ConsumerConfig.FromProperties(Properties(options, host));
        await using var network = host.OpenNetwork();
        await using var consumer = await network.ConsumerAsync(config, PayloadSize.Instance, PayloadSize.Instance);
        await ConsumeAsync(options, host, consumer, config.ClientId);
        return 0;
    }

    private async Task ConsumeAsync(ParsedOptions options, ToolHost host, KafkaConsumer<int, int> consumer, string clientId)
    {
        var wanted = options.Int64(_messages);
        var timeout = TimeSpan.FromMilliseconds(options.Int64(_timeout));
        var stats = new ConsumerStats(host.Time, options.Text(_dateFormat), options.Has(_detailed));
        if (!options.Has(_hideHeader))
        {
            host.Out.WriteLine(stats.Header);
        }

        var interrupted = host.Interruption.Expect();
        var progress = ProgressLine.On(host);
        consumer.Subscribe([options.Text(_topic)], new RebalanceTimer(host.Time, stats));
        var lastConsumedMs = host.Time.MonotonicMs();
        while (stats.Messages < wanted)
        {
            var records = await consumer.PollAsync(PollInterval, interrupted);
            if (records.Count > 0)
            {
                lastConsumedMs = host.Time.MonotonicMs();
            }
            else if (host.Time.MonotonicMs() - lastConsumedMs > timeout.TotalMilliseconds)
            {
                progress?.Clear();
                host.Out.WriteLine(
                    $"WARNING: Exiting before consuming the expected number of messages: timeout ({timeout.TotalMilliseconds:0} ms) exceeded. "
                    + "You can use the --timeout option to increase the timeout.");
                break;
            }

            foreach (var record in records)
            {
                stats.Add(record.Key + record.Value);
            }

            if (stats.IsDue(options.Int64(_reportingInterval)))
            {
                progress?.Clear();
                stats.Report(host.Out);
            }

            progress?.Show("Consumed", stats.Messages, wanted);
        }

        progress?.Clear();

        stats.PrintTotal(host.Out);
        stats.AddTotal(host.Facts);
        if (options.Has(_printMetrics))
        {
            stats.PrintMetrics(host.Out, clientId);
        }
    }

    private Dictionary<string, string> Properties(ParsedOptions options, ToolHost host)
    {
        var properties = host.Load(options.Value(_consumerConfig));
        properties["bootstrap.servers"] = options.Value(_bootstrapServer) ?? options.Value(_brokerList)
            ?? throw _parser.Usage("Missing required option(s) [bootstrap-server]");
        properties["receive.buffer.bytes"] = options.Int32(_socketBufferSize).ToString(CultureInfo.InvariantCulture);
        properties["max.partition.fetch.bytes"] = options.Int32(_fetchSize).ToString(CultureInfo.InvariantCulture);
        properties["auto.offset.reset"] = options.Has(_fromLatest) ? "latest" : "earliest";
        properties["check.crcs"] = "false";
        properties["group.id"] = options.Value(_group) ?? $"perf-consumer-{host.Random.Next(RandomGroups)}";
        properties.TryAdd("max.poll.records", "10000");
        properties.TryAdd("client.id", "perf-consumer-client");
        return properties;
    }
}
