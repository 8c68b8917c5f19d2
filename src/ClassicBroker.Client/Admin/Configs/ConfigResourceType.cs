namespace ClassicBroker.Client;

/// <summary>Kinds of things that have configs. Values are the wire's.</summary>
public enum ConfigResourceType : sbyte
{
    /// <summary>A topic.</summary>
    Topic = 2,

    /// <summary>A broker, or the default of all of them.</summary>
    Broker = 4,

    /// <summary>The log levels of a broker.</summary>
    BrokerLogger = 8,

    /// <summary>What clients are to report (KIP-714); brokers with ZooKeeper have none.</summary>
    ClientMetrics = 16,
}
