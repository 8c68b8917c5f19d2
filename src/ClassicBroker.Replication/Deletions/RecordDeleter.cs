using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Deletions;

/// <summary>
/// Moves log starts forward for DeleteRecords (KIP-107) and waits until every live replica has followed. Stateless beside its
/// collaborators; safe from any thread.
/// </summary>
public sealed partial class RecordDeleter(ReplicaManager replicas, ILogger<RecordDeleter> logger)
{
    private const long HighWatermark = -1;

    /// <summary>Ends when all live replicas have moved or the timeout has passed; <paramref name="waits"/> hold the answers.</summary>
    public async ValueTask DeleteAsync(
        IReadOnlyList<DeleteRecordsWait> waits, int timeoutMs, CancellationToken cancellation = default)
    {
        foreach (var wait in waits)
        {
            DeleteLocally(wait);
        }

        if (!waits.Any(wait => wait.IsPending))
        {
            return;
        }

        var delayed = new DelayedDeleteRecords(timeoutMs, waits, replicas);
        if (!replicas.Delayed.DeleteRecords.TryCompleteElseWatch(delayed, cancellation, [.. waits.Select(wait => wait.Partition)]))
        {
            await delayed.Completion;
        }

        foreach (var wait in waits)
        {
            if (wait.IsPending)
            {
                wait.Error = ErrorCode.RequestTimedOut;
            }
        }
    }

    private void DeleteLocally(DeleteRecordsWait wait)
    {
        wait.Error = replicas.TryGet(wait.Partition, out var partition);
        PartitionLog? log = null;
        if (wait.Error == ErrorCode.None)
        {
            wait.Error = partition!.TryGetLog(LeaderEpoch.None, onlyLeader: true, out log);
        }

        if (wait.Error != ErrorCode.None)
        {
            return;
        }

        wait.Error = DeleteLocally(wait, log!);
        if (wait.Error == ErrorCode.None)
        {
            wait.LowWatermark = partition!.LowWatermarkIfLeader();
            wait.IsPending = wait.LowWatermark < wait.Offset;
        }
    }

    private ErrorCode DeleteLocally(DeleteRecordsWait wait, PartitionLog log)
    {
        if (!log.Config.IsDeleted)
        {
            return ErrorCode.PolicyViolation;
        }

        if (wait.Offset == HighWatermark)
        {
            wait.Offset = log.HighWatermark;
        }

        try
        {
            return wait.Offset < 0 ? ErrorCode.OffsetOutOfRange : log.AdvanceLogStart(wait.Offset);
        }
        catch (StorageException failure)
        {
            LogStorageFailure(wait.Partition, failure.Message);
            return ErrorCode.KafkaStorageError;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Error while deleting records of partition {Partition}: {Reason}")]
    private partial void LogStorageFailure(TopicPartition partition, string reason);
}
