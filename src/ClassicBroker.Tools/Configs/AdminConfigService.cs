using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Configs;

/// <summary>Configs by way of the brokers, with the output of Kafka 3.9.</summary>
internal sealed class AdminConfigService(AdminClient admin, TextWriter output) : IConfigService
{
    public async Task AlterAsync(
        IReadOnlyList<ConfigEntity> entities, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        var entity = Single(entities);
        var resource = Resource(entity, entity.Name);
        await RequirePresentAsync(resource, deleted);
        var changes = added
            .Select(config => ConfigChange.Set(config.Key, config.Value))
            .Concat(deleted.Select(ConfigChange.Delete))
            .ToArray();
        (await admin.IncrementalAlterConfigsAsync(resource, changes)).ThrowIfFailed();
        output.WriteLine(entity.IsDefault
            ? $"Completed updating default config for {entity.Type} in the cluster."
            : $"Completed updating config for {entity.Singular} {entity.Name}.");
    }

    public async Task DescribeAsync(IReadOnlyList<ConfigEntity> entities, bool includesDefaults)
    {
        var entity = Single(entities);
        foreach (var name in await NamesAsync(entity))
        {
            var resource = Resource(entity, name);
            output.WriteLine(name is null
                ? $"Default configs for {entity.Type} in the cluster are:"
                : $"{(includesDefaults ? "All" : "Dynamic")} configs for {entity.Singular} {name} are:");
            foreach (var entry in await EntriesAsync(resource, includesDefaults))
            {
                var synonyms = entry.Synonyms.Select(synonym => $"{SourceName(synonym.Source)}:{synonym.Name}={synonym.Value ?? "null"}");
                var sensitive = entry.IsSensitive ? "true" : "false";
                output.WriteLine(
                    $"  {entry.Name}={entry.Value ?? "null"} sensitive={sensitive} synonyms={{{string.Join(", ", synonyms)}}}");
            }
        }
    }

    public ValueTask DisposeAsync() => admin.DisposeAsync();

    private static ConfigEntity Single(IReadOnlyList<ConfigEntity> entities) =>
        entities.Count == 1 && entities[0].Type is ConfigEntityZnode.Topics or ConfigEntityZnode.Brokers or ConfigEntity.BrokerLoggers
            ? entities[0]
            : throw new ToolException(
                $"Quotas and credentials of {string.Join(" and ", entities.Select(entity => entity.Type))} are altered by --zookeeper");

    private static ConfigResource Resource(ConfigEntity entity, string? name) =>
        entity.Type switch
        {
            ConfigEntityZnode.Topics => ConfigResource.Topic(name ?? ""),
            ConfigEntityZnode.Brokers => ConfigResource.Broker(BrokerId(entity, name)),
            _ => new ConfigResource(ConfigResourceType.BrokerLogger, name ?? ""),
        };

    private static int? BrokerId(ConfigEntity entity, string? name) =>
        name is null ? null
        : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
        : throw new ToolException($"The entity name for {entity.Type} must be a valid integer broker id, found: {name}");

    private static ConfigSource OwnSource(ConfigResource resource) =>
        resource.Type switch
        {
            ConfigResourceType.Topic => ConfigSource.DynamicTopic,
            ConfigResourceType.BrokerLogger => ConfigSource.DynamicBrokerLogger,
            _ when resource.Name.Length == 0 => ConfigSource.DynamicDefaultBroker,
            _ => ConfigSource.DynamicBroker,
        };

    private static string SourceName(ConfigSource source) =>
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

    private async Task<IEnumerable<ConfigEntry>> EntriesAsync(ConfigResource resource, bool includesDefaults)
    {
        var description = (await admin.DescribeConfigsAsync([resource], includeSynonyms: true))[0];
        if (description.Failure is not null)
        {
            throw description.Failure;
        }

        var own = OwnSource(resource);
        return description.Entries.Where(entry => includesDefaults || entry.Source == own);
    }

    private async Task RequirePresentAsync(ConfigResource resource, IReadOnlyList<string> keys)
    {
        if (keys.Count == 0)
        {
            return;
        }

        var present = (await EntriesAsync(resource, includesDefaults: false)).Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var absent = keys.Where(key => !present.Contains(key)).ToArray();
        if (absent.Length > 0)
        {
            throw new KafkaException(ErrorCode.InvalidConfig, $"Invalid config(s): {string.Join(",", absent)}");
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

        string?[] brokers = (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id.ToString()).ToArray();
        return entity.Type == ConfigEntityZnode.Brokers ? [.. brokers, null] : brokers;
    }
}
