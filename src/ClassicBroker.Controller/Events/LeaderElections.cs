using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>
/// Elections somebody asked for: operators through the API or ZooKeeper, the regular check for leaders that are not the preferred ones,
/// and configs that begin to allow unclean leaders. Threading: the controller's loop, within its events.
/// </summary>
internal sealed class LeaderElections(EventScope scope)
{
    private readonly ControllerContext _context = scope.Context;

    public void RegisterWatches() =>
        scope.Store.Session.Watches.Register(new ZnodeChangeHandler(PreferredReplicaElectionZnode.Path, Created: PutZkElection));

    public void UnregisterWatches() => scope.Store.Session.Watches.UnregisterChange(PreferredReplicaElectionZnode.Path);

    /// <summary>Does what the operators' list in ZooKeeper asks for, and removes it.</summary>
    public async Task OnZkElectionAsync()
    {
        if (!await scope.Store.OperatorRequests.WatchPreferredElectionsAsync())
        {
            return;
        }

        await ElectAsync([.. await ReadListAsync()], unclean: false);
        await scope.Store.OperatorRequests.DeletePreferredElectionsAsync(_context.EpochZkVersion);

        // Arms the watch for the next list.
        PutZkElection();
    }

    /// <summary>
    /// Elects, of the partitions given or of all, those that need it. What became of each; the leader where it was elected.
    /// </summary>
    public async Task<Dictionary<TopicPartition, (ErrorCode Error, string? Message, int Leader)>> ElectAsync(
        IReadOnlyList<TopicPartition>? partitions, bool unclean)
    {
        var results = new Dictionary<TopicPartition, (ErrorCode Error, string? Message, int Leader)>();
        var elect = new List<TopicPartition>();
        foreach (var partition in partitions ?? PartitionsWithState())
        {
            if (!_context.Contains(partition))
            {
                results[partition] = (ErrorCode.UnknownTopicOrPartition, "The partition does not exist.", LeaderAndIsr.NoLeader);
            }
            else if (_context.IsQueuedForDeletion(partition.Topic))
            {
                results[partition] = (ErrorCode.InvalidTopicException, "The topic is being deleted", LeaderAndIsr.NoLeader);
            }
            else if (IsNeeded(partition, unclean))
            {
                elect.Add(partition);
            }
            else
            {
                results[partition] = (
                    ErrorCode.ElectionNotNeeded, "Leader election not needed for topic partition.", LeaderAndIsr.NoLeader);
            }
        }

        var outcome = await scope.Partitions.BringOnlineAsync(
            elect, unclean ? ElectionStrategy.OfflineUnclean : ElectionStrategy.Preferred);
        foreach (var partition in elect)
        {
            results[partition] = outcome.Elected.TryGetValue(partition, out var elected)
                ? (ErrorCode.None, null, elected.Leader)
                : (unclean ? ErrorCode.EligibleLeadersNotAvailable : ErrorCode.PreferredLeaderNotAvailable,
                    outcome.Failed.GetValueOrDefault(partition),
                    LeaderAndIsr.NoLeader);
        }

        return results;
    }

    /// <summary>Gives leaderships back to their preferred brokers, where a broker leads too few of those it should.</summary>
    public async Task BalanceAsync()
    {
        var byPreferred = _context.AllPartitions
            .Where(partition => !_context.IsQueuedForDeletion(partition.Topic) && _context.Replicas(partition).Count > 0)
            .GroupBy(partition => _context.Replicas(partition)[0])
            .OrderBy(broker => broker.Key);
        foreach (var broker in byPreferred.ToArray())
        {
            TopicPartition[] all = [.. broker];
            TopicPartition[] imbalanced =
                [.. all.Where(partition => _context.LeadershipOf(partition) is { } state && state.LeaderAndIsr.Leader != broker.Key)];
            if (imbalanced.Length * 100 <= (long)all.Length * scope.Config.LeaderImbalancePerBrokerPercentage)
            {
                continue;
            }

            TopicPartition[] electable =
            [
                .. imbalanced.Where(partition => _context.IsReplicaOnline(broker.Key, partition)
                    && _context.LeadershipOf(partition)!.LeaderAndIsr.Isr.Contains(broker.Key)),
            ];
            if (electable.Length > 0)
            {
                scope.Logger.LogInformation(
                    "Giving {Partitions} partitions back to their preferred leader {Broker}", electable.Length, broker.Key);
                await scope.Partitions.BringOnlineAsync(electable, ElectionStrategy.Preferred);
            }
        }
    }

    private async Task<IEnumerable<TopicPartition>> ReadListAsync()
    {
        try
        {
            return await scope.Store.OperatorRequests.GetPreferredElectionsAsync();
        }
        catch (MalformedDataException failure)
        {
            scope.Logger.LogWarning("Ignoring preferred replica election due to invalid json: {Reason}", failure.Message);
            return [];
        }
    }

    /// <summary>What "all partitions" means to Kafka: those that had a leader once. Of the others no broker knows.</summary>
    private TopicPartition[] PartitionsWithState() =>
        [.. _context.AllPartitions.Where(partition => _context.LeadershipOf(partition) is not null)];

    private void PutZkElection() => scope.Put("ReplicaLeaderElection", OnZkElectionAsync);

    private bool IsNeeded(TopicPartition partition, bool unclean)
    {
        var leader = _context.LeadershipOf(partition)?.LeaderAndIsr.Leader ?? LeaderAndIsr.NoLeader;
        return unclean ? !_context.IsLive(leader) : _context.Replicas(partition) is [var preferred, ..] && leader != preferred;
    }
}
