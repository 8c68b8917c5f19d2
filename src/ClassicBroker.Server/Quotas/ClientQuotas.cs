using System.Globalization;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Quotas;

/// <summary>Reads and writes the quotas of clients, users and addresses in ZooKeeper (KIP-546). Stateless; any loop.</summary>
public sealed class ClientQuotas(ConfigStore store)
{
    /// <summary>All entities that have quotas, with these as numbers by key.</summary>
    public async Task<IReadOnlyList<(QuotaEntity Entity, SortedDictionary<string, double> Values)>> GetAllAsync()
    {
        var found = new List<(QuotaEntity, SortedDictionary<string, double>)>();
        foreach (var (client, config) in await store.GetAllAsync(ConfigEntityZnode.Clients))
        {
            Add(new QuotaEntity(null, Plain(client), null), config);
        }

        foreach (var (user, config) in await store.GetAllAsync(ConfigEntityZnode.Users))
        {
            Add(new QuotaEntity(Plain(user), null, null), config);
            foreach (var (client, ofClient) in await store.GetAllAsync($"{ConfigEntityZnode.Users}/{user}/{ConfigEntityZnode.Clients}"))
            {
                Add(new QuotaEntity(Plain(user), Plain(client), null), ofClient);
            }
        }

        foreach (var (ip, config) in await store.GetAllAsync(ConfigEntityZnode.Ips))
        {
            Add(new QuotaEntity(null, null, Plain(ip)), config);
        }

        return found;

        void Add(QuotaEntity entity, SortedDictionary<string, string> config)
        {
            var values = Quotas(config, QuotaConfigDefinition.Of(entity));
            if (values.Count > 0)
            {
                found.Add((entity, values));
            }
        }
    }

    /// <summary>Sets (or with null removes) quotas of an entity; with <paramref name="validateOnly"/> finds out whether it could.</summary>
    /// <exception cref="ConfigException">A key or value cannot be.</exception>
    public async Task AlterAsync(QuotaEntity entity, IReadOnlyList<(string Key, double? Value)> changes, bool validateOnly)
    {
        var (type, name) = entity.Znode;
        var definition = QuotaConfigDefinition.Of(entity);
        var config = await store.GetAsync(type, name);
        foreach (var (key, value) in changes)
        {
            var known = definition.Find(key) ?? throw new ConfigException($"Invalid configuration key {key}");
            if (value is { } number)
            {
                config[key] = Text(known, number);
            }
            else
            {
                config.Remove(key);
            }
        }

        if (!validateOnly)
        {
            await store.ChangeAsync(type, name, config);
        }
    }

    private static SortedDictionary<string, double> Quotas(SortedDictionary<string, string> config, ConfigDefinition definition)
    {
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (key, text) in config)
        {
            // Users' znodes hold credentials too, and operators can write anything.
            if (definition.Contains(key) && double.TryParse(text, CultureInfo.InvariantCulture, out var value))
            {
                values[key] = value;
            }
        }

        return values;
    }

    private static string Text(ConfigKey key, double value)
    {
        if (key.Type == ConfigType.Double)
        {
            return value == Math.Floor(value)
                ? value.ToString("0.0", CultureInfo.InvariantCulture)
                : value.ToString(CultureInfo.InvariantCulture);
        }

        var text = value.ToString("0.###############", CultureInfo.InvariantCulture);
        if (value != Math.Floor(value))
        {
            throw new ConfigException($"Configuration {key.Name} must be a whole number, but it is {text}");
        }

        key.Parse(text);
        return text;
    }

    private static string Plain(string sanitized) => sanitized == QuotaEntity.Default ? sanitized : Sanitizer.Desanitize(sanitized);
}
