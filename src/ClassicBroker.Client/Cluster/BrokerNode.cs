namespace ClassicBroker.Client;

/// <summary>A broker as metadata tells of it. Immutable.</summary>
/// <param name="Id">Its <c>broker.id</c>.</param>
/// <param name="Host">Where it advertises itself.</param>
/// <param name="Port">The port there.</param>
/// <param name="Rack">Its <c>broker.rack</c>; null where it has none.</param>
public sealed record BrokerNode(int Id, string Host, int Port, string? Rack)
{
    /// <summary><c>host:port (id: 0 rack: null)</c>, as Kafka's tools print a node.</summary>
    public override string ToString() => $"{Host}:{Port} (id: {Id} rack: {Rack ?? "null"})";
}
