namespace ClassicBroker.Metadata.Admin;

/// <summary>Knows which topic configs there are and what they may hold; the server's config tables answer.</summary>
public interface ITopicConfigValidator
{
    /// <summary>Why these overrides cannot be, in Kafka's words, or null.</summary>
    string? Fault(IReadOnlyDictionary<string, string> config);

    /// <summary>The text to store for a value without fault, so that it reads the same for everyone.</summary>
    string Canonical(string name, string value) => value;
}
