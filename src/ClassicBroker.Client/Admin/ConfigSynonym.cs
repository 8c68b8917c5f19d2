namespace ClassicBroker.Client;

/// <summary>Something that would set a config if nothing stronger did.</summary>
public sealed record ConfigSynonym(string Name, string? Value, ConfigSource Source);
