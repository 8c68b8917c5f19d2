using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Server.Config;

namespace ClassicBroker.Server.Quotas;

/// <summary>Reads and writes the quotas of clients, users and addresses in ZooKeeper (KIP-546). Stateless; any loop.</summary>
public sealed class ClientQuotas(ConfigStore store, IAddressResolver resolver)
{
    /// <summary>How far a quota that counts whole things may be from a whole number: what text loses on its way.</summary>
    private const double WholeNumberTolerance = 1e-6;

    /// <summary>All entities that have quotas, with these as numbers by key.</summary>
    public async Task<IReadOnlyList<(QuotaEntity Entity, SortedDictionary<string, double> Values)>> GetAllAsync()
    {
        var found = new List<(QuotaEntity, SortedDictionary<string, double>)>();
        foreach (var (client, config) in await GetNamedAsync(ConfigEntityZnode.Clients))
        {
            Add(new QuotaEntity(null, client, null), config);
        }

        foreach (var (user, config) in await GetNamedAsync(ConfigEntityZnode.Users))
        {
            Add(new QuotaEntity(user, null, null), config);
            foreach (var (client, ofClient) in await GetNamedAsync($"{ConfigEntityZnode.Users}/{user.Znode}/{ConfigEntityZnode.Clients}"))
            {
                Add(new QuotaEntity(user, client, null), ofClient);
            }
        }

        foreach (var (ip, config) in await GetNamedAsync(ConfigEntityZnode.Ips))
        {
            Add(new QuotaEntity(null, null, ip), config);
        }

        return found;

        void Add(QuotaEntity entity, SortedDictionary<string, string> config)
        {
            var values = Read(config, entity);
            if (values.Count > 0)
            {
                found.Add((entity, values));
            }
        }
    }

    /// <summary>The configurations of a type's entities; what has a name that no broker writes is passed over.</summary>
    private async Task<IEnumerable<(QuotaName Name, SortedDictionary<string, string> Config)>> GetNamedAsync(string type)
    {
        var named = new List<(QuotaName, SortedDictionary<string, string>)>();
        foreach (var (znode, config) in await store.GetAllAsync(type))
        {
            if (QuotaName.TryOfZnode(znode, out var name))
            {
                named.Add((name, config));
            }
        }

        return named;
    }

    /// <summary>Sets (or with null removes) quotas of an entity; with <paramref name="validateOnly"/> finds out whether it could.</summary>
    /// <exception cref="ConfigException">A key or value cannot be.</exception>
    public async Task AlterAsync(QuotaEntity entity, IReadOnlyList<(string Key, double? Value)> changes, bool validateOnly)
    {
        if (entity.Ip is { Name: { } host })
        {
            await RequireHostAsync(host);
        }

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

    /// <summary>What of an entity's configuration is a quota.</summary>
    internal static SortedDictionary<string, double> Read(SortedDictionary<string, string> config, QuotaEntity entity)
    {
        var definition = QuotaConfigDefinition.Of(entity);
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (key, text) in config)
        {
            // Users' znodes hold credentials too, and operators can write anything.
            if (definition.Contains(key) && JavaText.TryParseDouble(text, out var value) && !double.IsNaN(value))
            {
                values[key] = value;
            }
        }

        return values;
    }

    private async Task RequireHostAsync(string host)
    {
        try
        {
            await resolver.ResolveAsync(host);
        }
        catch (UnknownHostException)
        {
            throw new ConfigException($"{host} is not a valid IP or resolvable host.");
        }
    }

    private static string Text(ConfigKey key, double value)
    {
        if (double.IsNaN(value))
        {
            throw new ConfigException(key.Name, value, "Not a number");
        }

        if (key.Type == ConfigType.Double)
        {
            return JavaDouble.Format(value);
        }

        // Saturates, so that what is out of range is far from the value.
        var whole = key.Type == ConfigType.Long ? (long)(value + WholeNumberTolerance) : (int)(value + WholeNumberTolerance);
        if (Math.Abs(whole - value) > WholeNumberTolerance)
        {
            throw new ConfigException($"Configuration {key.Name} must be a {key.Type.ToString().ToUpperInvariant()} value");
        }

        return key.Canonical(ConfigText.Of(whole)!);
    }
}
