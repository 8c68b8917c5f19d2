using ClassicBroker.Metadata.Admin;

namespace ClassicBroker.Server.Config;

/// <summary>Checks the configs of topics about to be created, for the code that creates them. Stateless.</summary>
public sealed class TopicConfigValidator : ITopicConfigValidator
{
    public string Canonical(string name, string value) => TopicConfigDefinition.Keys.Find(name)?.Canonical(value) ?? value;

    public string? Fault(IReadOnlyDictionary<string, string> config)
    {
        try
        {
            TopicConfigDefinition.Validate(config.ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal));
            return null;
        }
        catch (ConfigException refused)
        {
            return refused.Message;
        }
    }
}
