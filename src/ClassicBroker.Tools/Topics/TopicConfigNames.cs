using ClassicBroker.Metadata.Admin;
using ClassicBroker.Tools.Configs;

namespace ClassicBroker.Tools.Topics;

/// <summary>
/// The configs a topic can have, for the tools that write ZooKeeper without a broker to check them. Values are checked by the brokers
/// that read them. Stateless.
/// </summary>
internal sealed class TopicConfigNames : ITopicConfigValidator
{
    public string? Fault(IReadOnlyDictionary<string, string> config)
    {
        foreach (var name in config.Keys)
        {
            if (!ConfigNames.Topics.Contains(name))
            {
                return $"Unknown topic config name: {name}";
            }
        }

        return null;
    }
}
