using ClassicBroker.Coordinator.Groups;
using ClassicBroker.Coordinator.Log;
using ClassicBroker.Primitives;
using ClassicBroker.Storage;

namespace ClassicBroker.Coordinator.Offsets;

/// <summary>
/// OffsetCommit, TxnOffsetCommit and OffsetFetch: a commit counts once the log has it at <c>offsets.commit.required.acks</c>.
/// Threading: any; takes the group's lock, never across the wait for replicas.
/// </summary>
public sealed class OffsetCommits
{
    private readonly GroupCoordinatorSettings _settings;
    private readonly GroupPartitions _partitions;
    private readonly GroupRebalance _rebalance;
    private readonly GroupLog _log;
    private readonly LeadershipProof _proof;
    private long _committed;

    internal OffsetCommits(
        GroupCoordinatorSettings settings, GroupPartitions partitions, GroupRebalance rebalance, GroupLog log, LeadershipProof proof) =>
        (_settings, _partitions, _rebalance, _log, _proof) = (settings, partitions, rebalance, log, proof);

    /// <summary>Offsets committed since the start, for the metric.</summary>
    public long CommittedCount => Interlocked.Read(ref _committed);

    /// <summary>Commits for a member of a generation, or for a consumer that assigns itself; the commits say what became of them.</summary>
    public ValueTask CommitAsync(CommitIdentity committer, IReadOnlyList<PartitionCommit> commits)
    {
        // A group that has no members can only be one that stores offsets.
        if (TryGet(committer, mayCreate: committer.Generation < 0, commits) is not { } group)
        {
            return ValueTask.CompletedTask;
        }

        AppendedRecords appended;
        List<PartitionCommit> fitting;
        lock (group.Lock)
        {
            if (RefusalOf(group, committer, isTransactional: false) is { } refusal)
            {
                Fail(commits, refusal);
                return ValueTask.CompletedTask;
            }

            if (group.State != GroupState.Empty && group.Find(committer.MemberId) is { } member)
            {
                _rebalance.Heard(group, member);
            }

            fitting = Fitting(commits);
            if (fitting.Count == 0)
            {
                return ValueTask.CompletedTask;
            }

            appended = _log.AppendOffsets(group, fitting);
            if (appended.Outcome.IsCompletedSuccessfully)
            {
                Settle(group, fitting, appended.BaseOffset, appended.Outcome.Result);
                return ValueTask.CompletedTask;
            }

            foreach (var commit in fitting)
            {
                group.Offsets.Stage(commit.Partition, commit.Offset);
            }
        }

        return CompleteAsync(group, fitting, appended);
    }

    /// <summary>NONE where this broker takes commits within transactions for a group, whatever the transaction.</summary>
    public ErrorCode AvailabilityInTransaction(string groupId) => _partitions.TryGet(groupId, mayBeEmpty: false, out _);

    /// <summary>
    /// Commits within a transaction: the offsets count when its marker says so. The caller has verified that the transaction holds the
    /// group's partition; the log refuses the commit where the transaction ended since.
    /// </summary>
    public ValueTask CommitTransactionalAsync(
        CommitIdentity committer,
        long producerId,
        short producerEpoch,
        IReadOnlyList<PartitionCommit> commits,
        AppendVerification verification = default)
    {
        if (TryGet(committer, mayCreate: true, commits) is not { } group)
        {
            return ValueTask.CompletedTask;
        }

        AppendedRecords appended;
        List<PartitionCommit> fitting;
        lock (group.Lock)
        {
            if (RefusalOf(group, committer, isTransactional: true) is { } refusal)
            {
                Fail(commits, refusal);
                return ValueTask.CompletedTask;
            }

            fitting = Fitting(commits);
            if (fitting.Count == 0)
            {
                return ValueTask.CompletedTask;
            }

            // Known before the append: the marker may come right behind it, and finds the group then, whose lock it waits for.
            group.Partition.OpenTransaction(producerId, group);
            appended = _log.AppendOffsets(group, fitting, producerId, producerEpoch, verification);
            if (appended.IsInLog)
            {
                foreach (var commit in fitting)
                {
                    group.Offsets.AddTransactional(producerId, commit.Partition, new(commit.Offset, appended.BaseOffset));
                }
            }
        }

        return CompleteTransactionalAsync(fitting, appended);
    }

    /// <summary>
    /// The marker of a producer's transaction is in a partition, and the replicas have it: what it committed there before counts, or not.
    /// </summary>
    public void CompleteTransaction(long producerId, int partition, long markerOffset, bool isCommit)
    {
        var end = new TransactionEnd(markerOffset, isCommit);
        foreach (var group in _partitions.Find(partition)?.CloseTransaction(producerId, end) ?? [])
        {
            lock (group.Lock)
            {
                if (group.Offsets.EndTransaction(producerId, end))
                {
                    group.Partition.OpenTransaction(producerId, group);
                }
            }
        }
    }

    /// <summary>
    /// To be asked before <c>Fetch</c>: does this broker coordinate the group for certain? One that may have been replaced waits for
    /// its followers to tell; it would else tell what was committed before.
    /// </summary>
    public ValueTask<ErrorCode> ConfirmAsync(string groupId)
    {
        var error = _partitions.TryGet(groupId, mayBeEmpty: true, out var partition);
        return error == ErrorCode.None ? _proof.GiveAsync(partition!.TopicPartition) : new(error);
    }

