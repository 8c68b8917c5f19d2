using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>
/// Replicas that leave a partition's assignment: they stop, and their logs are deleted. Threading: the controller's loop, within its
/// events.
/// </summary>
internal sealed class DroppedReplicas(EventScope scope)
{
    private readonly ControllerContext _context = scope.Context;

    /// <summary>Would the replicas that are kept be without any that can lead and has all that was acknowledged?</summary>
    public bool LosesInSync(TopicPartition partition, IReadOnlyList<int> inSync, IReadOnlyList<int> kept) =>
        inSync.Except(kept).Any() && !inSync.Any(member => kept.Contains(member) && _context.MayLead(member, partition));

    public async Task StopAsync(TopicPartition partition, IReadOnlyList<int> removed)
    {
        // After a failover the way through the states begins wherever the new controller found the replica.
        PartitionAndReplica[] replicas =
            [.. Replicas(partition, removed).Where(replica => _context.StatusOf(replica) != ReplicaStatus.NonExistentReplica)];
        await scope.Replicas.MoveAsync(replicas, ReplicaStatus.OfflineReplica);
        await scope.Replicas.MoveAsync(replicas, ReplicaStatus.ReplicaDeletionStarted);
        await scope.Replicas.MoveAsync(replicas, ReplicaStatus.ReplicaDeletionSuccessful);
        await scope.Replicas.MoveAsync(replicas, ReplicaStatus.NonExistentReplica);
    }

    /// <summary>
    /// Removes replicas that lead or are in sync without being assigned. A controller that died between the storing of a plan and the
    /// stopping of what the plan drops leaves them, and nothing else in ZooKeeper tells of them.
    /// </summary>
    public async Task RemoveUnassignedAsync()
    {
        foreach (var partition in _context.AllPartitions.ToArray())
        {
            await RemoveUnassignedAsync(partition);
        }
    }

    /// <inheritdoc cref="RemoveUnassignedAsync()"/>
    public async Task RemoveUnassignedAsync(TopicPartition partition)
    {
        var assigned = _context.Replicas(partition);
        if (_context.LeadershipOf(partition)?.LeaderAndIsr is not { } state || _context.IsQueuedForDeletion(partition.Topic)
            || (state.Isr.All(assigned.Contains) && (!state.HasLeader || assigned.Contains(state.Leader))))
        {
            return;
        }

        int[] unassigned =
            [.. state.Isr.Append(state.Leader).Distinct().Where(id => id != LeaderAndIsr.NoLeader && !assigned.Contains(id))];
        if (LosesInSync(partition, state.Isr, assigned))
        {
            scope.Logger.LogError(
                "Brokers {Unassigned} are no replicas of {Partition} and alone have all that was acknowledged: they stay until one "
                    + "of {Assigned} is in sync",
                string.Join(',', unassigned),
                partition,
                string.Join(',', assigned));
            return;
        }

        if (unassigned.Contains(state.Leader)
            && !(await scope.Partitions.BringOnlineAsync([partition], ElectionStrategy.Offline)).Elected.ContainsKey(partition))
        {
            return;
        }

        foreach (var replica in Replicas(partition, unassigned))
        {
            var isOnline = _context.IsReplicaOnline(replica.Replica, partition);
            _context.SetStatus(replica, isOnline ? ReplicaStatus.OnlineReplica : ReplicaStatus.ReplicaDeletionIneligible);
        }

        scope.Logger.LogInformation("Removing {Replicas}, which are no replicas of {Partition}", string.Join(',', unassigned), partition);
        await StopAsync(partition, unassigned);
    }

    private static IEnumerable<PartitionAndReplica> Replicas(TopicPartition partition, IEnumerable<int> replicas) =>
        replicas.Select(replica => new PartitionAndReplica(partition, replica));
}
