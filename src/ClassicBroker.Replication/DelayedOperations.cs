using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Purgatory;

namespace ClassicBroker.Replication;

/// <summary>
/// The purgatories whose operations wait for something to happen to a partition, and the events that wake them. Owned by the
/// <see cref="ReplicaManager"/>. Threading: any thread, never under a partition's lock.
/// </summary>
public sealed class DelayedOperations(IEventLoop timers, int producePurgeInterval, int fetchPurgeInterval, int deleteRecordsPurgeInterval)
{
    public DelayedOperationPurgatory<TopicPartition> Produce { get; } = new("Produce", new TimingWheel(timers), producePurgeInterval);

    public DelayedOperationPurgatory<TopicPartition> Fetch { get; } = new("Fetch", new TimingWheel(timers), fetchPurgeInterval);

    public DelayedOperationPurgatory<TopicPartition> DeleteRecords { get; } =
        new("DeleteRecords", new TimingWheel(timers), deleteRecordsPurgeInterval);

    /// <summary>The high watermark, the low watermark or the leader moved.</summary>
    public void CheckAndCompleteAll(TopicPartition partition)
    {
        Fetch.CheckAndComplete(partition);
        Produce.CheckAndComplete(partition);
        DeleteRecords.CheckAndComplete(partition);
    }

    /// <summary>Only the log end moved: of interest to followers.</summary>
    public void CheckAndCompleteFetch(TopicPartition partition) => Fetch.CheckAndComplete(partition);
}
