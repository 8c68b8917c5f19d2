using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Images;

namespace ClassicBroker.Server.Handlers;

/// <summary>
/// Collects the leaders that a response names to a client which asked the wrong broker (KIP-951). Lives within one request.
/// </summary>
internal sealed class CurrentLeaders(MetadataImage image, string listener)
{
    private readonly SortedDictionary<int, (int Id, BrokerEndpoint Endpoint, string? Rack)> _endpoints = [];

    /// <summary>Each leader named so far, once.</summary>
    public IReadOnlyCollection<(int Id, BrokerEndpoint Endpoint, string? Rack)> Endpoints => _endpoints.Values;

    /// <summary>The partition as this broker knows it; null where it does not.</summary>
    public PartitionImage? Find(string topic, int partition)
    {
        var found = image.Partition(topic, partition);
        if (found is not null && image.Broker(found.Leader) is { } leader && leader.Endpoint(listener) is { } endpoint)
        {
            _endpoints[leader.Id] = (leader.Id, endpoint, leader.Rack);
        }

        return found;
    }
}
