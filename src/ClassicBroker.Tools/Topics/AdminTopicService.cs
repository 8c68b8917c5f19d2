using System.Text.RegularExpressions;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Topics;

/// <summary>Topics by way of the brokers, with the output of Kafka 3.9.</summary>
internal sealed class AdminTopicService(AdminClient admin, TextWriter output, FactDocument? facts) : ITopicService
{
    public async Task ListAsync(Regex? filter, bool excludeInternal)
    {
        var topics = await MatchingAsync(filter, excludeInternal);
        if (facts is not null)
        {
            topics.ForEach(topic => TopicFacts.AddListed(facts, topic));
            return;
        }

        output.WriteLine(string.Join('\n', topics.Select(topic => topic.Name)));
    }

    public async Task CreateAsync(TopicRequest request)
    {
        var topic = new NewTopic(request.Topic!)
        {
            Partitions = request.Partitions,
            ReplicationFactor = (short?)request.ReplicationFactor,
            Assignments = request.Assignment,
            Configs = request.Configs,
        };
        TopicRules.WarnOfCollisions(topic.Name, output);
        var result = (await admin.CreateTopicsAsync([topic]))[0];
        if (result.Failure is { Code: ErrorCode.TopicAlreadyExists } && request.IfNotExists)
        {
            return;
        }

        result.ThrowIfFailed();
        output.WriteLine($"Created topic {topic.Name}.");
        TopicFacts.AddChanged(facts, topic.Name, "created");
    }

    public async Task AlterAsync(Regex filter, TopicRequest request)
    {
        var names = await RequiredAsync(filter, request);
        if (names.Count == 0)
        {
            return;
        }

        foreach (var topic in await admin.DescribeTopicsAsync(names))
        {
            var added = request.Assignment?.Skip(topic.ThrowIfFailed().Partitions.Count).ToArray();
            (await admin.CreatePartitionsAsync(topic.Name, request.Partitions!.Value, added)).ThrowIfFailed();
            TopicFacts.AddChanged(facts, topic.Name, "altered");
        }
    }

    public async Task DescribeAsync(Regex? filter, DescribeFilter report, TopicRequest request)
    {
        var names = request.TopicId is { } id ? await NamedAsync(id, request)
            : request.Topic is null ? await NamesAsync(filter, request.ExcludeInternal)
            : await RequiredAsync(filter, request);
        if (names.Count == 0)
        {
            return;
        }

        var topics = (await admin.DescribeTopicsAsync(names)).Select(topic => topic.ThrowIfFailed()).ToArray();
        var configs = (await admin.DescribeConfigsAsync(names.Select(ConfigResource.Topic).ToArray()))
            .ToDictionary(config => config.Resource.Name);
        var moves = await ReassignmentsAsync(topics);
        var live = report == DescribeFilter.Unavailable
            ? (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id).ToHashSet()
            : null;
        var printer = new TopicPrinter(output, facts, report, isZooKeeperForm: false);
        foreach (var topic in topics)
        {
            printer.Print(Row(topic, configs.GetValueOrDefault(topic.Name), live) with
            {
                Reassignments = moves
                    .Where(move => move.Key.Topic == topic.Name)
                    .ToDictionary(move => move.Key.Partition, move => move.Value),
            });
        }
    }

    public async Task DeleteAsync(Regex filter, TopicRequest request)
    {
        var names = await RequiredAsync(filter, request);
        if (names.Count == 0)
        {
            return;
        }

        foreach (var result in await admin.DeleteTopicsAsync(names))
        {
            result.ThrowIfFailed();
            TopicFacts.AddChanged(facts, result.Name, "deleted");
        }
    }

    public ValueTask DisposeAsync() => admin.DisposeAsync();

    private static TopicRow Row(TopicDescription topic, ConfigDescription? config, IReadOnlySet<int>? live)
    {
        // Describing a topic and describing its configs are permitted separately.
        if (config?.Failure is { } failure and not KafkaException { Code: ErrorCode.TopicAuthorizationFailed })
        {
            throw failure;
        }

        IReadOnlyList<ConfigEntry> entries = config?.Entries ?? [];
        var minIsr = entries.FirstOrDefault(entry => entry.Name == "min.insync.replicas")?.Value;
        return new TopicRow(topic.Name, topic.Id, topic.Partitions)
        {
            Configs = entries
                .Where(entry => !entry.IsDefault)
                .Select(entry => KeyValuePair.Create(entry.Name, entry.Value ?? "null"))
                .ToArray(),
            LiveBrokers = live,
            MinInsyncReplicas = TopicRules.MinInsyncReplicas(minIsr),
        };
    }

    /// <summary>Who may not ask, or asks a broker too old to tell, sees no reassignments.</summary>
    private async Task<IReadOnlyDictionary<TopicPartition, PartitionReassignment>> ReassignmentsAsync(
        IEnumerable<TopicDescription> topics)
    {
        try
        {
            return await admin.ListReassignmentsAsync(topics
                .SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Name, partition.Partition)))
                .ToArray());
        }
        catch (KafkaException refused) when (refused.Code is ErrorCode.UnsupportedVersion or ErrorCode.ClusterAuthorizationFailed)
        {
            return new SortedDictionary<TopicPartition, PartitionReassignment>();
        }
    }

    private async Task<IReadOnlyList<string>> NamedAsync(Uuid id, TopicRequest request)
    {
        var found = (
            await admin.ListTopicsAsync(includeInternal: true)).Where(topic => topic.Id == id).Select(topic => topic.Name).ToArray();
        return found.Length > 0 || request.IfExists
            ? found
            : throw new ToolException($"TopicId '{id}' does not exist as expected");
    }

    private async Task<IReadOnlyList<string>> NamesAsync(Regex? filter, bool excludeInternal) =>
        [.. (await MatchingAsync(filter, excludeInternal)).Select(topic => topic.Name)];

    private async Task<List<TopicListing>> MatchingAsync(Regex? filter, bool excludeInternal) =>
    [
        .. (await admin.ListTopicsAsync(includeInternal: true))
            .Where(topic => !(excludeInternal && topic.IsInternal) && filter?.IsMatch(topic.Name) != false),
    ];

    private async Task<IReadOnlyList<string>> RequiredAsync(Regex? filter, TopicRequest request)
    {
        var names = await NamesAsync(filter, request.ExcludeInternal);
        return names.Count > 0 || request.IfExists
            ? names
            // The brackets are what Kafka 3.9 prints, by an oversight that scripts have learnt to match.
            : throw new ToolException($"Topic 'Optional[{request.Topic}]' does not exist as expected");
    }
}
