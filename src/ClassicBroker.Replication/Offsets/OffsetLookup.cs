using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Offsets;

/// <summary>
/// Finds offsets by time and by leader epoch on partitions this broker leads. Stateless beside its collaborators; safe from any thread.
/// </summary>
public sealed partial class OffsetLookup(ReplicaManager replicas, ILogger<OffsetLookup> logger)
{
    /// <summary>Asks for the end of the log, as far as the isolation sees.</summary>
    public const long LatestTimestamp = -1;

    public const long EarliestTimestamp = -2;

    /// <summary>Asks for the record with the largest timestamp (KIP-734).</summary>
    public const long MaxTimestamp = -3;

    /// <summary>The earliest offset on local disk (KIP-405): without tiered storage the same as the earliest.</summary>
    public const long EarliestLocalTimestamp = -4;

    /// <summary>The latest offset in tiered storage: there is none.</summary>
    public const long LatestTieredTimestamp = -5;

    private static readonly TimestampedOffset Nothing = new(-1, -1, LeaderEpoch.None);

    /// <summary>
    /// The offset at <paramref name="timestamp"/>; -1 where the log has no such record. A consumer is refused an answer while a new
    /// leader's high watermark has not reached its epoch, because it could see the end of the log go back.
    /// </summary>
    /// <param name="topicPartition">Where.</param>
    /// <param name="timestamp">A time, or one of the constants of this class.</param>
    /// <param name="isolation">
    /// How far the requester may see; <see cref="FetchIsolation.LogEnd"/> for followers and debugging tools.
    /// </param>
    /// <param name="currentEpoch">The leader epoch the requester believes in.</param>
    /// <param name="onlyLeader">False for debugging tools, which may ask a follower.</param>
    /// <param name="found">What was found.</param>
    public ErrorCode Find(
        TopicPartition topicPartition,
        long timestamp,
        FetchIsolation isolation,
        LeaderEpoch currentEpoch,
        bool onlyLeader,
        out TimestampedOffset found)
    {
        found = Nothing;
        var error = replicas.TryGet(topicPartition, out var partition);
        PartitionLog? log = null;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetLog(currentEpoch, onlyLeader, out log);
        }

        if (error != ErrorCode.None)
        {
            return error;
        }

        try
        {
            var mayGoBack = isolation != FetchIsolation.LogEnd && partition!.IsHighWatermarkBehindEpochStart(log!);

            // A replica that need not lead is asked how complete its log is.
            var epoch = onlyLeader ? new LeaderEpoch(partition!.LeaderEpoch) : log!.LatestEpoch;
            return Find(log!, timestamp, isolation, epoch, mayGoBack, out found);
        }
        catch (StorageException failure)
        {
            LogFailure(topicPartition, failure.Message);
            return ErrorCode.KafkaStorageError;
        }
        catch (RecordsException corrupt)
        {
            LogFailure(topicPartition, corrupt.Message);
            return corrupt.Code;
        }
    }

    /// <summary>
    /// Base offsets of segments older than <paramref name="timestamp"/>, newest first: ListOffsets before it knew records' times.
    /// </summary>
    public ErrorCode FindLegacy(
        TopicPartition topicPartition,
        long timestamp,
        int countMax,
        bool isConsumer,
        bool onlyLeader,
        out long[] offsets)
    {
        offsets = [];
        var error = replicas.TryGet(topicPartition, out var partition);
        PartitionLog? log = null;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetLog(LeaderEpoch.None, onlyLeader, out log);
        }

        if (error != ErrorCode.None)
        {
            return error;
        }

        try
        {
            var found = log!.SegmentOffsetsBefore(timestamp, countMax).ToArray();
            offsets = isConsumer ? HideAbove(log.HighWatermark, found) : found;
            return ErrorCode.None;
        }
        catch (StorageException failure)
        {
            LogFailure(topicPartition, failure.Message);
            return ErrorCode.KafkaStorageError;
        }
    }

    /// <summary>Where <paramref name="epoch"/> ended in this leader's log (KIP-101).</summary>
    public ErrorCode EndOfEpoch(TopicPartition topicPartition, LeaderEpoch currentEpoch, LeaderEpoch epoch, out EpochEndOffset end)
    {
        end = EpochEndOffset.Undefined;
        var error = replicas.TryGet(topicPartition, out var partition);
        PartitionLog? log = null;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetLog(currentEpoch, onlyLeader: true, out log);
        }

        if (error == ErrorCode.None)
        {
            end = log!.EndOffsetForEpoch(epoch);
        }

        return error;
    }

    private static ErrorCode Find(
        PartitionLog log,
        long timestamp,
        FetchIsolation isolation,
        LeaderEpoch endEpoch,
        bool mayGoBack,
        out TimestampedOffset found)
    {
        found = Nothing;
        switch (timestamp)
        {
            case LatestTimestamp when mayGoBack:
                return ErrorCode.OffsetNotAvailable;
            case LatestTimestamp:
                found = new(-1, EndOf(log, isolation), endEpoch);
                return ErrorCode.None;
            case EarliestTimestamp or EarliestLocalTimestamp:
                found = new(-1, log.LogStartOffset, log.EpochOf(log.LogStartOffset));
                return ErrorCode.None;
            case LatestTieredTimestamp:
                return ErrorCode.None;
        }

        var candidate = timestamp == MaxTimestamp ? log.FindMaxTimestamp() : log.FindByTimestamp(timestamp);
        if (candidate is { } offset && offset.Offset < EndOf(log, isolation))
        {
            found = offset;
            return ErrorCode.None;
        }

        return mayGoBack ? ErrorCode.OffsetNotAvailable : ErrorCode.None;
    }

    private static long EndOf(PartitionLog log, FetchIsolation isolation) =>
        isolation switch
        {
            FetchIsolation.LogEnd => log.LogEndOffset,
            FetchIsolation.HighWatermark => log.HighWatermark,
            _ => log.LastStableOffset,
        };

    /// <summary>A consumer sees the high watermark in place of whatever lies above it.</summary>
    private static long[] HideAbove(long highWatermark, long[] offsets) =>
        offsets.Any(offset => offset > highWatermark)
            ? [highWatermark, .. offsets.Where(offset => offset < highWatermark)]
            : offsets;

    [LoggerMessage(Level = LogLevel.Error, Message = "Error while looking up offsets of partition {Partition}: {Reason}")]
    private partial void LogFailure(TopicPartition partition, string reason);
}
