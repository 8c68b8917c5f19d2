using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Configs;

/// <summary>Configs of topics and brokers, and levels of brokers' loggers, by way of the brokers. Threading: used by one tool.</summary>
internal sealed class ResourceConfigs(AdminClient admin, TextWriter output, FactDocument? facts)
{
    public async Task AlterAsync(ConfigEntity entity, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        var resource = Resource(entity, entity.Name);
        if (resource.Type == ConfigResourceType.BrokerLogger)
        {
            await RequireLoggersAsync(resource, [.. deleted, .. added.Keys]);
        }
        else
        {
            var present = (await EntriesAsync(resource, includesDefaults: false)).ToArray();
            ConfigArguments.RequirePresent(deleted, present.Select(entry => entry.Name).ToArray());
            RequireSensitive(resource, present, [.. deleted, .. added.Keys]);
        }

        var changes = added
            .Select(config => ConfigChange.Set(config.Key, config.Value))
            .Concat(deleted.Select(ConfigChange.Delete))
            .ToArray();
        (await admin.IncrementalAlterConfigsAsync(resource, changes)).ThrowIfFailed();
    }

    public async Task DescribeAsync(ConfigEntity entity, bool includesDefaults)
    {
        foreach (var name in await NamesAsync(entity))
        {
            if (facts is not null)
            {
                ConfigFacts.Add(facts, entity.Type, name, [.. await EntriesAsync(Resource(entity, name), includesDefaults)]);
                continue;
            }

            output.WriteLine(name is null
                ? $"Default configs for {entity.Type} in the cluster are:"
                : $"{(includesDefaults ? "All" : "Dynamic")} configs for {entity.Singular} {name} are:");
            foreach (var entry in await EntriesAsync(Resource(entity, name), includesDefaults))
            {
                var synonyms = entry.Synonyms.Select(synonym => $"{SourceName(synonym.Source)}:{synonym.Name}={synonym.Value ?? "null"}");
                var sensitive = entry.IsSensitive ? "true" : "false";
                output.WriteLine(
                    $"  {entry.Name}={entry.Value ?? "null"} sensitive={sensitive} synonyms={{{string.Join(", ", synonyms)}}}");
            }
        }
    }

    private static ConfigResource Resource(ConfigEntity entity, string? name) =>
        entity.Type switch
        {
            ConfigEntityZnode.Topics => ConfigResource.Topic(name ?? ""),
            ConfigEntityZnode.Brokers when name is null => ConfigResource.Broker(null),
            ConfigEntityZnode.Brokers => ConfigResource.Broker((entity with { Name = name }).BrokerId),
            _ => ConfigResource.BrokerLogger((entity with { Name = name }).BrokerId),
        };

    /// <summary>Loggers know no other source than their own, so that all of them are shown.</summary>
    private static bool IsOwn(ConfigEntry entry, ConfigResource resource) =>
        resource.Type switch
        {
            ConfigResourceType.BrokerLogger => true,
            ConfigResourceType.Topic => entry.Source == ConfigSource.DynamicTopic,
            _ when resource.Name.Length == 0 => entry.Source == ConfigSource.DynamicDefaultBroker,
            _ => entry.Source == ConfigSource.DynamicBroker,
        };

    public static string SourceName(ConfigSource source) =>
        source switch
        {
            ConfigSource.DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
            ConfigSource.DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            ConfigSource.DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            ConfigSource.StaticBroker => "STATIC_BROKER_CONFIG",
            ConfigSource.Default => "DEFAULT_CONFIG",
            ConfigSource.DynamicBrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
            _ => "UNKNOWN",
        };

    /// <summary>Kafka's tool writes all configs of a broker again, and cannot write what it was not shown.</summary>
    private static void RequireSensitive(ConfigResource resource, IEnumerable<ConfigEntry> present, IReadOnlyCollection<string> given)
    {
        var hidden = present.Where(entry => entry.Value is null && !given.Contains(entry.Name)).Select(entry => entry.Name).ToArray();
        if (resource.Type == ConfigResourceType.Broker && hidden.Length > 0)
        {
            throw new ToolException(
                $"All sensitive broker config entries must be specified for --alter, missing entries: Set({string.Join(", ", hidden)})");
        }
    }

    private async Task RequireLoggersAsync(ConfigResource resource, IEnumerable<string> names)
    {
        var known = (await EntriesAsync(resource, includesDefaults: true)).Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var unknown = names.Where(name => !known.Contains(name)).ToArray();
        if (unknown.Length > 0)
        {
            throw new ToolException($"Invalid broker logger(s): {string.Join(",", unknown)}");
        }
    }

    private async Task<IEnumerable<ConfigEntry>> EntriesAsync(ConfigResource resource, bool includesDefaults)
    {
        var description = (await DescribeAsync(resource))[0];
        return description.Failure is null
            ? description.Entries.Where(entry => includesDefaults || IsOwn(entry, resource))
            : throw description.Failure;
    }

    /// <summary>A broker that is not there is waited for; Kafka's tool gives no reason then.</summary>
    private async Task<IReadOnlyList<ConfigDescription>> DescribeAsync(ConfigResource resource)
    {
        try
        {
            return await admin.DescribeConfigsAsync([resource], includeSynonyms: true);
        }
        catch (KafkaTimeoutException late)
        {
            throw new JavaFailure("java.util.concurrent.TimeoutException", late.Message);
        }
    }

    /// <summary>The entities to describe; null stands for the default.</summary>
    private async Task<IReadOnlyList<string?>> NamesAsync(ConfigEntity entity)
    {
        if (!entity.IsAll)
        {
            return [entity.Name];
        }

        if (entity.Type == ConfigEntityZnode.Topics)
        {
            return (await admin.ListTopicsAsync(includeInternal: true)).Select(topic => topic.Name).ToArray();
        }

        var brokers = (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id.ToString(CultureInfo.InvariantCulture));
        return [.. brokers, null];
    }
}
