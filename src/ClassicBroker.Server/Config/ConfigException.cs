namespace ClassicBroker.Server.Config;

/// <summary>A configuration is wrong; the message is one sentence that names key and value. Stops a start, refuses an alteration.</summary>
public sealed class ConfigException : Exception
{
    public ConfigException(string message)
        : base(message)
    {
    }

    public ConfigException(string key, object? value, string? reason)
        : this($"Invalid value {ConfigText.Of(value) ?? "null"} for configuration {key}{(reason is null ? "" : ": " + reason)}")
    {
    }
}
