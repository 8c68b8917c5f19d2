using ClassicBroker.Primitives;

namespace ClassicBroker.Replication;

/// <summary>What replication asks of the broker's metadata: a snapshot the controller sent. Safe from any thread.</summary>
public interface IClusterView
{
    /// <summary>Whether the cluster has the partition: tells a partition that moved away from one that never was.</summary>
    bool Contains(TopicPartition partition);

    bool IsAlive(int brokerId);

    /// <summary>The rack of a live broker that has the listener; null where it has none or cannot be reached there.</summary>
    string? RackOf(int brokerId, string listenerName);
}
