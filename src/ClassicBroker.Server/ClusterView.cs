using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;

namespace ClassicBroker.Server;

/// <summary>The metadata image as replication asks it. Safe from any thread.</summary>
public sealed class ClusterView(MetadataCache metadata) : IClusterView
{
    public bool Contains(TopicPartition partition) => metadata.Current.Partition(partition) is not null;

    public bool IsAlive(int brokerId) => metadata.Current.IsAlive(brokerId);

    public string? RackOf(int brokerId, string listenerName) =>
        metadata.Current.Broker(brokerId) is { } broker && broker.Endpoint(listenerName) is not null ? broker.Rack : null;
}
