namespace ClassicBroker.Server.Config;

/// <summary>A table of <see cref="ConfigKey"/>s by name: what a file or an alteration is read and checked against. Immutable.</summary>
public sealed class ConfigDefinition
{
    private readonly SortedDictionary<string, ConfigKey> _keys = new(StringComparer.Ordinal);

    public ConfigDefinition(params IEnumerable<IReadOnlyList<ConfigKey>> tables)
    {
        foreach (var key in tables.SelectMany(table => table))
        {
            _keys.Add(key.Name, key);
        }
    }

    /// <summary>All keys, sorted by name.</summary>
    public IReadOnlyCollection<ConfigKey> Keys => _keys.Values;

    public ConfigKey? Find(string name) => _keys.GetValueOrDefault(name);

    public bool Contains(string name) => _keys.ContainsKey(name);

    /// <summary>Reads every known key of <paramref name="properties"/>, and the default of every other.</summary>
    /// <exception cref="ConfigException">A value does not read as its type or breaks its rule.</exception>
    public ConfigValues Parse(IReadOnlyDictionary<string, string> properties)
    {
        var values = new Dictionary<string, object?>(_keys.Count, StringComparer.Ordinal);
        foreach (var key in _keys.Values)
        {
            values[key.Name] = key.Parse(properties.GetValueOrDefault(key.Name, key.DefaultText!));
        }

        return new ConfigValues(values);
    }
}
