using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Purgatory;
using ClassicBroker.Storage;

namespace ClassicBroker.Replication.Fetch;

/// <summary>
/// A fetch that found fewer bytes than its minimum. It completes when enough has been appended, when an answer other than records has to be
/// given, or at its timeout; the request then reads again. Owned by the fetch purgatory.
/// </summary>
/// <param name="parameters">What is asked for.</param>
/// <param name="partitions">Of which partitions.</param>
/// <param name="positions">Where in their logs it would be found, along <paramref name="partitions"/>.</param>
/// <param name="replicas">The partitions.</param>
/// <param name="recall">The <see cref="FollowerRecall"/> during which the fetch began to wait.</param>
public sealed class DelayedFetch(
    FetchParameters parameters, FetchPartition[] partitions, LogOffset[] positions, ReplicaManager replicas, int recall)
    : DelayedOperation(parameters.MaxWaitMs)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _completion.Task;

    protected override bool TryComplete()
    {
        if (parameters.IsFollower && replicas.Recall.Number != recall)
        {
            return ForceComplete();
        }

        long available = 0;
        for (var i = 0; i < partitions.Length; i++)
        {
            if (Available(partitions[i], positions[i]) is not { } bytes)
            {
                return ForceComplete();
            }

            // A session may have thousands of partitions: what is found at its beginning is enough.
            available += bytes;
            if (available >= parameters.MinBytes)
            {
                return ForceComplete();
            }
        }

        return false;
    }

    protected override void OnComplete() => _completion.SetResult();

    /// <summary>Bytes that a read would find now; null where the fetch has to be answered whatever it finds.</summary>
    private long? Available(in FetchPartition request, LogOffset position)
    {
        if (replicas.TryGet(request.TopicPartition, out var partition) != ErrorCode.None
            || partition!.TryGetLog(request.CurrentLeaderEpoch, parameters.OnlyLeader, out var log) != ErrorCode.None
            || (request.LastFetchedEpoch.IsKnown && DivergesFrom(log!, request)))
        {
            return null;
        }

        if (EndOf(log!) is not { } end)
        {
            return null;
        }

        if (position.Offset == end.Offset)
        {
            return 0;
        }

        if (position.Offset < end.Offset && replicas.HoldsBack(partition, parameters.ReplicaId))
        {
            return 0;
        }

        // Past the end: the log was truncated. On an older segment: there is a whole rest of a segment to send.
        return position.Offset < end.Offset && end.IsOnSameSegmentAs(position)
            ? Math.Min(end.BytesSince(position), request.MaxBytes)
            : null;
    }

    /// <summary>Null where the log cannot say any more: the read that follows answers why, and the event goes on.</summary>
    private LogOffset? EndOf(PartitionLog log)
    {
        try
        {
            return parameters.Isolation switch
            {
                FetchIsolation.LogEnd => log.LogEnd,
                FetchIsolation.HighWatermark => log.LocateHighWatermark(),
                _ => log.LocateLastStable(),
            };
        }
        catch (Exception failure) when (failure is StorageException or RecordsException)
        {
            return null;
        }
    }

    private static bool DivergesFrom(PartitionLog log, in FetchPartition request)
    {
        var end = log.EndOffsetForEpoch(request.LastFetchedEpoch);
        return !end.IsDefined || end.Epoch < request.LastFetchedEpoch || end.EndOffset < request.FetchOffset;
    }
}
