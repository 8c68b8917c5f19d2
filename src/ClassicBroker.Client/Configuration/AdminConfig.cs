using ClassicBroker.Client.Configuration;

namespace ClassicBroker.Client;

/// <summary>Configures an <see cref="AdminClient"/>; defaults are those of the Java admin client of Kafka 3.9. Immutable.</summary>
public sealed record AdminConfig : ClientConfig
{
    /// <summary>How often a call is tried again, <c>retries</c>; <see cref="ClientConfig.DefaultApiTimeout"/> bounds it in time.</summary>
    public int Retries { get; init; } = int.MaxValue;

    /// <summary>Reads properties named as the Java admin client names them.</summary>
    /// <exception cref="KafkaConfigException">A value is out of range.</exception>
    public static AdminConfig FromProperties(IEnumerable<KeyValuePair<string, string>> properties)
    {
        var reader = new ConfigReader(properties);
        reader.Refuse("bootstrap.controllers", "controllers that can be asked are those of KRaft; name brokers in bootstrap.servers");
        var config = ReadCommon(reader, new AdminConfig()) with { Retries = reader.Int32("retries", int.MaxValue) };
        return config with { UnusedKeys = reader.UnusedKeys, InertKeys = reader.InertKeys };
    }
}
