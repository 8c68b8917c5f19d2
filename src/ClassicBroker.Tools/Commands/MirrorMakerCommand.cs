using System.Globalization;
using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Tools.Mirroring;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-mirror-maker.sh</c>, the classic one: copies topics of one cluster to another, from a group of consumers to one producer.
/// </summary>
internal sealed class MirrorMakerCommand : ICommand
{
    private const string Logger = "kafka.tools.MirrorMaker$";

    /// <summary>How Java reports an exit with -1.</summary>
    private const int AbnormalExit = 255;

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _consumerConfig;
    private readonly OptionSpec _producerConfig;
    private readonly OptionSpec _numStreams;
    private readonly OptionSpec _include;
    private readonly OptionSpec _whitelist;
    private readonly OptionSpec _commitInterval;
    private readonly OptionSpec _rebalanceListener;
    private readonly OptionSpec _messageHandler;
    private readonly OptionSpec _abortOnSendFailure;

    public MirrorMakerCommand()
    {
        _consumerConfig = _parser.Value(
            "consumer.config", "Embedded consumer config for consuming from the source cluster.", "config file");
        _parser.Flag(
            "new.consumer",
            "DEPRECATED Use new consumer in mirror maker (this is the default so this option will be removed in a future version).");
        _producerConfig = _parser.Value("producer.config", "Embedded producer config.", "config file");
        _numStreams = _parser.Value(
            "num.streams", "Number of consumption streams.", "Number of threads", "1", "Integer");
        _include = _parser.Value("include", "List of included topics to mirror.", "Java regex (String)");
        _whitelist = _parser.Value(
            "whitelist",
            "DEPRECATED, use --include instead; ignored if --include specified. List of included topics to mirror.",
            "Java regex (String)");
        _commitInterval = _parser.Value(
            "offset.commit.interval.ms", "Offset commit interval in ms.", "offset commit interval in millisecond", "60000", "Integer");
        _rebalanceListener = _parser.Value(
            "consumer.rebalance.listener",
            "The consumer rebalance listener to use for mirror maker consumer.",
            "A custom rebalance listener of type ConsumerRebalanceListener");
        _parser.Value(
            "rebalance.listener.args",
            "Arguments used by custom rebalance listener for mirror maker consumer.",
            "Arguments passed to custom rebalance listener constructor as a string.");
        _messageHandler = _parser.Value(
            "message.handler",
            "Message handler which will process every record in-between consumer and producer.",
            "A custom message handler of type MirrorMakerMessageHandler");
        _parser.Value(
            "message.handler.args",
            "Arguments used by custom message handler for mirror maker.",
            "Arguments passed to message handler constructor.");
        _abortOnSendFailure = _parser.Value(
            "abort.on.send.failure",
            "Configure the mirror maker to exit on a failed send.",
            "Stop the entire mirror maker when a send failure occurs",
            "true");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        host.Log("WARN", "This tool is deprecated and may be removed in a future major release.", Logger);
        var options = _parser.Parse(args, "This tool helps to continuously copy data between two Kafka clusters.");
        options.Require(_consumerConfig, _producerConfig);
        RefuseJavaClasses(options);
        var topics = TopicsOf(options);
        var source = host.Load(options.Text(_consumerConfig));
        RequireGroup(source);
        var interrupted = host.Interruption.Expect();
        var progress = new MirrorProgress(host);
        var failures = new SendFailures(options.Text(_abortOnSendFailure).Equals("true", StringComparison.OrdinalIgnoreCase), host);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(AdminConfigOf(source));
        await using (var producer = await network.ProducerAsync(
            ProducerConfigOf(host.Load(options.Text(_producerConfig))), Serdes.ByteArray, Serdes.ByteArray))
        {
            List<KafkaConsumer<byte[]?, byte[]?>> consumers = [];
            List<Task> streams = [];
            for (var stream = 0; stream < options.Int32(_numStreams); stream++)
            {
                var consumer = await network.ConsumerAsync(ConsumerConfigOf(source, stream), Serdes.ByteArray, Serdes.ByteArray);
                consumers.Add(consumer);
                streams.Add(new MirrorStream(
                    consumer, producer, failures, progress, host.Time, TimeSpan.FromMilliseconds(options.Int32(_commitInterval)))
                    .RunAsync(admin, topics, interrupted));
            }

            foreach (var (stream, consumer) in streams.Zip(consumers))
            {
                await stream;
                await consumer.DisposeAsync();
            }
        }

        progress.Clear();
        if (failures.IsFatal)
        {
            host.Log("FATAL", "Mirror maker thread exited abnormally, stopping the whole mirror maker.", Logger);
            return AbnormalExit;
        }

        return host.Interruption.IsRequested ? host.Interruption.ExitCode : 0;
    }

    private void RefuseJavaClasses(ParsedOptions options)
    {
        foreach (var option in new[] { _messageHandler, _rebalanceListener })
        {
            if (options.Value(option) is { } javaClass)
            {
                throw new ToolException($"--{option.Name} names the Java class {javaClass}, and there is no JVM that could load it.");
            }
        }
    }

    /// <summary>Commas separate topics as bars do.</summary>
    private Regex TopicsOf(ParsedOptions options)
    {
        var text = options.Value(_include) ?? options.Value(_whitelist)
            ?? throw new ToolException("whitelist must be specified when using new consumer in mirror maker.");
        try
        {
            var pattern = text.Trim().Trim('"', '\'').Replace(',', '|').Replace(" ", "", StringComparison.Ordinal);
            return new Regex($"^({pattern})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            throw new ToolException($"{text} is an invalid regex.", wrong);
        }
    }

    private static void RequireGroup(Dictionary<string, string> source)
    {
        if (source.GetValueOrDefault("group.id") is not { Length: > 0 })
        {
            throw new JavaFailure(
                "java.lang.IllegalArgumentException", "The consumer config must have a group.id, which the streams share and commit for");
        }
    }

    private static AdminConfig AdminConfigOf(Dictionary<string, string> source) =>
        AdminConfig.FromProperties(source.Where(
            property => property.Key is "bootstrap.servers" or "security.protocol"
                || property.Key.StartsWith("ssl.", StringComparison.Ordinal)
                || property.Key.StartsWith("sasl.", StringComparison.Ordinal)));

    /// <summary>No record is lost and none overtakes another unless the file says so.</summary>
    private static ProducerConfig ProducerConfigOf(Dictionary<string, string> properties)
    {
        properties.TryAdd("delivery.timeout.ms", int.MaxValue.ToString(CultureInfo.InvariantCulture));
        properties.TryAdd("max.block.ms", long.MaxValue.ToString(CultureInfo.InvariantCulture));
        properties.TryAdd("acks", "all");
        properties.TryAdd("max.in.flight.requests.per.connection", "1");
        return ProducerConfig.FromProperties(properties);
    }

    private static ConsumerConfig ConsumerConfigOf(Dictionary<string, string> source, int stream)
    {
        var properties = new Dictionary<string, string>(source, StringComparer.Ordinal)
        {
            // Offsets are committed once the target cluster has the records.
            ["enable.auto.commit"] = "false",
            ["client.id"] = $"{source["group.id"]}-{stream}",
        };
        return ConsumerConfig.FromProperties(properties);
    }
}
