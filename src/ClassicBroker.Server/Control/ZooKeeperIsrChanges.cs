using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Control;

/// <summary>
/// Commits ISR changes by conditional writes to the state znodes, for clusters before 2.7-IV2, and tells the controller of them in batches.
/// Threading: any thread submits; writes and notifications happen on the scheduler loop.
/// </summary>
public sealed partial class ZooKeeperIsrChanges(
    PartitionStateStore states, NotificationStore notifications, IEventLoop scheduler, ILogger<ZooKeeperIsrChanges> logger) : IIsrChanges
{
    /// <summary>The controller is told after this much quiet, or at the latest after the longer one.</summary>
    private static readonly TimeSpan NotificationPause = TimeSpan.FromMilliseconds(2500);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private readonly SortedSet<TopicPartition> _changed = [];
    private readonly BackgroundWork _writing = new("isr-change-write", scheduler);
    private readonly BackgroundWork _notification = new("isr-change-notification", scheduler);

    public void Submit(IsrChange change, Action<IsrChangeOutcome> completed) => scheduler.Execute(() => Write(change, completed));

    private void Write(IsrChange change, Action<IsrChangeOutcome> completed) => _writing.Run(() => WriteAsync(change, completed));

    private async Task WriteAsync(IsrChange change, Action<IsrChangeOutcome> completed)
    {
        var partition = change.Partition.TopicPartition;
        int? written;
        try
        {
            written = await states.UpdateAsLeaderAsync(partition, new PartitionState(change.State, change.ControllerEpoch));
        }
        catch (ZooKeeperException failure)
        {
            // The session has expired, or ZooKeeper refuses for now. Until it takes the change, the partition counts with both ISRs.
            LogFailure(partition, failure.Message);
            scheduler.Schedule(() => Write(change, completed), RetryPause);
            return;
        }

        if (written is { } partitionEpoch)
        {
            Announce(partition);
            completed(new(ErrorCode.None, change.State.WithPartitionEpoch(partitionEpoch)));
        }
        else
        {
            completed(new(ErrorCode.InvalidUpdateVersion, null));
        }
    }

    private void Announce(TopicPartition partition)
    {
        if (_changed.Count == 0)
        {
            scheduler.Schedule(() => _notification.Run(NotifyAsync), NotificationPause);
        }

        _changed.Add(partition);
    }

    private async Task NotifyAsync()
    {
        TopicPartition[] changed = [.. _changed];
        _changed.Clear();
        try
        {
            await notifications.NotifyIsrChangeAsync(changed);
        }
        catch (ZooKeeperException failure)
        {
            LogFailure(changed[0], failure.Message);
            foreach (var partition in changed)
            {
                Announce(partition);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "ISR change of {Partition} did not reach ZooKeeper; trying again: {Reason}")]
    private partial void LogFailure(TopicPartition partition, string reason);
}
