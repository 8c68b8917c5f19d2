namespace ClassicBroker.Client;

/// <summary>
/// What an application configures a client with: the client's keys as the Java clients name them. Filled while options are built, then read
/// only.
/// </summary>
public abstract class KafkaClientOptions
{
    /// <summary>The client's keys, such as <c>bootstrap.servers</c>, with their values.</summary>
    public IDictionary<string, string> Properties { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The configuration section they came from; empty where they were set in code. Failures name it.</summary>
    public string Section { get; internal set; } = "";
}
