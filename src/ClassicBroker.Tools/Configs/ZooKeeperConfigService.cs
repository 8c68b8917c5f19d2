using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Tools.Facts;
using ClassicBroker.Tools.Reassignment;
using ClassicBroker.Tools.Topics;

namespace ClassicBroker.Tools.Configs;

/// <summary>
/// Configs, quotas and credentials by way of ZooKeeper alone, with the output of Kafka 2.2: brokers are told by a notification.
/// </summary>
internal sealed class ZooKeeperConfigService(ZooKeeperStore zooKeeper, IRandomSource random, TextWriter output, FactDocument? facts)
    : IConfigService
{
    private const int SaltLength = 24;

    /// <summary>What a running broker takes from ZooKeeper without a check of its own.</summary>
    private static readonly string[] ThrottleRates =
        [ReplicationThrottle.LeaderRate, ReplicationThrottle.FollowerRate, ReplicationThrottles.LogDirRate];

    private readonly MetadataStore _store = zooKeeper.Metadata;

    public async Task AlterAsync(
        IReadOnlyList<ConfigEntity> entities, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        var (type, name) = Path(entities);
        await RequireEntityAsync(
            entities[0],
            [
                .. added.Select(config => KeyValuePair.Create(config.Key, (string?)config.Value)),
                .. deleted.Select(key => KeyValuePair.Create(key, (string?)null)),
            ]);
        var stored = type == ConfigEntityZnode.Brokers
            ? StoredBrokerConfigs.Prepare(added, isPerBroker: entities[0].Name is not null, random)
            : added;
        var configs = await _store.Configs.GetAsync(type, name);
        ConfigArguments.RequirePresent(deleted, configs.Keys);
        foreach (var (key, value) in stored)
        {
            configs[key] = ScramArgument.IsMechanism(key) ? ScramArgument.Parse(key, value).ToZnodeText(Salt()) : value;
        }

        foreach (var key in deleted)
        {
            configs.Remove(key);
        }

        if (type == ConfigEntityZnode.Topics && new TopicConfigNames().Fault(configs) is { } fault)
        {
            throw new ToolException(fault);
        }

        await _store.Configs.ChangeAsync(type, name, configs);
        ConfigFacts.AddAltered(facts, entities);
        output.WriteLine($"Completed {(IsKept(entities) ? "updating" : "Updating")} config for entity: {Text(entities)}.");
    }

    public async Task DescribeAsync(IReadOnlyList<ConfigEntity> entities, bool includesDefaults)
    {
        if (entities is [{ Type: ConfigEntityZnode.Brokers } broker])
        {
            await RequireStoppedAsync(broker, "describe brokers");
        }

        foreach (var concrete in await ExpandAsync(entities))
        {
            var (type, name) = Path(concrete);
            var configs = (await _store.Configs.GetAsync(type, name))
                .Select(config => KeyValuePair.Create(config.Key, HiddenSecrets.Stored(config.Key, config.Value)))
                .ToList();
            if (configs.Count > 0 || !entities.Any(entity => entity.IsAll))
            {
                if (facts is not null)
                {
                    ConfigFacts.Add(facts, concrete, configs);
                    continue;
                }

                var text = string.Join(",", configs.Select(config => $"{config.Key}={config.Value}"));
                output.WriteLine($"Configs for {Text(concrete)} are {text}");
            }
        }
    }

    public ValueTask DisposeAsync() => zooKeeper.DisposeAsync();

    /// <summary>Whether Kafka 3.9 still has the form; what it dropped keeps the words of 2.2.</summary>
    public static bool IsKept(IReadOnlyList<ConfigEntity> entities) =>
        entities.All(entity => entity.Type is ConfigEntityZnode.Users or ConfigEntityZnode.Brokers);

    private static string Text(IEnumerable<ConfigEntity> entities) => string.Join(", ", entities.Select(entity => entity.ZooKeeperText));

    /// <summary>The type and the name below it; a client of a user lies below the user.</summary>
    private static (string Type, string Name) Path(IReadOnlyList<ConfigEntity> entities)
    {
        if (entities.Count == 1)
        {
            return (entities[0].Type, entities[0].ZnodeName);
        }

        var (user, client) = UserAndClient(entities);
        return (ClientsOf(user), client.ZnodeName);
    }

    private static (ConfigEntity User, ConfigEntity Client) UserAndClient(IReadOnlyList<ConfigEntity> entities) =>
        (entities.Single(entity => entity.Type == ConfigEntityZnode.Users),
            entities.Single(entity => entity.Type == ConfigEntityZnode.Clients));

    /// <summary>What stands for the type in the paths of a user's clients.</summary>
    private static string ClientsOf(ConfigEntity user) => $"{ConfigEntityZnode.Users}/{user.ZnodeName}/{ConfigEntityZnode.Clients}";

    private byte[] Salt()
    {
        var salt = new byte[SaltLength];
        random.Fill(salt);
        return salt;
    }

    private async Task RequireEntityAsync(ConfigEntity entity, IReadOnlyCollection<KeyValuePair<string, string?>> keys)
    {
        if (entity.Type == ConfigEntityZnode.Topics && !await _store.Topics.ExistsAsync(entity.Name!))
        {
            throw new ToolException($"Topic \"{entity.Name}\" does not exist.");
        }

        var checkedByBroker = keys.Select(key => key.Key).Except(ThrottleRates).ToArray();
        if (entity.Type == ConfigEntityZnode.Brokers && checkedByBroker.Length > 0)
        {
            var added = string.Join(", ", keys.Where(key => key.Value is not null).Select(key => HiddenSecrets.Text(key.Key, key.Value!)));
            var deleted = string.Join(", ", keys.Where(key => key.Value is null).Select(key => key.Key));
            await RequireStoppedAsync(entity, $"update brokers configs: {{add: {{{added}}}, delete: List({deleted})}}");
        }
    }

    /// <summary>A running broker checks configs that come by --bootstrap-server; through ZooKeeper they are not checked.</summary>
    private async Task RequireStoppedAsync(ConfigEntity broker, string what)
    {
        var running = await _store.Brokers.GetIdsAsync();
        var isRunning = broker.Name is null
            ? running.Count > 0
            : running.Contains(broker.BrokerId);
        if (isRunning)
        {
            throw new ToolException(
                $"requirement failed: --bootstrap-server option must be specified to {what} - "
                + (broker.Name is null ? "some brokers are running" : $"broker {broker.Name} is running")
                + ". Broker configuration operations using ZooKeeper are only supported if the affected broker(s) are not running.");
        }
    }

    /// <summary>The entities with a name each, in place of ones that stand for all of their type.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<ConfigEntity>>> ExpandAsync(IReadOnlyList<ConfigEntity> entities)
    {
        if (entities.Count == 1)
        {
            return [.. (await NamedAsync(entities[0], entities[0].Type)).Select(entity => new[] { entity })];
        }

        var (user, client) = UserAndClient(entities);
        List<IReadOnlyList<ConfigEntity>> expanded = [];
        foreach (var named in await NamedAsync(user, user.Type))
        {
            foreach (var clientOfUser in await NamedAsync(client, ClientsOf(named)))
            {
                expanded.Add([named, clientOfUser]);
            }
        }

        return expanded;
    }

    private async Task<IEnumerable<ConfigEntity>> NamedAsync(ConfigEntity entity, string pathType)
    {
        if (!entity.IsAll)
        {
            return [entity];
        }

        var names = entity.Type == ConfigEntityZnode.Topics
            ? await _store.Topics.GetAllAsync()
            : await _store.Configs.GetEntitiesAsync(pathType);
        return names.Select(name => new ConfigEntity(
            entity.Type, name == ConfigEntityZnode.DefaultEntity ? null : Sanitizer.Desanitize(name), IsAll: false));
    }
}
