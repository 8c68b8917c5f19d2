namespace ClassicBroker.Protocol.Generator;

/// <summary>An API: its key, and the pair of messages that go under it.</summary>
internal sealed class ApiSchema(string name, int key, VersionRange deprecated, MessageSchema request, MessageSchema response)
{
    public string Name { get; } = name;

    public int Key { get; } = key;

    /// <summary>The versions that Kafka 3.9 logs as going away (KIP-896).</summary>
    public VersionRange Deprecated { get; } = deprecated;

    public MessageSchema Request { get; } = request;

    public MessageSchema Response { get; } = response;
}
