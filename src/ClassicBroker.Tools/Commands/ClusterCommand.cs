using ClassicBroker.Tools.Arguments;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-cluster.sh</c>.</summary>
internal sealed class ClusterCommand : ICommand
{
    private readonly ArgumentParser _parser = new("kafka-cluster", "The Kafka cluster tool.");
    private readonly Options _clusterId;
    private readonly Options _unregister;

    public ClusterCommand()
    {
        var clusterId = _parser.Command("cluster-id", "Get information about the ID of a cluster.");
        var unregister = _parser.Command("unregister", "Unregister a broker.");
        unregister.Value("--id --i", "ID", "The ID of the broker to unregister.", isRequired: false);
        _clusterId = Options.Of(clusterId);
        _unregister = Options.Of(unregister);
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool AwaitsFutures => true;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var parsed = _parser.Parse(args);
        var options = parsed.Command == "cluster-id" ? _clusterId : _unregister;
        await using var network = host.OpenNetwork();
        if (parsed.Value(options.BootstrapController) is { } controllers)
        {
            throw await network.RefuseControllersAsync(host, controllers, parsed.Value(options.Config));
        }

        await using var admin = await network.AdminAsync(host, parsed.Text(options.BootstrapServer), parsed.Value(options.Config));
        var cluster = await admin.DescribeClusterAsync();
        if (options == _clusterId && host.Facts is { } facts)
        {
            facts.Set("clusterId", json => json.WriteStringValue(cluster.ClusterId));
            return 0;
        }

        host.Out.WriteLine(
            options != _clusterId ? "The target cluster does not support the broker unregistration API."
            : cluster.ClusterId is { } id ? $"Cluster ID: {id}"
            : "No cluster ID found. The Kafka version is probably too old.");
        return 0;
    }

    /// <summary>What both commands take.</summary>
    private sealed record Options(ArgumentSpec BootstrapServer, ArgumentSpec BootstrapController, ArgumentSpec Config)
    {
        public static Options Of(ArgumentParser parser)
        {
            var connection = new ExclusiveGroup(IsRequired: true);
            return new Options(
                parser.Value(
                    "--bootstrap-server -b",
                    "BOOTSTRAP_SERVER",
                    "A list of host/port pairs to use for establishing the connection to the Kafka cluster.",
                    group: connection),
                parser.Value(
                    "--bootstrap-controller -C",
                    "BOOTSTRAP_CONTROLLER",
                    "A list of host/port pairs to use for establishing the connection to the KRaft controllers.",
                    group: connection),
                parser.Value("--config -c", "CONFIG", "A property file containing configurations for the Admin client."));
        }
    }
}
