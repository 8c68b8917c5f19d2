using System.Globalization;
using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>
/// Moves partitions to other brokers (KIP-455). The topic znode holds what is added and removed from the first step to the last, so that
/// a controller elected at any point goes on: it repeats the step it finds, and every step may be repeated.
///
/// | phase A: a target is out of sync                    | phase B: all targets are in sync                                |
/// |-----------------------------------------------------|-----------------------------------------------------------------|
/// | new leader epoch; LeaderAndIsr to origin and adding  | adding replicas are online; the targets are the assignment      |
/// | adding replicas begin to fetch                       | a leader that is no target hands over, else new leader epoch    |
/// | wait for ISR changes                                 | removed replicas leave the ISR, stop, are deleted               |
/// |                                                      | topic znode, operators' list, UpdateMetadata                    |
///
/// Threading: the controller's loop, within its events.
/// </summary>
internal sealed class Reassignments(EventScope scope, DroppedReplicas dropped)
{
    private readonly ControllerContext _context = scope.Context;

    public void RegisterWatches() =>
        scope.Store.Session.Watches.Register(new ZnodeChangeHandler(
            ReassignPartitionsZnode.Path,
            Created: PutZkReassignment,

            // Arms the watch again where an operator takes a list away that could not be carried out.
            Deleted: PutZkReassignment));

    public void UnregisterWatches()
    {
        scope.Store.Session.Watches.UnregisterChange(ReassignPartitionsZnode.Path);
        foreach (var partition in _context.PartitionsBeingReassigned)
        {
            scope.Store.Session.Watches.UnregisterChange(PartitionStateZnode.Path(partition));
        }
    }

    /// <summary>Takes up what was under way when this controller was elected: the operators' list first, then the topics'.</summary>
    public async Task StartAsync()
    {
        await dropped.RemoveUnassignedAsync();
        var resumed = await OnZkReassignmentAsync();
        await ResumeAsync((partition, _) => !resumed.Contains(partition));
    }

    /// <summary>Takes up selected reassignments again.</summary>
    public async Task ResumeAsync(Func<TopicPartition, ReplicaAssignment, bool> selection)
    {
        foreach (var partition in _context.PartitionsBeingReassigned.ToArray())
        {
            var assignment = _context.Assignment(partition);
            if (selection(partition, assignment))
            {
                await ReassignAsync(partition, assignment);
            }
        }
    }

