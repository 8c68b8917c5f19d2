namespace ClassicBroker.Server.Config;

/// <summary>A config as DescribeConfigs shows it. The value of a sensitive one is null.</summary>
/// <param name="Name">The key.</param>
/// <param name="Value">What is in force.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsReadOnly">True where a running broker does not take another value.</param>
/// <param name="IsSensitive">True for passwords, and for unknown keys.</param>
/// <param name="Source">Where the value comes from.</param>
/// <param name="Synonyms">All places it could come from, the one in force first.</param>
/// <param name="Documentation">What the key means; null for unknown keys.</param>
public sealed record ConfigEntry(
    string Name,
    string? Value,
    ConfigType Type,
    bool IsReadOnly,
    bool IsSensitive,
    ConfigSource Source,
    IReadOnlyList<ConfigSynonym> Synonyms,
    string? Documentation);
