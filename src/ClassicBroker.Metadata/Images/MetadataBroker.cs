namespace ClassicBroker.Metadata.Images;

/// <summary>A live broker as the controller tells of it.</summary>
public sealed record MetadataBroker(int Id, IReadOnlyList<BrokerEndpoint> Endpoints, string? Rack)
{
    /// <summary>Where the broker is reached on a listener, or null where it has no such listener.</summary>
    public BrokerEndpoint? Endpoint(string listenerName)
    {
        for (var index = 0; index < Endpoints.Count; index++)
        {
            if (Endpoints[index].ListenerName == listenerName)
            {
                return Endpoints[index];
            }
        }

        return null;
    }
}
