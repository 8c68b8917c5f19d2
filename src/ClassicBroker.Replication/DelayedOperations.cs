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
    private int _countingProduces;

    public DelayedOperationPurgatory<TopicPartition> Produce { get; } = new("Produce", new TimingWheel(timers), producePurgeInterval);

    public DelayedOperationPurgatory<TopicPartition> Fetch { get; } = new("Fetch", new TimingWheel(timers), fetchPurgeInterval);

    public DelayedOperationPurgatory<TopicPartition> DeleteRecords { get; } =
        new("DeleteRecords", new TimingWheel(timers), deleteRecordsPurgeInterval);

    /// <summary>
    /// Do producers wait for a number of replicas (<c>acks = N</c>)? Then the progress of every follower is an event, not that of the
    /// slowest alone.
    /// </summary>
    public bool CountsReplicas => Volatile.Read(ref _countingProduces) > 0;

    /// <summary>
    /// Does a deletion of records wait for log starts to move, or look for the last time whether it must? One that begins to wait is
    /// watched before it looks.
    /// </summary>
    public bool WatchesLowWatermark => DeleteRecords.Watched > 0;

    /// <summary>A produce begins to wait for a number of replicas.</summary>
    public void BeginCounting() => Interlocked.Increment(ref _countingProduces);

    /// <summary>It waits no longer.</summary>
    public void EndCounting() => Interlocked.Decrement(ref _countingProduces);

    /// <summary>The high watermark, the low watermark or the leader moved.</summary>
    public void CheckAndCompleteAll(TopicPartition partition)
    {
        Fetch.CheckAndComplete(partition);
        Produce.CheckAndComplete(partition);
        DeleteRecords.CheckAndComplete(partition);
    }

    /// <summary>A replica has more on its disk, without the high watermark having moved: of interest to producers.</summary>
    public void CheckAndCompleteProduce(TopicPartition partition) => Produce.CheckAndComplete(partition);

    /// <summary>Only the log end moved: of interest to followers.</summary>
    public void CheckAndCompleteFetch(TopicPartition partition) => Fetch.CheckAndComplete(partition);
}
