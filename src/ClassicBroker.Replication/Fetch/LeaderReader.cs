using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication.Partitions;
using ClassicBroker.Replication.Selection;
using ClassicBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Replication.Fetch;

/// <summary>
/// Reads for consumers and followers, waiting for bytes where asked. A read that has to open an index is done on
/// <paramref name="longReads"/>, and the caller's loop gets it back. Stateless beside its collaborators; safe from any thread.
/// </summary>
public sealed partial class LeaderReader(ReplicaManager replicas, IExecutor longReads, ILogger<LeaderReader> logger)
{
    /// <summary>
    /// Reads every partition, at once or after as long as the fetch may wait. The results run along <paramref name="partitions"/>, and
    /// their regions belong to the caller. None where <paramref name="cancellation"/> ended the wait: its client is gone.
    /// </summary>
    public ValueTask<FetchPartitionResult[]> FetchAsync(
        FetchParameters parameters, FetchPartition[] partitions, CancellationToken cancellation = default)
    {
        var results = new FetchPartitionResult[partitions.Length];
        if (!TryRead(parameters, partitions, results, parameters.IsFollower, mayBlock: false))
        {
            return FetchColdAsync(parameters, partitions, results, cancellation);
        }

        return IsDone(parameters, results)
            ? ValueTask.FromResult(results)
            : WaitAndReadAsync(parameters, partitions, results, cancellation);
    }

    private async ValueTask<FetchPartitionResult[]> FetchColdAsync(
        FetchParameters parameters,
        FetchPartition[] partitions,
        FetchPartitionResult[] results,
        CancellationToken cancellation)
    {
        await ReadElsewhereAsync(parameters, partitions, results, parameters.IsFollower);
        return IsDone(parameters, results) ? results : await WaitAndReadAsync(parameters, partitions, results, cancellation);
    }

    private Task ReadElsewhereAsync(
        FetchParameters parameters,
        FetchPartition[] partitions,
        FetchPartitionResult[] results,
        bool updateFollower) =>
        longReads.RunAsync(() => Invariant.Require(TryRead(parameters, partitions, results, updateFollower, mayBlock: true)));

    private static bool IsDone(in FetchParameters parameters, FetchPartitionResult[] results) =>
        parameters.MaxWaitMs <= 0 || results.Length == 0 || IsWorthAnswering(parameters, results);

    private static bool IsWorthAnswering(in FetchParameters parameters, FetchPartitionResult[] results)
    {
        long bytes = 0;
        foreach (ref readonly var result in results.AsSpan())
        {
            if (result.Error != ErrorCode.None || result.Diverging is not null || result.HasPreferredReplica)
            {
                return true;
            }

            bytes += result.SizeInBytes;
        }

        return bytes >= Math.Min(parameters.MinBytes, parameters.MaxBytes);
    }

    private async ValueTask<FetchPartitionResult[]> WaitAndReadAsync(
        FetchParameters parameters,
        FetchPartition[] partitions,
        FetchPartitionResult[] results,
        CancellationToken cancellation)
    {
        var positions = new LogOffset[partitions.Length];
        var keys = new TopicPartition[partitions.Length + (parameters.IsFollower ? 1 : 0)];
        var recall = replicas.Recall.Number;
        if (parameters.IsFollower)
        {
            keys[^1] = FollowerRecall.Key;
            parameters = parameters with { MaxWaitMs = replicas.Recall.Limit(parameters.MaxWaitMs) };
        }

        for (var i = 0; i < partitions.Length; i++)
        {
            positions[i] = results[i].FetchOffset;
            keys[i] = partitions[i].TopicPartition;
            results[i].Discard();
        }

        var delayed = new DelayedFetch(parameters, partitions, positions, replicas, recall);
        if (!replicas.Delayed.Fetch.TryCompleteElseWatch(delayed, cancellation, keys))
        {
            await delayed.Completion;
            if (cancellation.IsCancellationRequested)
            {
                return [];
            }
        }

        // What the follower told with this fetch was taken note of in the first read.
        if (!TryRead(parameters, partitions, results, updateFollower: false, mayBlock: false))
        {
            await ReadElsewhereAsync(parameters, partitions, results, updateFollower: false);
        }

        return results;
    }

