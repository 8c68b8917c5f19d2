namespace ClassicBroker.Server.Config;

/// <summary>One of the places a value could come from: the first of them is in force (KIP-226).</summary>
public sealed record ConfigSynonym(string Name, string? Value, ConfigSource Source);
