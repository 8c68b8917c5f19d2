namespace ClassicBroker.Client;

/// <summary>A broker as metadata tells of it.</summary>
public sealed record BrokerNode(int Id, string Host, int Port, string? Rack)
{
    /// <summary><c>host:port (id: 0 rack: null)</c>, as Kafka's tools print a node.</summary>
    public override string ToString() => $"{Host}:{Port} (id: {Id} rack: {Rack ?? "null"})";
}
