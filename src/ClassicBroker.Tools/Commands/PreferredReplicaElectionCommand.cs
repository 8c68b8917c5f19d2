using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-preferred-replica-election.sh</c>, which Kafka had up to 2.8: by brokers, or by the znode the controller watches.
/// </summary>
internal sealed class PreferredReplicaElectionCommand : ICommand
{
    private readonly OptionParser _parser = new();
    private readonly OptionSpec _jsonFile;
    private readonly OptionSpec _zooKeeper;
    private readonly OptionSpec _bootstrapServer;
    private readonly OptionSpec _adminConfig;

    public PreferredReplicaElectionCommand()
    {
        _jsonFile = _parser.Value(
            "path-to-json-file",
            "The JSON file with the partitions that are to be led by their first replica: "
            + "{\"partitions\":[{\"topic\": \"foo\", \"partition\": 1}]}. All existing partitions where it is absent.",
            "list of partitions for which preferred replica leader election needs to be triggered");
        _zooKeeper = _parser.Value(
            "zookeeper", "DEPRECATED: the ZooKeeper connection in the form host:port[,host:port][/chroot], in place of the brokers.", "urls");
        _bootstrapServer = _parser.Value("bootstrap-server", "The broker(s) to connect to.", "host:port");
        _adminConfig = _parser.Value("admin.config", "Properties file with configs for the admin client.", "config file");
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(
            args, "This tool causes leadership for each partition to be transferred back to the 'preferred replica'.");
        if (options.Has(_bootstrapServer) == options.Has(_zooKeeper))
        {
            throw _parser.Usage("Missing required argument \"[bootstrap-server]\", or \"[zookeeper]\" in its place");
        }

        var partitions = options.Value(_jsonFile) is { } path ? LeaderElectionCommand.Parse(host.ReadText(path)) : null;
        await using var network = host.OpenNetwork();
        if (options.Value(_zooKeeper) is { } connect)
        {
            await RequestAsync(connect, partitions, host, network);
            return 0;
        }

        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_adminConfig));
        await LeaderElectionCommand.ElectAsync(admin, ElectionType.Preferred, partitions, host);
        return 0;
    }

    /// <summary>Leaves the request for the controller, which carries it out and removes it.</summary>
    private static async Task RequestAsync(
        string connect, IReadOnlyCollection<TopicPartition>? partitions, ToolHost host, ToolNetwork network)
    {
        host.Out.WriteLine("Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.");
        host.Out.WriteLine("Use --bootstrap-server instead to specify a broker to connect to.");
        await using var store = await network.OpenStoreAsync(host, connect, MetadataVersions.Latest);
        var wanted = partitions ?? await AllAsync(store.Metadata);
        if (!await store.Metadata.OperatorRequests.RequestPreferredElectionsAsync(wanted))
        {
            throw new JavaFailure(
                "kafka.common.AdminCommandFailedException", "Preferred replica leader election currently in progress. Aborting operation");
        }

        host.Out.WriteLine($"Created preferred replica election path with {string.Join(",", wanted)}");
        host.Out.WriteLine(
            $"Successfully started preferred replica election for partitions Set({string.Join(", ", wanted)})");
    }

    private static async Task<IReadOnlyCollection<TopicPartition>> AllAsync(MetadataStore store)
    {
        var topics = await store.Topics.GetAsync(await store.Topics.GetAllAsync());
        return topics
            .SelectMany(topic => topic.Value.Partitions.Keys.Select(partition => new TopicPartition(topic.Key, partition)))
            .Order()
            .ToArray();
    }
}
