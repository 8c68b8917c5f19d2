using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Options;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-preferred-replica-election.sh</c>, which Kafka had up to 2.8: by brokers, or by the znode the controller watches.
/// </summary>
internal sealed class PreferredReplicaElectionCommand : ICommand
{
    private const string CommandFailed = "kafka.common.AdminCommandFailedException";
    private const string OperationFailed = "kafka.admin.AdminOperationException";

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

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(
            args, "This tool causes leadership for each partition to be transferred back to the 'preferred replica'.");
        if (options.Has(_bootstrapServer) == options.Has(_zooKeeper))
        {
            throw _parser.Usage("Exactly one of '[bootstrap-server]' or '[zookeeper]' must be provided");
        }

        var partitions = options.Value(_jsonFile) is { } path ? Parse(host.ReadText(path)) : null;
        await using var network = host.OpenNetwork();
        if (options.Value(_zooKeeper) is { } connect)
        {
            host.Out.WriteLine("Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.");
            host.Out.WriteLine("Use --bootstrap-server instead to specify a broker to connect to.");
            await using var store = await network.OpenStoreAsync(host, connect, MetadataVersions.Latest);
            await RequestAsync(store.Metadata, partitions, host);
            return 0;
        }

        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_adminConfig));
        await ElectAsync(admin, partitions, host);
        return 0;
    }

    private static IReadOnlyCollection<TopicPartition> Parse(string json)
    {
        const string Empty = "Preferred replica election data is empty";
        try
        {
            return LeaderElectionCommand.Parse(
                json,
                Empty,
                Empty,
                repeated => $"Preferred replica election data contains duplicate partitions: {string.Join(",", repeated)}");
        }
        catch (ToolException refused)
        {
            throw new JavaFailure(OperationFailed, refused.Message);
        }
    }

    /// <summary>Elects leaders and prints what became of each partition. To Kafka 2 one that leads already has been elected.</summary>
    private static async Task ElectAsync(AdminClient admin, IReadOnlyCollection<TopicPartition>? partitions, ToolHost host)
    {
        var results = await ResultsAsync(admin, partitions, host);
        LeaderElectionCommand.AddFacts(host.Facts, results);
        var failed = results.Where(result => result.Failure is { Code: not ErrorCode.ElectionNotNeeded }).ToArray();
        var elected = results.Except(failed).Select(result => result.Partition).ToArray();
        if (elected.Length > 0)
        {
            host.Out.WriteLine($"Successfully completed preferred replica election for partitions {string.Join(", ", elected)}");
        }

        foreach (var (partition, failure) in failed)
        {
            host.Out.WriteLine(
                $"Error completing preferred replica election for partition {partition}: {JavaException.Describe(failure!)}");
        }

        if (failed.Length > 0)
        {
            throw new JavaFailure(CommandFailed, $"{failed.Length} preferred replica(s) could not be elected")
            {
                Suppressed = failed.Select(result => result.Failure!).ToArray(),
            };
        }
    }

    /// <summary>A request that is refused as a whole is refused for each partition, where they are known.</summary>
    private static async Task<IReadOnlyList<ElectionResult>> ResultsAsync(
        AdminClient admin, IReadOnlyCollection<TopicPartition>? partitions, ToolHost host)
    {
        try
        {
            return await admin.ElectLeadersAsync(ElectionType.Preferred, partitions);
        }
        catch (KafkaException failure)
        {
            if (partitions is not null)
            {
                return partitions.Select(partition => new ElectionResult(partition, failure)).ToArray();
            }

            if (LeaderElectionCommand.IsTimeout(failure))
            {
                host.Out.WriteLine(LeaderElectionCommand.TimedOut);
            }

            throw new JavaFailure(CommandFailed, message: null, failure);
        }
    }

    /// <summary>Leaves the request for the controller, which carries it out and removes it.</summary>
    private static async Task RequestAsync(MetadataStore store, IReadOnlyCollection<TopicPartition>? wanted, ToolHost host)
    {
        try
        {
            var existing = await ExistingAsync(store, wanted?.Select(partition => partition.Topic));
            var requested = wanted?.Where(existing.Contains).ToArray() ?? [.. existing];
            if (!await store.OperatorRequests.RequestPreferredElectionsAsync(requested))
            {
                var underWay = await store.OperatorRequests.GetPreferredElectionsAsync();
                throw new JavaFailure(
                    OperationFailed,
                    $"Preferred replica leader election currently in progress for {string.Join(",", underWay)}. Aborting operation");
            }

            host.Out.WriteLine($"Created preferred replica election path with {string.Join(",", requested)}");
            host.Out.WriteLine(
                $"Successfully started preferred replica election for partitions Set({string.Join(", ", requested)})");
            foreach (var absent in wanted?.Except(requested) ?? [])
            {
                host.Out.WriteLine($"Skipping preferred replica leader election for partition {absent} since it doesn't exist.");
            }
        }
        catch (Exception failure) when (failure is JavaFailure or ZooKeeperException or MalformedDataException)
        {
            throw new JavaFailure(CommandFailed, "Admin command failed", failure);
        }
    }

    /// <summary>The partitions of those of the topics that exist; of all where none are named.</summary>
    private static async Task<SortedSet<TopicPartition>> ExistingAsync(MetadataStore store, IEnumerable<string>? topics)
    {
        var found = await store.Topics.GetAsync([.. topics?.Distinct() ?? await store.Topics.GetAllAsync()]);
        return new(found.SelectMany(topic => topic.Value.Partitions.Keys.Select(partition => new TopicPartition(topic.Key, partition))));
    }
}
