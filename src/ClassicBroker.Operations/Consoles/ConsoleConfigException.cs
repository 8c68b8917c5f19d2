namespace ClassicBroker.Operations.Consoles;

/// <summary>A key of the console has a value that it does not take.</summary>
public sealed class ConsoleConfigException(string key, string value, string reason)
    : Exception($"Invalid value {value} for configuration {key}: {reason}")
{
    /// <summary>The key at fault.</summary>
    public string Key { get; } = key;

    /// <summary>What it was given.</summary>
    public string Value { get; } = value;

    /// <summary>Why it does not take that.</summary>
    public string Reason { get; } = reason;
}
