using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Offsets;
using ClassicBroker.Primitives;
using ClassicBroker.Records;
using ClassicBroker.Replication;
using ClassicBroker.Storage;

namespace ClassicBroker.Coordinator.Log;

/// <summary>
/// Appends what groups settle to <c>__consumer_offsets</c>, in batches as Kafka writes them, and tells refusals in the words of the
/// requests they come from. Stateless; any thread.
/// </summary>
internal sealed class GroupLog(LeaderAppender appends, GroupCoordinatorSettings settings, CoordinatorTimers timers) : IGroupRecords
{
    private const short AcksAll = -1;
    private const short AcksNone = 0;

    /// <summary>Kafka's builder of offset batches names a sequence though it has no producer.</summary>
    private const int OffsetsBaseSequence = 0;

    private readonly RecordVersions _versions = RecordVersions.Of(settings.InterBrokerProtocol);

    public async Task<ErrorCode> StoreAsync(Group group, IReadOnlyDictionary<string, byte[]> assignments)
    {
        AppendedRecords appended;
        using (var batch = NewBatch())
        {
            batch.Append(timers.UnixMs, GroupRecords.GroupKey(group.Id), GroupRecords.GroupValue(group, assignments, _versions));
            appended = Append(group.Partition, batch, settings.CommitRequiredAcks);
        }

        return ForMembers(await appended.Outcome);
    }

    /// <summary>Appends commits; the outcome is not translated yet.</summary>
    public AppendedRecords AppendOffsets(Group group, IEnumerable<PartitionCommit> commits)
    {
        using var batch = NewBatch();
        batch.BaseSequence = OffsetsBaseSequence;
        return AppendOffsets(group, batch, commits);
    }

    /// <summary>Appends commits that count once the transaction is committed.</summary>
    public AppendedRecords AppendOffsets(
        Group group, IEnumerable<PartitionCommit> commits, long producerId, short producerEpoch, AppendVerification verification)
    {
        using var batch = NewBatch();
        batch.BaseSequence = OffsetsBaseSequence;
        batch.ProducerId = producerId;
        batch.ProducerEpoch = producerEpoch;
        batch.IsTransactional = true;
        return AppendOffsets(group, batch, commits, verification);
    }

    /// <summary>
    /// Appends tombstones for offsets, and for the group itself where it is gone, without waiting for replicas: what is lost in a failover
    /// the next coordinator finds expired again.
    /// </summary>
    public ErrorCode AppendTombstones(Group group, IReadOnlyCollection<TopicPartition> offsets, bool withGroup)
    {
        if (offsets.Count == 0 && !withGroup)
        {
            return ErrorCode.None;
        }

        using var batch = NewBatch();
        var nowMs = timers.UnixMs;
        foreach (var partition in offsets)
        {
            batch.Append(nowMs, GroupRecords.OffsetKey(group.Id, partition), NullableBytes.Null);
        }

        if (withGroup)
        {
            batch.Append(nowMs, GroupRecords.GroupKey(group.Id), NullableBytes.Null);
        }

        return appends.Append(group.Partition.TopicPartition, batch.Build(), AppendOrigin.Coordinator, AcksNone).Error;
    }

    /// <summary>What committers are told; what it does not name they are told as it is.</summary>
    public static ErrorCode ForCommitters(ErrorCode error) =>
        error switch
        {
            ErrorCode.NetworkException => ErrorCode.CoordinatorLoadInProgress,
            ErrorCode.UnknownTopicOrPartition or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend =>
                ErrorCode.CoordinatorNotAvailable,
            ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError => ErrorCode.NotCoordinator,
            ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidFetchSize => ErrorCode.InvalidCommitOffsetSize,
            _ => error,
        };

    private static ErrorCode ForMembers(ErrorCode error) =>
        error switch
        {
            ErrorCode.UnknownTopicOrPartition or ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend =>
                ErrorCode.CoordinatorNotAvailable,
            ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError => ErrorCode.NotCoordinator,
            ErrorCode.RequestTimedOut => ErrorCode.RebalanceInProgress,
            ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidFetchSize => ErrorCode.UnknownServerError,
            _ => error,
        };

    private RecordBatchBuilder NewBatch() => new(Compression.Of(settings.OffsetsCodec), initialCapacity: 1024);

    private AppendedRecords AppendOffsets(
        Group group, RecordBatchBuilder batch, IEnumerable<PartitionCommit> commits, AppendVerification verification = default)
    {
        var nowMs = timers.UnixMs;
        foreach (var commit in commits)
        {
            batch.Append(
                nowMs,
                GroupRecords.OffsetKey(group.Id, commit.Partition),
                GroupRecords.OffsetValue(commit.Offset, _versions));
        }

        return Append(group.Partition, batch, settings.CommitRequiredAcks, verification);
    }

    private AppendedRecords Append(
        GroupPartition partition, RecordBatchBuilder batch, short acks, AppendVerification verification = default)
    {
        if (acks is < AcksAll or > 1)
        {
            return AppendedRecords.Refused(ErrorCode.InvalidRequiredAcks);
        }

        var outcome = appends.Append(partition.TopicPartition, batch.Build(), AppendOrigin.Coordinator, acks, verification);
        if (outcome.Error != ErrorCode.None)
        {
            return AppendedRecords.Refused(outcome.Error);
        }

        if (appends.WaitFor(partition.TopicPartition, outcome, acks) is not { } wait)
        {
            return new(outcome.Appended.FirstOffset, new(ErrorCode.None));
        }

        var replicated = appends.AwaitReplicasAsync([wait], settings.CommitTimeoutMs);
        return new(
            outcome.Appended.FirstOffset,
            replicated.IsCompletedSuccessfully ? new(wait.Error) : AwaitAsync(replicated, wait));
    }

    private static async ValueTask<ErrorCode> AwaitAsync(ValueTask replicated, ProduceWait wait)
    {
        await replicated;
        return wait.Error;
    }
}
