using ClassicBroker.Replication.Partitions;

namespace ClassicBroker.Replication;

/// <summary>A replica's place on this broker: the partition, or the memory that its log directory failed. Immutable.</summary>
public sealed class HostedPartition
{
    private HostedPartition(Partition? partition) => Partition = partition;

    /// <summary>Stands for every partition whose log directory failed.</summary>
    public static HostedPartition Offline { get; } = new(null);

    /// <summary>Null where the log directory failed.</summary>
    public Partition? Partition { get; }

    public static HostedPartition Online(Partition partition) => new(partition);
}