    /// <summary>
    /// What a group has committed; null asks for everything. Where only what is stable may be told, an offset that is about to change
    /// is an error of its partition (KIP-447).
    /// </summary>
    public ErrorCode Fetch(
        string groupId, IReadOnlyCollection<TopicPartition>? partitions, bool requireStable, out IReadOnlyList<FetchedOffset> offsets)
    {
        offsets = [];
        var error = _partitions.TryGet(groupId, mayBeEmpty: true, out var partition);
        Group? group = null;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetGroup(groupId, mayCreate: false, out group);
        }

        if (error != ErrorCode.None)
        {
            return error;
        }

        if (group is null)
        {
            offsets = [.. (partitions ?? []).Select(asked => FetchedOffset.None(asked))];
            return ErrorCode.None;
        }

        lock (group.Lock)
        {
            offsets = [.. (partitions ?? Sorted(group.Offsets.Partitions())).Select(asked => Fetch(group.Offsets, asked, requireStable))];
        }

        return ErrorCode.None;
    }

    private static TopicPartition[] Sorted(TopicPartition[] partitions)
    {
        Array.Sort(partitions);
        return partitions;
    }

    private static FetchedOffset Fetch(GroupOffsets offsets, TopicPartition partition, bool requireStable) =>
        requireStable && offsets.IsUnstable(partition)
            ? FetchedOffset.None(partition, ErrorCode.UnstableOffsetCommit)
            : offsets.Find(partition) is { } committed
                ? FetchedOffset.Of(partition, committed)
                : FetchedOffset.None(partition);

    private static void Fail(IReadOnlyList<PartitionCommit> commits, ErrorCode error)
    {
        for (var i = 0; i < commits.Count; i++)
        {
            commits[i].Error = error;
        }
    }

    /// <summary>The committer's group; null where there is none, which the commits then say.</summary>
    private Group? TryGet(CommitIdentity committer, bool mayCreate, IReadOnlyList<PartitionCommit> commits)
    {
        var error = _partitions.TryGet(committer.GroupId, mayBeEmpty: true, out var partition);
        Group? group = null;
        if (error == ErrorCode.None)
        {
            error = partition!.TryGetGroup(committer.GroupId, mayCreate, out group);
        }

        if (group is null)
        {
            Fail(commits, error == ErrorCode.None ? ErrorCode.IllegalGeneration : error);
        }

        return group;
    }

    /// <summary>
    /// Members commit for their generation only. Without a member, an empty group takes every commit; old producers commit within
    /// transactions without saying for whom.
    /// </summary>
    private static ErrorCode? RefusalOf(Group group, CommitIdentity committer, bool isTransactional)
    {
        if (group.State == GroupState.Dead)
        {
            return ErrorCode.CoordinatorNotAvailable;
        }

        if (committer.Generation < 0 && group.State == GroupState.Empty)
        {
            return null;
        }

        if (committer.Generation >= 0 || committer.MemberId.Length > 0 || committer.InstanceId is not null)
        {
            var refusal = group.RefusalOf(committer.MemberId, committer.InstanceId)
                ?? (committer.Generation == group.Generation ? null : ErrorCode.IllegalGeneration);
            if (refusal is not null)
            {
                return refusal;
            }
        }
        else if (!isTransactional && group.State != GroupState.Empty)
        {
            return ErrorCode.UnknownMemberId;
        }

        // The member knows of the new generation and is about to be told its assignment.
        return !isTransactional && group.State == GroupState.CompletingRebalance ? ErrorCode.RebalanceInProgress : null;
    }

    /// <summary>The commits whose metadata is not too long; the others say so.</summary>
    private List<PartitionCommit> Fitting(IReadOnlyList<PartitionCommit> commits)
    {
        var fitting = new List<PartitionCommit>(commits.Count);
        for (var i = 0; i < commits.Count; i++)
        {
            if (commits[i].Offset.Metadata.Length > _settings.OffsetMetadataMax)
            {
                commits[i].Error = ErrorCode.OffsetMetadataTooLarge;
            }
            else
            {
                fitting.Add(commits[i]);
            }
        }

        return fitting;
    }

    private void Settle(Group group, List<PartitionCommit> commits, long batchOffset, ErrorCode outcome)
    {
        var error = GroupLog.ForCommitters(outcome);
        foreach (var commit in commits)
        {
            commit.Error = error;
            if (error == ErrorCode.None)
            {
                group.Offsets.Apply(commit.Partition, commit.Offset, batchOffset);
            }
        }

        Count(commits, error);
    }

    private async ValueTask CompleteAsync(Group group, List<PartitionCommit> commits, AppendedRecords appended)
    {
        var error = GroupLog.ForCommitters(await appended.Outcome);
        lock (group.Lock)
        {
            foreach (var commit in commits)
            {
                commit.Error = error;
                if (error == ErrorCode.None)
                {
                    group.Offsets.CompleteStaged(commit.Partition, commit.Offset, appended.BaseOffset);
                }
                else
                {
                    group.Offsets.FailStaged(commit.Partition, commit.Offset);
                }
            }
        }

        Count(commits, error);
    }

    private async ValueTask CompleteTransactionalAsync(List<PartitionCommit> commits, AppendedRecords appended)
    {
        var error = GroupLog.ForCommitters(await appended.Outcome);
        foreach (var commit in commits)
        {
            commit.Error = error;
        }

        Count(commits, error);
    }

    private void Count(List<PartitionCommit> commits, ErrorCode error)
    {
        if (error == ErrorCode.None)
        {
            Interlocked.Add(ref _committed, commits.Count);
        }
    }
}
