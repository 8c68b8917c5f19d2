using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;

namespace ClassicBroker.Server;

/// <summary>The metadata image as replication asks it. Safe from any thread.</summary>
public sealed class ClusterView(MetadataCache metadata) : IClusterView
{
    public bool Contains(TopicPartition partition) => metadata.Current.Partition(partition) is not null;

    public bool IsAlive(int brokerId) => metadata.Current.IsAlive(brokerId);
}
