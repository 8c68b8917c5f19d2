using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>
/// Brokers that come, go, come back under a new epoch (KIP-380), or change their addresses, as their registrations say.
/// Threading: the controller's loop, within its events.
/// </summary>
internal sealed class BrokerEvents(EventScope scope, Reassignments reassignments, DroppedReplicas dropped)
{
    private readonly ControllerContext _context = scope.Context;

    public void RegisterWatches() =>
        scope.Store.Session.Watches.Register(
            new ZnodeChildrenHandler(BrokerIdZnode.ParentPath, () => scope.Put("BrokerChange", OnBrokerChangeAsync)));

    public void UnregisterWatches()
    {
        scope.Store.Session.Watches.UnregisterChildren(BrokerIdZnode.ParentPath);
        foreach (var id in _context.LiveOrShuttingDownBrokerIds)
        {
            scope.Store.Session.Watches.UnregisterChange(BrokerIdZnode.Path(id));
        }
    }

    /// <summary>Reads all live brokers into the context and opens their channels, for a controller just elected.</summary>
    public async Task LoadAsync()
    {
        var (registered, _) = await ReadAsync();
        foreach (var broker in registered)
        {
            _context.AddLiveBroker(broker);
            scope.Channels.Add(broker);
        }
    }

    public async Task OnBrokerChangeAsync()
    {
        var (registered, ids) = await ReadAsync();
        var current = registered.ToDictionary(broker => broker.Id);
        LiveBroker[] added = [.. current.Values.Where(broker => !_context.IsLiveOrShuttingDown(broker.Id)).OrderBy(broker => broker.Id)];
        LiveBroker[] bounced =
            [.. current.Values.Where(broker => _context.Broker(broker.Id) is { } known
                && broker.Epoch > known.Epoch).OrderBy(broker => broker.Id)];

        // A broker whose registration can no longer be read is there all the same, as it was last known.
        int[] dead = [.. _context.LiveOrShuttingDownBrokerIds.Where(id => !ids.Contains(id))];
        if (added.Length == 0 && bounced.Length == 0 && dead.Length == 0)
        {
            return;
        }

        scope.Logger.LogInformation(
            "Newly added brokers: {Added}, deleted brokers: {Dead}, bounced brokers: {Bounced}, all live brokers: {Live}",
            string.Join(',', added.Select(broker => broker.Id)),
            string.Join(',', dead),
            string.Join(',', bounced.Select(broker => broker.Id)),
            string.Join(',', current.Keys.Order()));
        foreach (var broker in added.Concat(bounced))
        {
            scope.Channels.Add(broker);
        }

        foreach (var id in dead)
        {
            scope.Channels.Remove(id);

            // That of a bounced broker stays: it is armed on the new registration, and a watch fires once only.
            scope.Store.Session.Watches.UnregisterChange(BrokerIdZnode.Path(id));
        }

        await StartupAsync(added);
        await FailureAsync([.. bounced.Select(broker => broker.Id)]);
        await StartupAsync(bounced);
        await FailureAsync(dead);
    }

    /// <summary>Replicas that are of no use now: their brokers died, or the log directories they are on.</summary>
    public async Task OnReplicasBecomeOfflineAsync(IReadOnlyCollection<PartitionAndReplica> offline)
    {
        PartitionAndReplica[] staying = [.. offline.Where(replica => !_context.IsQueuedForDeletion(replica.Topic))];
        scope.Partitions.Move(_context.PartitionsWithOfflineLeader(), PartitionStatus.OfflinePartition);
        var elections = await scope.Partitions.TriggerOnlineAsync();
        await scope.Replicas.MoveAsync(staying, ReplicaStatus.OfflineReplica);
        await scope.Deletions.FailAsync(offline);
        if (staying.Length == 0 && elections.Elected.Count == 0)
        {
            // Neither an election nor a replica that went offline told the brokers who is still alive.
            scope.Requests.SendUpdateMetadata(_context.LiveOrShuttingDownBrokerIds, []);
        }
    }

    /// <summary>Handlers first: reading with them in place sets the watches, so that no change of a registration goes unseen.</summary>
    private async Task<(IReadOnlyList<LiveBroker> Registered, IReadOnlySet<int> Ids)> ReadAsync()
    {
        foreach (var id in await scope.Store.Brokers.GetIdsAsync())
        {
            Watch(id);
        }

        return await scope.Store.Brokers.GetAllAndIdsAsync();
    }

    private void Watch(int id) =>
        scope.Store.Session.Watches.Register(new ZnodeChangeHandler(
            BrokerIdZnode.Path(id), DataChanged: () => scope.Put("BrokerModifications", () => OnBrokerModificationAsync(id))));

    private async Task OnBrokerModificationAsync(int id)
    {
        if (_context.Broker(id) is not { } known || await scope.Store.Brokers.GetAsync(id) is not { } current)
        {
            return;
        }

        if (!known.Registration.SameEndpointsAndFeatures(current.Registration))
        {
            scope.Logger.LogInformation(
                "Updated broker metadata: {Broker} -> {Endpoints}", id, string.Join(',', current.Registration.Endpoints));

            // The epoch is another event's business: a bounced broker is removed first and added then.
            _context.AddLiveBroker(known with { Registration = current.Registration });
            scope.Requests.SendUpdateMetadata(_context.LiveOrShuttingDownBrokerIds, []);
        }
    }

    private async Task StartupAsync(LiveBroker[] brokers)
    {
        if (brokers.Length == 0)
        {
            return;
        }

        int[] ids = [.. brokers.Select(broker => broker.Id)];
        scope.Logger.LogInformation("New broker startup callback for {Brokers}", string.Join(',', ids));
        foreach (var broker in brokers)
        {
            _context.AddLiveBroker(broker);
            _context.ForgetOfflineDirs(broker.Id);
        }

        // The old ones hear of the new; the new ones of everything, before they are made leaders and followers.
        scope.Requests.SendUpdateMetadata(_context.LiveOrShuttingDownBrokerIds.Except(ids), []);
        scope.Requests.SendUpdateMetadata(ids, _context.Leadership.Keys.ToArray());
        var replicas = _context.ReplicasOn(ids);
        await scope.Replicas.MoveAsync(
            [.. replicas.Where(replica => !_context.IsQueuedForDeletion(replica.Topic))], ReplicaStatus.OnlineReplica);
        await scope.Partitions.TriggerOnlineAsync();
        await dropped.RemoveUnassignedAsync();
        await reassignments.ResumeAsync((_, assignment) => assignment.TargetReplicas.Any(ids.Contains));
        await scope.Deletions.ResumeForAsync(replicas.Select(replica => replica.Topic));
    }

    private async Task FailureAsync(int[] ids)
    {
        if (ids.Length == 0)
        {
            return;
        }

        scope.Logger.LogInformation("Broker failure callback for {Brokers}", string.Join(',', ids));
        foreach (var id in ids)
        {
            _context.RemoveLiveBroker(id);
            _context.ForgetOfflineDirs(id);
            _context.Refusals.Forget(id);
            _context.ShuttingDownBrokerIds.Remove(id);
        }

        await OnReplicasBecomeOfflineAsync(_context.ReplicasOn(ids));
    }
}
