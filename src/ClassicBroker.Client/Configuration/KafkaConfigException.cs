namespace ClassicBroker.Client;

/// <summary>A client was given a configuration it cannot work with; the message names the key and what it takes.</summary>
public sealed class KafkaConfigException : KafkaException
{
    /// <summary>Reports a fault that no single key has.</summary>
    public KafkaConfigException(string message)
        : base(message)
    {
    }

    /// <summary>Reports that <paramref name="key"/> does not take <paramref name="value"/>.</summary>
    public KafkaConfigException(string key, object? value, string reason)
        : base($"Invalid value {value ?? "null"} for configuration {key}: {reason}") => Key = key;

    /// <summary>The key at fault, where it is one alone.</summary>
    public string? Key { get; }
}
