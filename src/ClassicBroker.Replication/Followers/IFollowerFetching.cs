using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Followers;

/// <summary>Fills the replicas this broker does not lead. Calls take effect in their order; any thread.</summary>
public interface IFollowerFetching
{
    /// <summary>Fetches for these replicas from now on, and from no earlier leader.</summary>
    void Follow(IReadOnlyList<Following> replicas);

    /// <summary>Fetches no longer for these partitions.</summary>
    void Unfollow(IEnumerable<TopicPartition> partitions);
}
