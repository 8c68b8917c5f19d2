using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Topics;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Tools.Configs;

/// <summary>Configs, quotas and credentials by way of ZooKeeper alone, with the output of Kafka 2.2: brokers are told by a notification.</summary>
internal sealed class ZooKeeperConfigService : IConfigService
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    private readonly IZooKeeper _zooKeeper;
    private readonly MetadataStore _store;
    private readonly TextWriter _output;

    private ZooKeeperConfigService(IZooKeeper zooKeeper, MetadataStore store, TextWriter output)
    {
        _zooKeeper = zooKeeper;
        _store = store;
        _output = output;
    }

    public static async Task<ZooKeeperConfigService> OpenAsync(string connect, ToolHost host, ToolNetwork network)
    {
        var zooKeeper = await network.ConnectZooKeeperAsync(connect, ConnectTimeout, host.Interrupted);
        var store = new MetadataStore(
            zooKeeper, network.Loop, host.Random, MetadataVersions.Latest, secureAcls: false, network.Loggers);
        return new ZooKeeperConfigService(zooKeeper, store, host.Out);
    }

    public async Task AlterAsync(
        IReadOnlyList<ConfigEntity> entities, IReadOnlyDictionary<string, string> added, IReadOnlyList<string> deleted)
    {
        var (type, name) = Path(entities);
        await RequireEntityAsync(entities[0]);
        var configs = await _store.Configs.GetAsync(type, name);
        var absent = deleted.Where(key => !configs.ContainsKey(key)).ToArray();
        if (absent.Length > 0)
        {
            throw new KafkaException(ErrorCode.InvalidConfig, $"Invalid config(s): {string.Join(",", absent)}");
        }

        foreach (var (key, value) in added)
        {
            configs[key] = ScramCredential.IsMechanism(key) ? ScramCredential.FromArgument(key, value) : value;
        }

        foreach (var key in deleted)
        {
            configs.Remove(key);
        }

        if (type == ConfigEntityZnode.Topics && new TopicConfigNames().Fault(configs) is { } fault)
        {
            throw new KafkaException(ErrorCode.InvalidConfig, fault);
        }

        await _store.Configs.ChangeAsync(type, name, configs);
        _output.WriteLine($"Completed Updating config for entity: {Text(entities)}.");
    }

    public async Task DescribeAsync(IReadOnlyList<ConfigEntity> entities, bool includesDefaults)
    {
        foreach (var concrete in await ExpandAsync(entities))
        {
            var (type, name) = Path(concrete);
            var configs = await _store.Configs.GetAsync(type, name);
            if (configs.Count > 0 || !entities.Any(entity => entity.IsAll))
            {
                var text = string.Join(",", configs.Select(config => $"{config.Key}={config.Value}"));
                _output.WriteLine($"Configs for {Text(concrete)} are {text}");
            }
        }
    }

    public async ValueTask DisposeAsync() => await _zooKeeper.CloseAsync();

    private static string Text(IEnumerable<ConfigEntity> entities) => string.Join(", ", entities.Select(entity => entity.ZooKeeperText));

    /// <summary>The type and the name below it; a client of a user lies below the user.</summary>
    private static (string Type, string Name) Path(IReadOnlyList<ConfigEntity> entities)
    {
        if (entities.Count == 1)
        {
            return (entities[0].Type, entities[0].ZnodeName);
        }

        var user = entities.Single(entity => entity.Type == ConfigEntityZnode.Users);
        var client = entities.Single(entity => entity.Type == ConfigEntityZnode.Clients);
        return (user.Type, $"{user.ZnodeName}/{client.Type}/{client.ZnodeName}");
    }

    private async Task RequireEntityAsync(ConfigEntity entity)
    {
        if (entity.Type == ConfigEntityZnode.Topics && !await _store.Topics.ExistsAsync(entity.Name!))
        {
            throw new ToolException($"Topic \"{entity.Name}\" does not exist.");
        }
    }

    /// <summary>The entities with a name each, in place of one that stands for all of its type.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<ConfigEntity>>> ExpandAsync(IReadOnlyList<ConfigEntity> entities)
    {
        if (!entities[0].IsAll || entities.Count > 1)
        {
            return [entities];
        }

        var type = entities[0].Type;
        var names = type == ConfigEntityZnode.Topics ? await _store.Topics.GetAllAsync() : await _store.Configs.GetEntitiesAsync(type);
        return names
            .Select(name => new[] { new ConfigEntity(type, name == ConfigEntityZnode.DefaultEntity ? null : Sanitizer.Desanitize(name), false) })
            .ToArray();
    }
}