    /// <summary>Finishes those of the partitions that are being reassigned and whose targets are all in sync by now.</summary>
    public async Task CompleteWherePossibleAsync(IEnumerable<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            if (_context.PartitionsBeingReassigned.Contains(partition))
            {
                var assignment = _context.Assignment(partition);
                if (await IsCompleteAsync(partition, assignment))
                {
                    await ReassignAsync(partition, assignment);
                }
            }

            await dropped.RemoveUnassignedAsync(partition);
        }
    }

    /// <summary>
    /// Begins, replaces or (with null) cancels reassignments on behalf of the API; what became of each. They take precedence over the
    /// operators' list in ZooKeeper.
    /// </summary>
    public async Task<Dictionary<TopicPartition, (ErrorCode Error, string? Message)>> AlterAsync(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>?> changes)
    {
        var results = new Dictionary<TopicPartition, (ErrorCode Error, string? Message)>();
        var begin = new Dictionary<TopicPartition, ReplicaAssignment>();
        foreach (var (partition, target) in changes)
        {
            if (target is not null && FaultOf(partition, target) is { } fault)
            {
                results[partition] = (ErrorCode.InvalidReplicaAssignment, fault);
            }
            else if (Plan(partition, target) is { } plan)
            {
                begin[partition] = plan;
            }
            else
            {
                results[partition] = (ErrorCode.NoReassignmentInProgress, "No partition reassignment is in progress.");
            }
        }

        await RemoveFromListAsync((partition, _) => begin.ContainsKey(partition));
        foreach (var (partition, plan) in begin)
        {
            results[partition] = await TryReassignAsync(partition, plan);
        }

        return results;
    }

    /// <summary>Reassignments under way, of those asked for or of all.</summary>
    public IEnumerable<(TopicPartition Partition, ReplicaAssignment Assignment)> List(IReadOnlySet<TopicPartition>? asked) =>
        _context.PartitionsBeingReassigned
            .Where(partition => asked is null || asked.Contains(partition))
            .Order()
            .Select(partition => (partition, _context.Assignment(partition)))
            .Where(entry => entry.Item2.IsBeingReassigned);

    private void PutZkReassignment() => scope.Put("ZkPartitionReassignment", OnZkReassignmentAsync);

    private async Task<IReadOnlyCollection<TopicPartition>> OnZkReassignmentAsync()
    {
        if (!await scope.Store.OperatorRequests.WatchReassignmentsAsync())
        {
            return [];
        }

        var begun = new HashSet<TopicPartition>();
        var failed = new HashSet<TopicPartition>();
        foreach (var (partition, target) in await ReadListAsync())
        {
            var (error, message) = FaultOfForm(target) is { } fault
                ? (ErrorCode.InvalidReplicaAssignment, fault)
                : await TryReassignAsync(partition, _context.Assignment(partition).ReassignTo(target));
            if (error != ErrorCode.None)
            {
                scope.Logger.LogWarning(
                    "Failed to start partition reassignment of {Partition}: {Error} {Message}", partition, error.WireName(), message);
            }

            (error == ErrorCode.None ? begun : failed).Add(partition);
        }

        if (failed.Count > 0)
        {
            await RemoveFromListAsync((partition, _) => failed.Contains(partition));
        }

        return begun;
    }

    private async Task<(ErrorCode Error, string? Message)> TryReassignAsync(TopicPartition partition, ReplicaAssignment plan)
    {
        if (_context.IsQueuedForDeletion(partition.Topic) || _context.Replicas(partition).Count == 0)
        {
            return (ErrorCode.UnknownTopicOrPartition, "The partition does not exist.");
        }

        try
        {
            if (await FaultOfDroppingAsync(partition, plan) is { } loss)
            {
                return (ErrorCode.InvalidReplicaAssignment, loss);
            }

            await ReassignAsync(partition, plan);
            return (ErrorCode.None, null);
        }
        catch (ZooKeeperException failure) when (failure is not SessionExpiredException)
        {
            scope.Logger.LogError(failure, "Error completing reassignment of partition {Partition}", partition);
            return (ErrorCode.UnknownServerError, failure.Message);
        }
    }

    /// <summary>The assignment that leads to the target, or back where that is null; null where there is nothing to go back from.</summary>
    private ReplicaAssignment? Plan(TopicPartition partition, IReadOnlyList<int>? target)
    {
        var current = _context.Assignment(partition);
        return target is not null ? current.ReassignTo(target)
            : current.IsBeingReassigned ? current.ReassignTo(current.OriginReplicas)
            : null;
    }

    private static string? FaultOfForm(IReadOnlyList<int> target)
    {
        var list = $"ArrayBuffer({string.Join(", ", target)})";
        if (target.Count == 0)
        {
            return "Empty replica list specified in partition reassignment.";
        }

        if (target.Distinct().Count() != target.Count)
        {
            return $"Duplicate replica ids in partition reassignment replica list: {list}";
        }

        return target.Any(id => id < 0) ? $"Invalid broker id in replica list: {list}" : null;
    }

    private string? FaultOf(TopicPartition partition, IReadOnlyList<int> target)
    {
        if (FaultOfForm(target) is { } fault)
        {
            return fault;
        }

        var adding = _context.Assignment(partition).ReassignTo(target).AddingReplicas;
        return adding.All(_context.IsLive)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Replica assignment has brokers that are not alive. Replica list: {string.Join(", ", adding)}, live broker "
                    + $"list: {string.Join(", ", _context.LiveBrokerIds)}");
    }

    /// <summary>
    /// A plan that cancels or replaces another drops replicas at once, and they may be all that has what was acknowledged: those that stay
    /// left the ISR when their brokers died. Kafka deletes them.
    /// </summary>
    private async Task<string?> FaultOfDroppingAsync(TopicPartition partition, ReplicaAssignment plan)
    {
        if (!_context.Replicas(partition).Except(plan.Replicas).Any()
            || await scope.Store.PartitionStates.GetAsync(partition) is not { LeaderAndIsr.Isr: var inSync }
            || !dropped.LosesInSync(partition, inSync, plan.Replicas))
        {
            return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"Partition {partition} cannot be left to replicas {string.Join(", ", plan.Replicas)}: none of them is both online and in sync, "
                + $"and only {string.Join(", ", inSync)} has what is acknowledged. Wait until one is in sync, or elect one uncleanly.");
    }

    private async Task ReassignAsync(TopicPartition partition, ReplicaAssignment plan)
    {
        scope.Deletions.MarkIneligible([partition.Topic], "topic reassignment in progress");
        await AdoptPlanAsync(partition, plan);
        if (!await IsCompleteAsync(partition, plan))
        {
            await BumpLeaderEpochAsync(partition, plan);
            await scope.Replicas.MoveAsync(
                [.. Replicas(partition, plan.AddingReplicas).Where(
                    replica => _context.StatusOf(replica) == ReplicaStatus.NonExistentReplica)],
                ReplicaStatus.NewReplica);
            return;
        }

        var finished = new ReplicaAssignment(plan.TargetReplicas);
        await scope.Replicas.MoveAsync(
            [.. Replicas(partition, plan.AddingReplicas).Where(replica => _context.StatusOf(replica) != ReplicaStatus.NonExistentReplica)],
            ReplicaStatus.OnlineReplica);
        _context.SetAssignment(partition, finished);
        await MoveLeaderAsync(partition, finished);
        await dropped.StopAsync(partition, plan.RemovingReplicas);
        await StoreAsync(partition, finished);
        await ForgetAsync(partition, finished);
        scope.Requests.SendUpdateMetadata(_context.LiveOrShuttingDownBrokerIds, [partition]);
        await scope.Deletions.ResumeForAsync([partition.Topic]);
    }

    private async Task AdoptPlanAsync(TopicPartition partition, ReplicaAssignment plan)
    {
        var current = _context.Assignment(partition);
        if (!current.Equals(plan))
        {
            await StoreAsync(partition, plan);
            _context.SetAssignment(partition, plan);

            // A plan that replaces another may leave replicas over that the other was just adding.
            await dropped.StopAsync(partition, [.. current.Replicas.Except(plan.Replicas)]);
        }

        if (!scope.Config.InterBrokerProtocol.SupportsAlterPartition())
        {
            // Leaders then change the ISR in ZooKeeper themselves, and the state znode is the first to know.
            scope.Store.Session.Watches.Register(new ZnodeChangeHandler(
                PartitionStateZnode.Path(partition),
                DataChanged: () => scope.Put("PartitionReassignmentIsrChange", () => CompleteWherePossibleAsync([partition]))));
        }

        if (!_context.PartitionsBeingReassigned.Contains(partition))
        {
            _context.Reassignments.Begin(_context.PartitionsBeingReassigned.Count);
            _context.PartitionsBeingReassigned.Add(partition);
        }
    }

    private async Task<bool> IsCompleteAsync(TopicPartition partition, ReplicaAssignment plan) =>
        !plan.IsBeingReassigned
        || (await scope.Store.PartitionStates.GetAsync(partition) is { } state
            && !plan.TargetReplicas.Except(state.LeaderAndIsr.Isr).Any());

    private async Task MoveLeaderAsync(TopicPartition partition, ReplicaAssignment finished)
    {
        var leader = _context.LeadershipOf(partition)?.LeaderAndIsr.Leader ?? LeaderAndIsr.NoLeader;
        if (finished.Replicas.Contains(leader) && _context.IsReplicaOnline(leader, partition))
        {
            await BumpLeaderEpochAsync(partition, finished);
        }
        else
        {
            await scope.Partitions.BringOnlineAsync([partition], ElectionStrategy.Reassign);
        }
    }

    private async Task StoreAsync(TopicPartition partition, ReplicaAssignment assignment)
    {
        if (!await WriteAsync(partition, assignment))
        {
            throw new ZooKeeperException(ZooKeeperError.NoNode, TopicZnode.Path(partition.Topic));
        }

        scope.Logger.LogInformation("Successfully updated assignment of partition {Partition} to {Assignment}", partition, assignment);
    }

    private async Task<bool> WriteAsync(TopicPartition partition, ReplicaAssignment assignment)
    {
        var topic = partition.Topic;
        try
        {
            return await scope.Store.Topics.UpdateAsync(topic, With, _context.EpochZkVersion);
        }
        catch (MalformedDataException unreadable)
        {
            scope.Logger.LogError("The assignment of topic {Topic} is written as it was known: {Reason}", topic, unreadable.Message);
            return await scope.Store.Topics.SetAsync(
                topic, With(new(Uuid.Zero, new SortedDictionary<int, ReplicaAssignment>())), _context.EpochZkVersion);
        }

        // Partitions that were added a moment ago are in the znode before the event that tells of them has its turn.
        TopicAssignment With(TopicAssignment stored)
        {
            var all = new SortedDictionary<int, ReplicaAssignment>(stored.Partitions.ToDictionary());
            foreach (var (number, known) in _context.AssignmentsOf(topic))
            {
                all[number] = known;
            }

            all[partition.Partition] = assignment;
            return new(_context.TopicId(topic) is { IsZero: false } id ? id : stored.TopicId, all);
        }
    }

    private async Task ForgetAsync(TopicPartition partition, ReplicaAssignment finished)
    {
        scope.Store.Session.Watches.UnregisterChange(PartitionStateZnode.Path(partition));
        await RemoveFromListAsync((listed, target) => listed == partition && target.SequenceEqual(finished.Replicas));
        if (_context.PartitionsBeingReassigned.Remove(partition))
        {
            var left = _context.PartitionsBeingReassigned.Count;
            _context.Reassignments.End();
            scope.Logger.LogInformation(
                "Reassignment of partition {Partition} is done: {Done} of {Total} partitions have moved ({Percent} %)",
                partition, _context.Reassignments.Done, _context.Reassignments.Done + left, _context.Reassignments.Percent(left));
        }
    }

    private async Task<SortedDictionary<TopicPartition, IReadOnlyList<int>>> ReadListAsync()
    {
        try
        {
            return await scope.Store.OperatorRequests.GetReassignmentsAsync();
        }
        catch (MalformedDataException failure)
        {
            scope.Logger.LogWarning("Ignoring partition reassignment due to invalid json: {Reason}", failure.Message);
            return [];
        }
    }

    private async Task RemoveFromListAsync(Func<TopicPartition, IReadOnlyList<int>, bool> selection)
    {
        var listed = await ReadListAsync();
        var left = new SortedDictionary<TopicPartition, IReadOnlyList<int>>();
        foreach (var (partition, target) in listed)
        {
            if (!selection(partition, target))
            {
                left[partition] = target;
            }
        }

        if (left.Count == listed.Count)
        {
            return;
        }

        await scope.Store.OperatorRequests.SetReassignmentsAsync(left, _context.EpochZkVersion);
        if (left.Count == 0)
        {
            // Arms the watch for the next list.
            PutZkReassignment();
        }
    }

    /// <summary>Brokers ignore a LeaderAndIsr of an epoch they know, so whatever they are to take in needs a new one.</summary>
    private async Task BumpLeaderEpochAsync(TopicPartition partition, ReplicaAssignment assignment)
    {
        while (await scope.Store.PartitionStates.GetAsync(partition) is { } stored)
        {
            if (stored.ControllerEpoch > _context.Epoch)
            {
                scope.Logger.LogError(
                    "Leader and ISR of partition {Partition} were written by a controller of epoch {Epoch}; this one is stale.",
                    partition,
                    stored.ControllerEpoch);
                return;
            }

            var bumped = new PartitionState(stored.LeaderAndIsr.WithNextEpoch(), _context.Epoch);
            var writes = await scope.Store.PartitionStates.UpdateAsync([KeyValuePair.Create(partition, bumped)], _context.EpochZkVersion);
            if (writes.Written.TryGetValue(partition, out var written))
            {
                _context.SetLeadership(partition, written);
                var batch = scope.Requests.NewBatch();
                var state = _context.LeadershipOf(partition)!;

                // New ones must not appear on a good log directory in place of one on a failed directory, hence only the added are new.
                batch.AddLeaderAndIsr(assignment.OriginReplicas, partition, state, assignment, isNew: false);
                batch.AddLeaderAndIsr(assignment.AddingReplicas, partition, state, assignment, isNew: true);
                batch.Send();
                return;
            }

            if (writes.Stale.Count == 0)
            {
                break;
            }
        }

        scope.Logger.LogError("Failed to update leader epoch of partition {Partition}", partition);
    }

    private static IEnumerable<PartitionAndReplica> Replicas(TopicPartition partition, IEnumerable<int> replicas) =>
        replicas.Select(replica => new PartitionAndReplica(partition, replica));
}
