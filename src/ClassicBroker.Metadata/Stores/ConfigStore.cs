using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Metadata.Stores;

/// <summary>Config overrides of topics, clients, users, brokers and ips. Names are as in the paths, sanitized where they must be.</summary>
public sealed class ConfigStore(ZnodeClient znodes, ILogger<ConfigStore> logger)
{
    /// <summary>The overrides of an entity; none where it has no znode, as whatever cannot be an entity has none.</summary>
    /// <exception cref="MalformedDataException">The znode holds something else.</exception>
    public async Task<SortedDictionary<string, string>> GetAsync(string type, string name)
    {
        if (!ConfigEntityZnode.IsValidName(type, name))
        {
            return new(StringComparer.Ordinal);
        }

        var path = ConfigEntityZnode.Path(type, name);
        return ConfigEntityZnode.Decode(path, await znodes.GetDataAsync(path) is { } found ? found.Data : []);
    }

    /// <summary>The overrides of an entity, or null where its znode holds something else, which is logged.</summary>
    public async Task<SortedDictionary<string, string>?> TryGetAsync(string type, string name)
    {
        try
        {
            return await GetAsync(type, name);
        }
        catch (MalformedDataException failure)
        {
            logger.LogError("Passing over the configuration of {Entity} among {Type}: {Reason}", name, type, failure.Message);
            return null;
        }
    }

    /// <summary>The names of a type's entities that have a znode, sorted.</summary>
    public Task<IReadOnlyList<string>> GetEntitiesAsync(string type) => znodes.GetChildrenAsync(ConfigEntityZnode.TypePath(type));

    /// <summary>
    /// The overrides of all entities of a type, by name. One that cannot be read is logged and passed over: it must not take the others
    /// down with it.
    /// </summary>
    public async Task<SortedDictionary<string, SortedDictionary<string, string>>> GetAllAsync(string type)
    {
        var names = await GetEntitiesAsync(type);
        var configs = await names.Select(name => TryGetAsync(type, name)).AwaitAllAsync();
        var result = new SortedDictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var (name, config) in names.Zip(configs))
        {
            if (config is not null)
            {
                result[name] = config;
            }
        }

        return result;
    }

    /// <summary>Whether everyone who reaches ZooKeeper can read the overrides of an entity.</summary>
    public Task<bool> IsReadableByWorldAsync(string type, string name) =>
        znodes.IsReadableByWorldAsync(ConfigEntityZnode.Path(type, name));

    /// <summary>Stores overrides without telling anyone, as the creation of a topic does.</summary>
    public Task SetOrCreateAsync(string type, string name, IReadOnlyDictionary<string, string> config) =>
        znodes.SetOrCreateAsync(ConfigEntityZnode.Path(type, name), ConfigEntityZnode.Encode(config));

    /// <summary>
    /// Stores overrides and tells every broker. Topics and brokers keep a znode without overrides; clients, users and ips lose theirs.
    /// </summary>
    public async Task ChangeAsync(string type, string name, IReadOnlyDictionary<string, string> config)
    {
        var mayStayEmpty = type is ConfigEntityZnode.Topics or ConfigEntityZnode.Brokers;
        if (config.Count > 0 || mayStayEmpty)
        {
            await SetOrCreateAsync(type, name, config);
        }
        else
        {
            await DeleteEntityAsync(ConfigEntityZnode.Path(type, name));
        }

        await znodes.CreateSequentialAsync(
            ConfigChangeZnode.Path(ConfigChangeZnode.SequencePrefix), ConfigChangeZnode.Encode($"{type}/{name}"));
    }

    /// <summary>A user that still has clients below keeps its znode, emptied.</summary>
    private async Task DeleteEntityAsync(string path)
    {
        try
        {
            await znodes.DeleteAsync(path, ZnodeClient.Unfenced);
        }
        catch (ZooKeeperException hasClients) when (hasClients.Code == ZooKeeperError.NotEmpty)
        {
            await znodes.SetDataAsync(path, ConfigEntityZnode.Encode(new Dictionary<string, string>()));
        }
    }
}
