using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.State;

/// <summary>
/// Hears which partitions this broker begins and ceases to lead: a coordinator, whose state is that of a partition. Called under the lock
/// of state changes, in their order: an implementation takes note and returns.
/// </summary>
public interface ILeadershipListener
{
    /// <summary>This broker leads the partition and did not before.</summary>
    void OnElected(TopicPartition partition, int leaderEpoch);

    /// <summary>
    /// This broker follows, was stopped, or lost the partition with its log directory; <paramref name="leaderEpoch"/> is null where none
    /// was told.
    /// </summary>
    void OnResigned(TopicPartition partition, int? leaderEpoch);
}
