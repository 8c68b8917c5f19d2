using ClassicBroker.Client;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-client-metrics.sh</c>: brokers with ZooKeeper have no subscriptions to metrics of clients (KIP-714), and say so.
/// </summary>
internal sealed class ClientMetricsCommand : ICommand
{
    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;
    private readonly OptionSpec _alter;
    private readonly OptionSpec _delete;
    private readonly OptionSpec _describe;
    private readonly OptionSpec _list;
    private readonly OptionSpec _name;
    private readonly OptionSpec _generateName;
    private readonly OptionSpec _interval;
    private readonly OptionSpec _match;
    private readonly OptionSpec _metrics;

    public ClientMetricsCommand()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", "REQUIRED: The Kafka server to connect to.", "server to connect to");
        _commandConfig = _parser.Value(
            "command-config", "Property file containing configs to be passed to Admin Client.", "command config property file");
        _alter = _parser.Flag("alter", "Alter the configuration for the client metrics resource.");
        _delete = _parser.Flag("delete", "Delete the configuration for the client metrics resource.");
        _describe = _parser.Flag("describe", "List configurations for the client metrics resource.");
        _list = _parser.Flag("list", "List the client metrics resources.");
        _name = _parser.Value("name", "Name of client metrics configuration resource.", "name");
        _generateName = _parser.Flag("generate-name", "Generate a UUID to use as the name.");
        _interval = _parser.Value(
            "interval", "The metrics push interval in milliseconds.\nLeave empty to reset the interval.", "push interval");
        _match = _parser.Value(
            "match",
            "Matching selector 'k1=v1,k2=v2'. The following is a list of valid selector names:\n\tclient_id\n\tclient_instance_id\n"
            + "\tclient_software_name\n\tclient_software_version\n\tclient_source_address\n\tclient_source_port",
            "k1=v1,k2=v2");
        _metrics = _parser.Value("metrics", "Telemetry metric name prefixes 'm1,m2'.", "m1,m2");
    }

    public FailureForm Failures => FailureForm.ExecutingClientMetricsCommand;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to manipulate and describe client metrics configurations.");
        Check(options);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        if (options.Has(_list) || !options.Has(_name))
        {
            await admin.DescribeClusterAsync();
            throw new JavaFailure(
                "org.apache.kafka.common.errors.UnsupportedVersionException", "The node does not support LIST_CLIENT_METRICS_RESOURCES");
        }

        var resource = new ConfigResource(ConfigResourceType.ClientMetrics, options.Text(_name));
        if (options.Has(_describe))
        {
            host.Out.WriteLine($"Client metrics configs for {resource.Name} are:");
        }

        if (options.Has(_alter))
        {
            Require((await admin.IncrementalAlterConfigsAsync(resource, Changes(options))).Failure);
        }
        else
        {
            Require((await admin.DescribeConfigsAsync([resource]))[0].Failure);
        }

        return 0;
    }

    private static void Require(KafkaException? failure)
    {
        if (failure is not null)
        {
            throw failure;
        }
    }

    private ConfigChange[] Changes(ParsedOptions options) =>
    [
        .. new[] { ("interval.ms", _interval), ("match", _match), ("metrics", _metrics) }
            .Where(entry => options.Has(entry.Item2))
            .Select(entry => options.Value(entry.Item2) is { Length: > 0 } value
                ? ConfigChange.Set(entry.Item1, value)
                : ConfigChange.Delete(entry.Item1)),
    ];

    private void Check(ParsedOptions options)
    {
        if (new[] { _alter, _delete, _describe, _list }.Count(options.Has) != 1)
        {
            throw _parser.Usage("Command must include exactly one action: --alter, --delete, --describe or --list.");
        }

        options.Require(_bootstrapServer);
        if (options.Has(_alter) && options.Has(_name) == options.Has(_generateName))
        {
            throw new JavaFailure("java.lang.IllegalArgumentException", "One of --name or --generate-name must be specified with --alter.");
        }

        if (options.Has(_delete) && !options.Has(_name))
        {
            throw new JavaFailure(
                "java.lang.IllegalArgumentException", "A client metrics resource name must be specified with --delete.");
        }
    }
}