    /// <summary>Is a follower being given a replica by a reassignment?</summary>
    public bool IsReassigned(TopicPartition topicPartition, in FetchParameters parameters) =>
        parameters.IsFollower
        && replicas.TryGetOnline(topicPartition, out var partition)
        && partition.IsAddingReplica(parameters.ReplicaId);

    /// <summary>Counts what a follower is sent of throttled replicas (KIP-73).</summary>
    public void CountSent(in FetchParameters parameters, FetchPartition[] partitions, FetchPartitionResult[] results)
    {
        if (!parameters.IsFollower)
        {
            return;
        }

        for (var i = 0; i < results.Length; i++)
        {
            if (results[i].SizeInBytes > 0)
            {
                replicas.RecordSent(partitions[i].TopicPartition, results[i].SizeInBytes);
            }
        }
    }

    /// <summary>False where one of the reads would have blocked and must not; what was read before it is given back.</summary>
    private bool TryRead(
        in FetchParameters parameters,
        FetchPartition[] partitions,
        FetchPartitionResult[] results,
        bool updateFollower,
        bool mayBlock)
    {
        var limit = parameters.MaxBytes;
        var minOneMessage = !parameters.HardMaxBytes;
        for (var i = 0; i < partitions.Length; i++)
        {
            results[i] = Read(parameters, partitions[i], limit, minOneMessage, updateFollower, mayBlock);
            if (results[i].IsCold)
            {
                Discard(results.AsSpan(0, i));
                return false;
            }

            var size = results[i].SizeInBytes;
            if (size > 0)
            {
                minOneMessage = false;
                limit = Math.Max(0, limit - size);
            }
        }

        return true;
    }

    private static void Discard(Span<FetchPartitionResult> results)
    {
        foreach (ref readonly var result in results)
        {
            result.Discard();
        }
    }

    private FetchPartitionResult Read(
        in FetchParameters parameters,
        in FetchPartition request,
        int limit,
        bool minOneMessage,
        bool updateFollower,
        bool mayBlock)
    {
        var error = replicas.TryGet(request.TopicPartition, out var partition);
        PartitionLog? log = null;
        var leaderEpoch = LeaderEpoch.None.Value;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetLog(request.CurrentLeaderEpoch, parameters.OnlyLeader, out log, out leaderEpoch);
        }

        if (error == ErrorCode.None)
        {
            error = Check(parameters, request, partition!, log!);
        }

        if (error != ErrorCode.None)
        {
            return FetchPartitionResult.Failed(error);
        }

