namespace ClassicBroker.Client;

/// <summary>Where a config value comes from, strongest first. Values are the wire's.</summary>
public enum ConfigSource : sbyte
{
    /// <summary>The broker did not tell.</summary>
    Unknown = 0,

    /// <summary>Set for the topic.</summary>
    DynamicTopic = 1,

    /// <summary>Set for the broker.</summary>
    DynamicBroker = 2,

    /// <summary>Set for all brokers.</summary>
    DynamicDefaultBroker = 3,

    /// <summary>In the broker's properties file.</summary>
    StaticBroker = 4,

    /// <summary>Built in.</summary>
    Default = 5,

    /// <summary>Set for a logger of the broker.</summary>
    DynamicBrokerLogger = 6,
}
