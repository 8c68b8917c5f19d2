using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-broker-api-versions.sh</c>.</summary>
internal sealed class BrokerApiVersionsCommand : ICommand
{
    /// <summary>APIs that Kafka's client of 3.9 knows and no broker with ZooKeeper has.</summary>
    private static readonly (short Key, string Name)[] OtherApis =
    [
        (55, "DescribeQuorum"), (64, "UnregisterBroker"), (71, "GetTelemetrySubscriptions"), (72, "PushTelemetry"),
        (74, "ListClientMetricsResources"), (75, "DescribeTopicPartitions"), (76, "ShareGroupHeartbeat"), (77, "ShareGroupDescribe"),
        (78, "ShareFetch"), (79, "ShareAcknowledge"), (80, "AddRaftVoter"), (81, "RemoveRaftVoter"), (83, "InitializeShareGroupState"),
        (84, "ReadShareGroupState"), (85, "WriteShareGroupState"), (86, "DeleteShareGroupState"), (87, "ReadShareGroupStateSummary"),
    ];

    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;

    public BrokerApiVersionsCommand()
    {
        _bootstrapServer = _parser.Value(
            "bootstrap-server",
            "REQUIRED: The server to connect to.",
            "server(s) to use for bootstrapping");
        _commandConfig =
            _parser.Value(
                "command-config",
                "A property file containing configs to be passed to Admin Client.",
                "command config property file");
    }

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to retrieve broker version information.");
        options.Require(_bootstrapServer);
        await using var network = host.OpenNetwork();
        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        foreach (var described in await DescribeAsync(admin, options.Text(_bootstrapServer)))
        {
            if (host.Facts is not null)
            {
                Add(host.Facts, described);
                continue;
            }

            host.Out.WriteLine(described.Failure is null
                ? $"{described.Broker} -> {Format(described.Apis)}"
                : $"{described.Broker} -> ERROR: {JavaException.Describe(described.Failure)}");
        }

        return 0;
    }

    private static void Add(FactDocument facts, NodeApiVersions described) =>
        facts.Add("brokers", json =>
        {
            json.WriteNumber("broker", described.Broker.Id);
            json.WriteString("host", described.Broker.Host);
            json.WriteNumber("port", described.Broker.Port);
            json.WriteString("rack", described.Broker.Rack);
            json.WriteError(described.Failure);
            json.WriteList("apis", described.Apis.OrderBy(range => range.ApiKey), range =>
            {
                var isKnown = ApiCatalog.TryGet(range.ApiKey, out var api);
                json.WriteNumber("apiKey", range.ApiKey);
                json.WriteString("name", isKnown ? api!.Name : null);
                json.WriteNumber("minVersion", range.MinVersion);
                json.WriteNumber("maxVersion", range.MaxVersion);
                var isUsable = isKnown && range.MaxVersion >= api!.MinVersion && range.MinVersion <= api.MaxVersion;
                json.WriteNumberOrNull("usable", isUsable ? Math.Min(range.MaxVersion, api!.MaxVersion) : null);
            });
        });

    /// <exception cref="JavaFailure">No broker can be asked.</exception>
    private static async Task<IReadOnlyList<NodeApiVersions>> DescribeAsync(AdminClient admin, string servers)
    {
        try
        {
            return await admin.DescribeApiVersionsAsync();
        }
        catch (KafkaTimeoutException late)
        {
            var nodes = servers.Split(',').Select((server, index) => $"{server} (id: {-1 - index} rack: null)");
            throw new JavaFailure(
                "java.lang.RuntimeException",
                $"Request METADATA failed on brokers List({string.Join(", ", nodes)})",
                late.InnerException is null ? null : new JavaFailure("java.io.IOException", late.InnerException.Message));
        }
    }

    internal static string Format(IReadOnlyList<ApiVersionRange> offered)
    {
        var known = ApiCatalog.All.Select(api => ((short)api.Key, api.Name)).Concat(OtherApis);
        var lines = offered
            .Select(range => (range.ApiKey, Text: Format(range)))
            .Concat(known
                .Where(api => offered.All(range => range.ApiKey != api.Item1))
                .Select(api => (ApiKey: api.Item1, Text: $"{api.Item2}({api.Item1}): UNSUPPORTED")))
            .OrderBy(line => line.ApiKey)
            .Select(line => line.Text);
        return new StringBuilder("(\n\t").AppendJoin(",\n\t", lines).Append("\n)").ToString();
    }

    private static string Format(ApiVersionRange range)
    {
        var versions = range.MinVersion == range.MaxVersion ? $"{range.MinVersion}" : $"{range.MinVersion} to {range.MaxVersion}";
        if (!ApiCatalog.TryGet(range.ApiKey, out var api))
        {
            return $"UNKNOWN({range.ApiKey}): {versions}";
        }

        var usable = Math.Min(range.MaxVersion, api.MaxVersion);
        var use = range.MaxVersion < api.MinVersion ? "unusable: node too old"
            : range.MinVersion > api.MaxVersion ? "unusable: node too new"
            : $"usable: {usable}";
        return $"{api.Name}({range.ApiKey}): {versions} [{use}]";
    }
}
