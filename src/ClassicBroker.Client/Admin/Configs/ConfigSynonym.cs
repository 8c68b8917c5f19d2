namespace ClassicBroker.Client;

/// <summary>Something that would set a config if nothing stronger did. Immutable.</summary>
/// <param name="Name">Its key, which may be another than the config's.</param>
/// <param name="Value">Its value; null where unset, or sensitive.</param>
/// <param name="Source">Where it is set.</param>
public sealed record ConfigSynonym(string Name, string? Value, ConfigSource Source);
