namespace ClassicBroker.Server.Config;

/// <summary>Parsed values by key. Immutable; any thread may read. Asking for a key that is not in the table is a bug and throws.</summary>
public sealed class ConfigValues(IReadOnlyDictionary<string, object?> values)
{
    public object? this[string key] => values[key];

    public bool Bool(string key) => (bool)values[key]!;

    public int Int(string key) => (int)values[key]!;

    public int? IntOrNull(string key) => (int?)values[key];

    public short Short(string key) => (short)values[key]!;

    public long Long(string key) => (long)values[key]!;

    public long? LongOrNull(string key) => (long?)values[key];

    public double Double(string key) => (double)values[key]!;

    public string String(string key) => (string)values[key]!;

    public string? StringOrNull(string key) => (string?)values[key];

    /// <summary>A value as a file would hold it.</summary>
    public string? TextOrNull(string key) => ConfigText.Of(values[key]);

    /// <summary>The same values but for those given.</summary>
    public ConfigValues With(IReadOnlyDictionary<string, object?> overrides)
    {
        var merged = new Dictionary<string, object?>(values, StringComparer.Ordinal);
        foreach (var (key, value) in overrides)
        {
            merged[key] = value;
        }

        return new ConfigValues(merged);
    }

    public IReadOnlyList<string> List(string key) => (IReadOnlyList<string>?)values[key] ?? [];
}
