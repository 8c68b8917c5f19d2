using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.State;

/// <summary>
/// Moves replicas between their states, writing ISRs and telling brokers as the moves demand.
///
/// | to                  | from                                     | does                                                      |
/// |---------------------|------------------------------------------|-----------------------------------------------------------|
/// | New                 | NonExistent                              | LeaderAndIsr(isNew) to it, where there is a leader        |
/// | Online              | New, Online, Offline, DeletionIneligible | LeaderAndIsr to it, unless it was New                     |
/// | Offline             | New, Online, Offline, DeletionIneligible | StopReplica; out of the ISR; LeaderAndIsr to the others   |
/// | DeletionStarted     | Offline                                  | StopReplica(delete)                                       |
/// | DeletionSuccessful  | DeletionStarted                          |                                                           |
/// | DeletionIneligible  | Offline, DeletionStarted                 |                                                           |
/// | NonExistent         | DeletionSuccessful                       | leaves the assignment                                     |
///
/// A move from another state is logged and not made. Threading: the controller's loop.
/// </summary>
internal sealed class ReplicaStateMachine(
    ControllerContext context, PartitionStateStore states, BrokerRequests requests, ILogger stateChanges)
{
    /// <summary>Puts every replica where a controller that has just been elected finds it, and tells the brokers.</summary>
    public async Task StartAsync()
    {
        PartitionAndReplica[] all = [.. context.AllPartitions.SelectMany(context.ReplicasOf)];
        foreach (var replica in all)
        {
            // A replica on a dead broker must not be taken for deleted, should its topic be on the way out.
            context.SetStatus(
                replica,
                context.IsReplicaOnline(replica.Replica, replica.Partition)
                    ? ReplicaStatus.OnlineReplica : ReplicaStatus.ReplicaDeletionIneligible);
        }

        await RemoveReturnedFromIsrsAsync();
        await MoveAsync([.. all.Where(IsOnline)], ReplicaStatus.OnlineReplica);
        await MoveAsync([.. all.Where(replica => !IsOnline(replica))], ReplicaStatus.OfflineReplica);
    }

    /// <summary>Moves replicas and sends what the moves ask for, in one batch.</summary>
    public async Task MoveAsync(IReadOnlyCollection<PartitionAndReplica> replicas, ReplicaStatus target)
    {
        if (replicas.Count == 0)
        {
            return;
        }

        var batch = requests.NewBatch();
        foreach (var broker in replicas.GroupBy(replica => replica.Replica).OrderBy(broker => broker.Key))
        {
            PartitionAndReplica[] valid = [.. broker.Where(replica => IsValid(replica, target))];
            switch (target)
            {
                case ReplicaStatus.NewReplica:
                    MoveToNew(valid, batch);
                    break;
                case ReplicaStatus.OnlineReplica:
                    MoveToOnline(valid, batch);
                    break;
                case ReplicaStatus.OfflineReplica:
                    await MoveToOfflineAsync(broker.Key, valid, batch);
                    break;
                case ReplicaStatus.NonExistentReplica:
                    MoveToNonExistent(valid);
                    break;
                default:
                    MoveThroughDeletion(valid, target, batch);
                    break;
            }
        }

        batch.Send();
    }

    /// <summary>
    /// Brokers that were gone and came back while there was no controller leave the ISRs they are still in, as if one had seen it: they may
    /// have lost what others in sync have. Where all members were gone, none does.
    /// </summary>
    private async Task RemoveReturnedFromIsrsAsync()
    {
        var returned = new SortedDictionary<int, List<TopicPartition>>();
        foreach (var partition in context.AllPartitions)
        {
            var isr = context.LeadershipOf(partition)?.LeaderAndIsr.Isr ?? [];
            if (isr.Any(member => context.IsReplicaOnline(member, partition) && !context.HasReturnedUnseen(member, partition)))
            {
                foreach (var member in isr.Where(member => context.HasReturnedUnseen(member, partition)))
                {
                    returned.TryAdd(member, []);
                    returned[member].Add(partition);
                }
            }
        }

        foreach (var (broker, partitions) in returned)
        {
            await RemoveFromIsrAsync(broker, partitions);
        }
    }

    private static bool MayFollow(ReplicaStatus from, ReplicaStatus to) =>
        to switch
        {
            ReplicaStatus.NewReplica => from is ReplicaStatus.NonExistentReplica,
            ReplicaStatus.OnlineReplica or ReplicaStatus.OfflineReplica => from is ReplicaStatus.NewReplica or ReplicaStatus.OnlineReplica
                or ReplicaStatus.OfflineReplica or ReplicaStatus.ReplicaDeletionIneligible,
            ReplicaStatus.ReplicaDeletionStarted => from is ReplicaStatus.OfflineReplica,
            ReplicaStatus.ReplicaDeletionSuccessful => from is ReplicaStatus.ReplicaDeletionStarted,
            ReplicaStatus.ReplicaDeletionIneligible => from is ReplicaStatus.OfflineReplica or ReplicaStatus.ReplicaDeletionStarted,
            ReplicaStatus.NonExistentReplica => from is ReplicaStatus.ReplicaDeletionSuccessful,
            _ => throw new ArgumentOutOfRangeException(nameof(to)),
        };

    private bool IsOnline(PartitionAndReplica replica) => context.IsReplicaOnline(replica.Replica, replica.Partition);

    private bool IsValid(PartitionAndReplica replica, ReplicaStatus target)
    {
        var from = context.StatusOf(replica);
        if (MayFollow(from, target))
        {
            return true;
        }

        stateChanges.LogError(
            "[Controller id={Id} epoch={Epoch}] Controller {Id} epoch {Epoch} initiated state change of replica {Replica} "
                + "for partition {Partition} from {From} to {To} failed: illegal transition",
            context.BrokerId,
            context.Epoch,
            context.BrokerId,
            context.Epoch,
            replica.Replica,
            replica.Partition,
            from,
            target);
        return false;
    }

    private void MoveToNew(PartitionAndReplica[] replicas, ControllerRequestBatch batch)
    {
        foreach (var replica in replicas)
        {
            if (context.LeadershipOf(replica.Partition) is { } state)
            {
                if (state.LeaderAndIsr.Leader == replica.Replica)
                {
                    stateChanges.LogError(
                        "[Controller id={Id} epoch={Epoch}] Replica {Replica} for partition {Partition} cannot be moved to NewReplica "
                            + "state as it is being requested to become leader",
                        context.BrokerId,
                        context.Epoch,
                        replica.Replica,
                        replica.Partition);
                    continue;
                }

                batch.AddLeaderAndIsr([replica.Replica], replica.Partition, state, context.Assignment(replica.Partition), isNew: true);
            }

            Enter(replica, ReplicaStatus.NewReplica);
        }
    }

    private void MoveToOnline(PartitionAndReplica[] replicas, ControllerRequestBatch batch)
    {
        foreach (var replica in replicas)
        {
            var assignment = context.Assignment(replica.Partition);
            if (context.StatusOf(replica) == ReplicaStatus.NewReplica)
            {
                if (!assignment.Replicas.Contains(replica.Replica))
                {
                    context.SetAssignment(replica.Partition, assignment with { Replicas = [.. assignment.Replicas, replica.Replica] });
                }
            }
            else if (context.LeadershipOf(replica.Partition) is { } state && !context.HasLeaderReturnedUnseen(replica.Partition))
            {
                batch.AddLeaderAndIsr([replica.Replica], replica.Partition, state, assignment, isNew: false);
            }

            Enter(replica, ReplicaStatus.OnlineReplica);
        }
    }

    private async Task MoveToOfflineAsync(int broker, PartitionAndReplica[] replicas, ControllerRequestBatch batch)
    {
        foreach (var replica in replicas)
        {
            batch.AddStopReplica(broker, replica.Partition, deletePartition: false);
        }

        TopicPartition[] led = [.. replicas.Select(replica => replica.Partition).Where(
            partition => context.LeadershipOf(partition) is not null)];
        var remaining = await RemoveFromIsrAsync(broker, led);
        foreach (var replica in replicas)
        {
            if (remaining.TryGetValue(replica.Partition, out var state))
            {
                if (!context.IsQueuedForDeletion(replica.Topic))
                {
                    var others = context.Replicas(replica.Partition).Where(other => other != broker);
                    batch.AddLeaderAndIsr(others, replica.Partition, state, context.Assignment(replica.Partition), isNew: false);
                }
            }
            else if (context.LeadershipOf(replica.Partition) is not null)
            {
                continue;
            }
            else
            {
                batch.AddUpdateMetadata(context.LiveOrShuttingDownBrokerIds, [replica.Partition]);
            }

            Enter(replica, ReplicaStatus.OfflineReplica);
        }
    }

    private void MoveThroughDeletion(PartitionAndReplica[] replicas, ReplicaStatus target, ControllerRequestBatch batch)
    {
        foreach (var replica in replicas)
        {
            if (target == ReplicaStatus.ReplicaDeletionStarted)
            {
                batch.AddStopReplica(replica.Replica, replica.Partition, deletePartition: true);
            }

            Enter(replica, target);
        }
    }

    private void MoveToNonExistent(PartitionAndReplica[] replicas)
    {
        foreach (var replica in replicas)
        {
            var assignment = context.Assignment(replica.Partition);
            if (assignment.Replicas.Contains(replica.Replica))
            {
                context.SetAssignment(
                    replica.Partition,
                    new(
                        [.. assignment.Replicas.Where(id => id != replica.Replica)],
                        [.. assignment.AddingReplicas.Where(id => id != replica.Replica)],
                        [.. assignment.RemovingReplicas.Where(id => id != replica.Replica)]));
            }

            context.RemoveStatus(replica);
        }
    }

    private void Enter(PartitionAndReplica replica, ReplicaStatus status)
    {
        stateChanges.LogTrace(
            "[Controller id={Id} epoch={Epoch}] Changed state of replica {Replica} for partition {Partition} from {From} to {To}",
            context.BrokerId,
            context.Epoch,
            replica.Replica,
            replica.Partition,
            context.StatusOf(replica),
            status);
        context.SetStatus(replica, status);
    }

    /// <summary>
    /// Takes a replica out of the ISRs it is in; what is stored then, for all partitions that could be read. The last member stays: it
    /// alone has the data. Where the replica leads, the partition has no leader afterwards.
    /// </summary>
    private async Task<Dictionary<TopicPartition, PartitionState>> RemoveFromIsrAsync(int replica, IReadOnlyList<TopicPartition> partitions)
    {
        var result = new Dictionary<TopicPartition, PartitionState>();
        var remaining = partitions;
        while (remaining.Count > 0)
        {
            var stored = await states.GetAsync(remaining);
            var changes = new List<KeyValuePair<TopicPartition, PartitionState>>();
            foreach (var partition in remaining)
            {
                if (!stored.TryGetValue(partition, out var state))
                {
                    LogIsrFailure(partition, "its state is not in ZooKeeper");
                }
                else if (state.ControllerEpoch > context.Epoch)
                {
                    LogIsrFailure(partition, $"it was written by a controller of epoch {state.ControllerEpoch}");
                }
                else if (state.LeaderAndIsr.Isr.Contains(replica))
                {
                    changes.Add(KeyValuePair.Create(partition, new PartitionState(Without(replica, state.LeaderAndIsr), context.Epoch)));
                }
                else
                {
                    Adopt(partition, state.LeaderAndIsr);
                }
            }

            var writes = await states.UpdateAsync(changes, context.EpochZkVersion);
            foreach (var (partition, leaderAndIsr) in writes.Written)
            {
                Adopt(partition, leaderAndIsr);
            }

            foreach (var (partition, error) in writes.Failed)
            {
                LogIsrFailure(partition, $"ZooKeeper answered {error}");
            }

            remaining = writes.Stale;
        }

        return result;

        void Adopt(TopicPartition partition, LeaderAndIsr leaderAndIsr)
        {
            context.SetLeadership(partition, leaderAndIsr);
            result[partition] = context.LeadershipOf(partition)!;
        }
    }

    private static LeaderAndIsr Without(int replica, LeaderAndIsr state) =>
        state.WithLeaderAndIsr(
            state.Leader == replica ? LeaderAndIsr.NoLeader : state.Leader,
            state.Isr.Count == 1 ? state.Isr : [.. state.Isr.Where(member => member != replica)]);

    private void LogIsrFailure(TopicPartition partition, string reason)
    {
        if (!context.IsQueuedForDeletion(partition.Topic))
        {
            stateChanges.LogError(
                "[Controller id={Id} epoch={Epoch}] Failed to change state of partition {Partition}: {Reason}",
                context.BrokerId,
                context.Epoch,
                partition,
                reason);
        }
    }
}
