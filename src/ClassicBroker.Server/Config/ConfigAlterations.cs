using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Server.Config;

/// <summary>
/// Alters the configs of topics and brokers: checks the outcome as a whole, stores it, and has every broker told. Nothing is stored of an
/// alteration any part of which is refused. Levels of loggers are this process's own. Stateless beside its collaborators; any loop.
/// </summary>
public sealed class ConfigAlterations(
    ConfigStore store,
    MetadataCache metadata,
    DynamicBrokerConfig config,
    DynamicPasswords passwords,
    LoggerConfigs loggers,
    BrokerIdentity identity)
{
    public const sbyte TopicResource = 2;
    public const sbyte BrokerResource = 4;
    public const sbyte LoggerResource = 8;

    /// <summary>Subscriptions of client metrics (KIP-714), which need KRaft.</summary>
    public const sbyte ClientMetricsResource = 16;

    /// <summary>What each of several alterations of one resource in a request gets.</summary>
    public static AdminRefusal Repeated { get; } = new(ErrorCode.InvalidRequest, "Each resource must appear at most once.");

    /// <summary>Replaces all overrides of a resource; null where that is done, or could be.</summary>
    public Task<AdminRefusal?> ReplaceAsync(sbyte resourceType, string name, IReadOnlyList<ConfigChange> changes, bool validateOnly) =>
        AlterAsync(resourceType, name, changes, startFromNothing: true, validateOnly);

    /// <summary>Applies operations on top of the present overrides (KIP-339); null where that is done, or could be.</summary>
    public Task<AdminRefusal?> ApplyAsync(sbyte resourceType, string name, IReadOnlyList<ConfigChange> changes, bool validateOnly) =>
        AlterAsync(resourceType, name, changes, startFromNothing: false, validateOnly);

    private async Task<AdminRefusal?> AlterAsync(
        sbyte resourceType,
        string name,
        IReadOnlyList<ConfigChange> changes,
        bool startFromNothing,
        bool validateOnly)
    {
        if (FaultOf(changes) is { } fault)
        {
            return fault;
        }

        var isLogger = resourceType == LoggerResource && !startFromNothing;
        if (FaultOf(isLogger ? BrokerResource : resourceType, name) is { } unalterable)
        {
            return unalterable;
        }

        if (isLogger)
        {
            return loggers.Apply(changes, validateOnly);
        }

        var isTopic = resourceType == TopicResource;
        var type = isTopic ? ConfigEntityZnode.Topics : ConfigEntityZnode.Brokers;
        var entity = isTopic ? name : name.Length > 0 ? identity.BrokerId.ToString() : ConfigEntityZnode.DefaultEntity;
        try
        {
            var overrides = startFromNothing
                ? new SortedDictionary<string, string>(StringComparer.Ordinal)
                : passwords.Decode(await store.GetAsync(type, entity));
            foreach (var change in changes)
            {
                Apply(change, overrides, isTopic);
            }

            await ValidateAsync(overrides, isTopic, isPerBroker: name.Length > 0);
            MakeCanonical(changes, overrides, isTopic);
            var stored = isTopic ? overrides : passwords.Encode(overrides);
            if (!validateOnly)
            {
                await store.ChangeAsync(type, entity, stored);
            }

            return null;
        }
        catch (ConfigException refused)
        {
            return Refusal(resourceType, name, refused);
        }
    }

    /// <summary>What is wrong with the form of the changes; Kafka looks at it first.</summary>
    private static AdminRefusal? FaultOf(IReadOnlyList<ConfigChange> changes)
    {
        if (changes.Select(change => change.Name).Distinct(StringComparer.Ordinal).Count() != changes.Count)
        {
            return new(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        }

        var nulls = changes
            .Where(change => change.Value is null && change.Operation != ConfigOperation.Delete)
            .Select(change => change.Name)
            .ToList();
        return nulls.Count > 0
            ? new(ErrorCode.InvalidRequest, $"Null value not supported for : {string.Join(", ", nulls)}")
            : null;
    }

    private AdminRefusal? FaultOf(sbyte resourceType, string name)
    {
        switch (resourceType)
        {
            case TopicResource when name.Length == 0:
                return new(ErrorCode.InvalidRequest, "Default topic resources are not allowed.");
            case TopicResource:
                return TopicName.Fault(name) is { } fault ? new(ErrorCode.InvalidTopicException, fault)
                    : metadata.Current.Contains(name) ? null
                    : new(ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
            case BrokerResource when name.Length == 0:
                return null;
            case BrokerResource when !JavaText.TryParseInt(name, out _):
                return new(ErrorCode.InvalidRequest, $"Broker id must be an integer, but it is: {name}");
            case BrokerResource:
                return JavaText.TryParseInt(name, out var id) && id == identity.BrokerId.Value
                    ? null
                    : new(ErrorCode.InvalidRequest, $"Unexpected broker id, expected {identity.BrokerId}, but received {name}");
            default:
                return new(
                    ErrorCode.InvalidRequest,
                    $"AlterConfigs is only supported for topics and brokers, but resource type is {TypeName(resourceType)}");
        }
    }

    private static void Apply(ConfigChange change, SortedDictionary<string, string> overrides, bool isTopic)
    {
        switch (change.Operation)
        {
            case ConfigOperation.Set:
                overrides[change.Name] = change.Value!;
                break;
            case ConfigOperation.Delete:
                overrides.Remove(change.Name);
                break;
            case ConfigOperation.Append:
                overrides[change.Name] = string.Join(',', Present(change, overrides, isTopic).Union(Entries(change.Value!)));
                break;
            case ConfigOperation.Subtract:
                overrides[change.Name] = string.Join(',', Present(change, overrides, isTopic).Except(Entries(change.Value!)));
                break;
            default:
                throw new ConfigException($"Unknown operation type {(sbyte)change.Operation} for config key: {change.Name}");
        }
    }

    private static string[] Present(ConfigChange change, SortedDictionary<string, string> overrides, bool isTopic)
    {
        var key = isTopic ? TopicConfigDefinition.Keys.Find(change.Name) : BrokerConfigDefinition.Resolve(change.Name);
        return key is { Type: ConfigType.List }
            ? Entries(overrides.GetValueOrDefault(change.Name) ?? key.DefaultText ?? "")
            : throw new ConfigException(
                $"Config value {change.Operation.ToString().ToLowerInvariant()} is not allowed for config key: {change.Name}");
    }

    private static string[] Entries(string list) => [.. JavaText.SplitList(list).Where(entry => entry.Length > 0)];

    private async Task ValidateAsync(SortedDictionary<string, string> overrides, bool isTopic, bool isPerBroker)
    {
        if (isTopic)
        {
            TopicConfigDefinition.Validate(
                overrides.ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal));
        }
        else
        {
            await config.ValidateAsync(overrides, isPerBroker);
        }
    }

    /// <summary>What is stored reads the same for everyone: blanks, signs and letter cases that were given do not get there.</summary>
    private static void MakeCanonical(IReadOnlyList<ConfigChange> changes, SortedDictionary<string, string> overrides, bool isTopic)
    {
        foreach (var name in changes.Select(change => change.Name).Where(overrides.ContainsKey))
        {
            var key = isTopic ? TopicConfigDefinition.Keys.Find(name) : BrokerConfigDefinition.Resolve(name);
            overrides[name] = key?.Canonical(overrides[name]) ?? overrides[name];
        }
    }

    /// <summary>What does not fit a topic is an invalid config, what does not fit a broker is, to Kafka, an invalid request.</summary>
    private static AdminRefusal Refusal(sbyte resourceType, string name, ConfigException refused)
    {
        var isOfOperation = refused.Message.StartsWith("Config value", StringComparison.Ordinal);
        if (resourceType != TopicResource)
        {
            return new(isOfOperation ? ErrorCode.InvalidConfig : ErrorCode.InvalidRequest, refused.Message);
        }

        return isOfOperation || refused.Message.StartsWith("Unknown topic config name", StringComparison.Ordinal)
            ? new(ErrorCode.InvalidConfig, refused.Message)
            : new(
                ErrorCode.InvalidConfig,
                $"Invalid config value for resource ConfigResource(type=TOPIC, name='{name}'): {refused.Message}");
    }

    /// <summary>As Kafka calls the type of a resource.</summary>
    public static string TypeName(sbyte resourceType) =>
        resourceType switch
        {
            TopicResource => "TOPIC",
            BrokerResource => "BROKER",
            LoggerResource => "BROKER_LOGGER",
            ClientMetricsResource => "CLIENT_METRICS",
            _ => "UNKNOWN",
        };
}
