using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Protocol;
using ClassicBroker.Rpc;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-broker-api-versions.sh</c>.</summary>
internal sealed class BrokerApiVersionsCommand : ICommand
{
    private readonly OptionParser _parser = new();
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _commandConfig;

    public BrokerApiVersionsCommand()
    {
        _bootstrapServer = _parser.Value("bootstrap-server", "REQUIRED: The server to connect to.", "server(s) to use for bootstrapping");
        _commandConfig =
            _parser.Value("command-config", "Properties file with configs for the admin client.", "command config property file");
    }

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args, "This tool helps to retrieve broker version information.");
        options.Require(_bootstrapServer);
        try
        {
            await using var network = host.OpenNetwork();
            await using var admin = network.Admin(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
            foreach (var described in await admin.DescribeApiVersionsAsync())
            {
                host.Out.WriteLine(described.Failure is null
                    ? $"{described.Broker} -> {Format(described.Apis)}"
                    : $"{described.Broker} -> ERROR: {JavaException.Describe(described.Failure)}");
            }

            return 0;
        }
        catch (KafkaException failure)
        {
            throw new ToolException(JavaException.Describe(failure), failure);
        }
    }

    internal static string Format(IReadOnlyList<ApiVersionRange> offered)
    {
        var lines = offered
            .OrderBy(range => range.ApiKey)
            .Select(Format)
            .Concat(ApiCatalog.All
                .Where(api => offered.All(range => range.ApiKey != (short)api.Key))
                .Select(api => $"{api.Name}({(short)api.Key}): UNSUPPORTED"));
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
