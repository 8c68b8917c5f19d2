namespace ClassicBroker.Client;

/// <summary>One config of a resource. Immutable.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Value">Its value; null where unset, or sensitive.</param>
/// <param name="Source">Where the value comes from.</param>
/// <param name="IsSensitive">Whether the broker keeps the value to itself.</param>
/// <param name="IsReadOnly">Whether only the properties file can change it.</param>
/// <param name="Synonyms">All that would set it, the strongest first.</param>
public sealed record ConfigEntry(
    string Name, string? Value, ConfigSource Source, bool IsSensitive, bool IsReadOnly, IReadOnlyList<ConfigSynonym> Synonyms)
{
    /// <summary>Whether it was never set.</summary>
    public bool IsDefault => Source == ConfigSource.Default;
}
