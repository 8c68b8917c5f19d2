using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>Whose configs: a topic's, a broker's, those of its loggers.</summary>
/// <param name="Type">What has the configs.</param>
/// <param name="Name">The topic, or the broker's id as text; an empty one stands for the default of all brokers.</param>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    /// <summary>A topic's.</summary>
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    /// <summary>A broker's, or with null the default of all brokers.</summary>
    public static ConfigResource Broker(int? id) => new(ConfigResourceType.Broker, id?.ToString() ?? "");

    /// <summary>The loggers of a broker.</summary>
    public static ConfigResource BrokerLogger(int id) => new(ConfigResourceType.BrokerLogger, id.ToString());

    /// <summary>The broker that answers for the resource; null where any may.</summary>
    internal int? BrokerId =>
        Type is ConfigResourceType.Broker or ConfigResourceType.BrokerLogger && JavaText.TryParseInt(Name, out var id) ? id : null;
}
