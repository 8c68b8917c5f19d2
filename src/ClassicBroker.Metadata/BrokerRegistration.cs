namespace ClassicBroker.Metadata;

/// <summary>A live broker as its registration describes it.</summary>
public sealed record BrokerRegistration(int Id, IReadOnlyList<BrokerEndpoint> Endpoints, string? Rack, int JmxPort, long TimestampMs)
{
    /// <summary>Supported features by name (KIP-584); empty in practice.</summary>
    public IReadOnlyDictionary<string, FeatureRange> Features { get; init; } = new SortedDictionary<string, FeatureRange>(
        StringComparer.Ordinal);

    /// <summary>The endpoint of a listener, or null.</summary>
    public BrokerEndpoint? Endpoint(string listenerName)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.ListenerName == listenerName)
            {
                return endpoint;
            }
        }

        return null;
    }

    /// <summary>True where the two agree in what other brokers are told of.</summary>
    public bool SameEndpointsAndFeatures(BrokerRegistration other) =>
        Rack == other.Rack && Endpoints.SequenceEqual(other.Endpoints) && Features.SequenceEqual(other.Features);
}
