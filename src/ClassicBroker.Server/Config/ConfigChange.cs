namespace ClassicBroker.Server.Config;

/// <summary>One key of an alteration.</summary>
public readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value);
