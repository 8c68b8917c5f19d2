using ClassicBroker.Client;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>A config of a topic or a broker as pages show it. Immutable. A sensitive value never comes here: brokers keep it.</summary>
internal sealed record ConfigRow(
    string Name, string? Value, string Source, bool IsDefault, bool IsSensitive, bool IsReadOnly, string? DefaultValue)
{
    public static ConfigRow Of(ConfigEntry entry) => new(
        entry.Name,
        entry.IsSensitive ? null : entry.Value,
        entry.Source.ToString(),
        entry.IsDefault,
        entry.IsSensitive,
        entry.IsReadOnly,
        entry.IsSensitive ? null : DefaultOf(entry));

    /// <summary>What holds without the config itself. A synonym in another unit, such as hours, would mislead.</summary>
    private static string? DefaultOf(ConfigEntry entry)
    {
        var synonym = entry.Synonyms.FirstOrDefault(synonym => synonym.Source is ConfigSource.StaticBroker or ConfigSource.Default);
        return synonym is not null
            && !(entry.Name.EndsWith(".ms", StringComparison.Ordinal) && !synonym.Name.EndsWith(".ms", StringComparison.Ordinal))
            ? synonym.Value
            : null;
    }
}
