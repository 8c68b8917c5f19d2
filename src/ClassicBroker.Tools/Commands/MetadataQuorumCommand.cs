using ClassicBroker.Tools.Arguments;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-metadata-quorum.sh</c>: a cluster with ZooKeeper has no quorum of controllers, and the tool says so as Kafka's does.
/// </summary>
internal sealed class MetadataQuorumCommand : ICommand
{
    private readonly ArgumentParser _parser = new("kafka-metadata-quorum", "This tool describes kraft metadata quorum status.")
    {
        HelpExitCode = 0,
    };

    private readonly ArgumentSpec _bootstrapServer;
    private readonly ArgumentSpec _bootstrapController;
    private readonly ArgumentSpec _commandConfig;
    private readonly ArgumentSpec _status;
    private readonly ArgumentSpec _replication;

    public MetadataQuorumCommand()
    {
        var connection = new ExclusiveGroup(IsRequired: true);
        _bootstrapServer = _parser.Value(
            "--bootstrap-server",
            "BOOTSTRAP_SERVER",
            "A comma-separated list of host:port pairs to use for establishing the connection to the Kafka cluster.",
            group: connection);
        _bootstrapController = _parser.Value(
            "--bootstrap-controller",
            "BOOTSTRAP_CONTROLLER",
            "A comma-separated list of host:port pairs to use for establishing the connection to the Kafka controllers.",
            group: connection);
        _commandConfig = _parser.Value(
            "--command-config", "COMMAND_CONFIG", "Property file containing configs to be passed to Admin Client.");
        var describe = _parser.Command("describe", "Describe the metadata quorum info");
        _status = describe.Flag("--status",
            "A short summary of the quorum status and the other provides detailed information about the status of replication.");
        _replication = describe.Flag("--replication", "Detailed information about the status of replication");
        describe.Flag("--human-readable", "Human-readable output");
        var add = _parser.Command("add-controller", "Add a controller to the KRaft controller cluster");
        add.Flag("--dry-run", "True if we should print what would be done, but not do it.");
        var remove = _parser.Command("remove-controller", "Remove a controller from the KRaft controller cluster");
        remove.Value("--controller-id -i", "CONTROLLER_ID", "The id of the controller to remove.", isRequired: true);
        remove.Value(
            "--controller-directory-id -d", "CONTROLLER_DIRECTORY_ID", "The directory ID of the controller to remove.", isRequired: true);
        remove.Flag("--dry-run", "True if we should print what would be done, but not do it.");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool AwaitsFutures => true;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args);
        var request = options.Command switch
        {
            "describe" when !options.Has(_status) && !options.Has(_replication) =>
                throw new ToolException("One of --status or --replication must be specified with describe sub-command"),
            "describe" when options.Has(_status) && options.Has(_replication) =>
                throw new ToolException("Only one of --status or --replication should be specified with describe sub-command"),
            "describe" => "DESCRIBE_QUORUM",
            "add-controller" when !options.Has(_commandConfig) => throw new ToolException(
                "You must supply the configuration file of the controller you are adding when using add-controller."),
            "add-controller" => "ADD_RAFT_VOTER",
            _ => "REMOVE_RAFT_VOTER",
        };
        await using var network = host.OpenNetwork();
        if (options.Value(_bootstrapController) is { } controllers)
        {
            throw await network.RefuseControllersAsync(host, controllers, options.Value(_commandConfig));
        }

        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        await admin.DescribeClusterAsync();
        throw JavaException.FromFuture(new JavaFailure(
            "org.apache.kafka.common.errors.UnsupportedVersionException", $"The node does not support {request}"));
    }
}