        try
        {
            var maxBytes = Math.Min(request.MaxBytes, limit);
            var result = Read(parameters, request, partition!, leaderEpoch, log!, maxBytes, minOneMessage, updateFollower, mayBlock);
            if (partition!.LeaderEpoch == leaderEpoch)
            {
                return result;
            }

            // What was read may be of another leader already, though the epoch the requester named was current before.
            result.Discard();
            error = partition.TryGetLog(request.CurrentLeaderEpoch, parameters.OnlyLeader, out _);
            return FetchPartitionResult.Failed(error == ErrorCode.None ? ErrorCode.NotLeaderOrFollower : error);
        }
        catch (StorageException failure)
        {
            LogFailure(request.TopicPartition, failure.Message);
            return FetchPartitionResult.Failed(ErrorCode.KafkaStorageError);
        }
        catch (RecordsException corrupt)
        {
            LogFailure(request.TopicPartition, corrupt.Message);
            return FetchPartitionResult.Failed(corrupt.Code);
        }
    }

    private static ErrorCode Check(in FetchParameters parameters, in FetchPartition request, Partition partition, PartitionLog log)
    {
        if (!request.Id.TopicId.IsZero && !log.TopicId.IsZero && log.TopicId != request.Id.TopicId)
        {
            return ErrorCode.InconsistentTopicId;
        }

        if (parameters.IsFollower && !partition.IsFollower(parameters.ReplicaId))
        {
            return request.CurrentLeaderEpoch.IsKnown ? ErrorCode.UnknownLeaderEpoch : ErrorCode.NotLeaderOrFollower;
        }

        return ErrorCode.None;
    }

    private FetchPartitionResult Read(
        in FetchParameters parameters,
        in FetchPartition request,
        Partition partition,
        int leaderEpoch,
        PartitionLog log,
        int maxBytes,
        bool minOneMessage,
        bool updateFollower,
        bool mayBlock)
    {
        if (request.LastFetchedEpoch.IsKnown && Divergence(request, log) is { } answer)
        {
            return answer;
        }

        if (PreferredReplica(parameters, request, partition) is var preferred && preferred != replicas.LocalBrokerId.Value)
        {
            return Elsewhere(log, request.FetchOffset, preferred);
        }

        var read = log.Read(request.FetchOffset, maxBytes, parameters.Isolation, minOneMessage, mayBlock);
        if (read.IsCold)
        {
            return new FetchPartitionResult { IsCold = true };
        }

        if (read.Error != ErrorCode.None)
        {
            var mayLieElsewhere = !parameters.IsFollower && MayLieElsewhere(request.FetchOffset, log, partition);
            return FetchPartitionResult.Failed(mayLieElsewhere ? ErrorCode.NotLeaderOrFollower : read.Error);
        }

        if (updateFollower)
        {
            partition.UpdateFollower(
                new LeaderEpoch(leaderEpoch),
                new FollowerFetch(
                    parameters.ReplicaId, request.FetchOffset, request.LogStartOffset, parameters.ReplicaEpoch, parameters.Connection),
                read.LogEndOffset);
        }

        // A piece of a batch is of use only to those who grow their limit by it; the rest would get bytes they cannot read, in every fetch.
        var isUseless = (read.IsFirstEntryIncomplete && !parameters.HardMaxBytes) || replicas.HoldsBack(partition, parameters.ReplicaId);
        if (isUseless)
        {
            read.Records?.File.Release();
        }

        return new FetchPartitionResult
        {
            Records = isUseless ? null : read.Records,
            HighWatermark = read.HighWatermark,
            LastStableOffset = read.LastStableOffset,
            LogStartOffset = read.LogStartOffset,
            AbortedTransactions = read.AbortedTransactions,
            FetchOffset = read.FetchOffset,
            Magic = read.FirstBatch.Magic,
        };
    }

    /// <summary>
    /// Does an offset lie behind the end of a log that another broker's may reach beyond: that of a follower, or of a leader that may have
    /// been replaced while it stood still? A consumer that is told that it does not exist goes to another one, and reads records again or
    /// never. One of before KIP-320 gives no epoch by which a follower could tell that it was taken for the leader.
    /// </summary>
    private static bool MayLieElsewhere(long offset, PartitionLog log, Partition partition) =>
        offset > log.LogEndOffset && (!partition.IsLeader || partition.MayBeReplaced);

    /// <summary>The replica a consumer shall read from: this one, unless it said where it is and another is nearer (KIP-392).</summary>
    private int PreferredReplica(in FetchParameters parameters, in FetchPartition request, Partition partition)
    {
        var local = replicas.LocalBrokerId.Value;
        return parameters.Client is { } client && replicas.SelectsReplicasByRack && partition.IsLeader
            ? RackAwareReplicaSelector.Select(
                client.Rack,
                local,
                partition.InSyncFollowersWith(request.FetchOffset),
                brokerId => replicas.RackOf(brokerId, client.ListenerName))
            : local;
    }

    private static FetchPartitionResult Elsewhere(PartitionLog log, long fetchOffset, int preferred) =>
        new()
        {
            HighWatermark = log.HighWatermark,
            LastStableOffset = log.LastStableOffset,
            LogStartOffset = log.LogStartOffset,
            FetchOffset = new LogOffset(fetchOffset),
            PreferredReplica = preferred,
        };

    /// <summary>
    /// The answer to a requester whose log parted from this one, or whose epoch this log does not know; null where all is well.
    /// </summary>
    private static FetchPartitionResult? Divergence(in FetchPartition request, PartitionLog log)
    {
        var end = log.EndOffsetForEpoch(request.LastFetchedEpoch);
        if (!end.IsDefined || !end.Epoch.IsKnown || request.FetchOffset < log.LogStartOffset)
        {
            return FetchPartitionResult.Failed(ErrorCode.OffsetOutOfRange);
        }

        if (end.Epoch >= request.LastFetchedEpoch && end.EndOffset >= request.FetchOffset)
        {
            return null;
        }

        return new FetchPartitionResult
        {
            Diverging = end,
            HighWatermark = log.HighWatermark,
            LastStableOffset = log.LastStableOffset,
            LogStartOffset = log.LogStartOffset,
            FetchOffset = new LogOffset(request.FetchOffset),
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Error processing fetch operation on partition {Partition}: {Reason}")]
    private partial void LogFailure(TopicPartition partition, string reason);
}
