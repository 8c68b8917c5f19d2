using ClassicBroker.Controller.State;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>
/// What brokers announce through sequential znodes, ISRs they changed themselves and log directories they lost, and what they answer to
/// LeaderAndIsr. Threading: the controller's loop, within its events.
/// </summary>
internal sealed class NotificationEvents(EventScope scope, Reassignments reassignments, BrokerEvents brokers)
{
    private readonly LastResortElections _lastResorts = new(scope);
    private readonly ControllerContext _context = scope.Context;

    public void RegisterWatches()
    {
        scope.Store.Session.Watches.Register(
            new ZnodeChildrenHandler(IsrChangeZnode.ParentPath, () => scope.Put("IsrChangeNotification", OnIsrChangesAsync)));
        scope.Store.Session.Watches.Register(
            new ZnodeChildrenHandler(LogDirEventZnode.ParentPath, () => scope.Put("LogDirEventNotification", OnLogDirEventsAsync)));
    }

    public void UnregisterWatches()
    {
        scope.Store.Session.Watches.UnregisterChildren(IsrChangeZnode.ParentPath);
        scope.Store.Session.Watches.UnregisterChildren(LogDirEventZnode.ParentPath);
    }

    /// <summary>What was announced to a former controller is read from the states themselves.</summary>
    public async Task DiscardAsync()
    {
        await scope.Store.Notifications.DeleteLogDirEventsAsync(
            await scope.Store.Notifications.GetLogDirEventsAsync(), _context.EpochZkVersion);
        await scope.Store.Notifications.DeleteIsrChangesAsync(
            await scope.Store.Notifications.GetIsrChangesAsync(), _context.EpochZkVersion);
    }

    public async Task OnLeaderAndIsrAnswerAsync(int brokerId, LeaderAndIsrResponse response)
    {
        if (response.ErrorCode != ErrorCode.None)
        {
            scope.Logger.LogError(
                "Received error {Error} in LeaderAndIsr response from broker {BrokerId}", response.ErrorCode.WireName(), brokerId);
            return;
        }

        var offlineDirs = _context.OfflineDirPartitions(brokerId);
        var nowOffline = new List<PartitionAndReplica>();
        var refused = new HashSet<TopicPartition>();
        foreach (var (partition, error) in ErrorsOf(response))
        {
            var leads = _context.LeadershipOf(partition)?.LeaderAndIsr.Leader == brokerId;
            if (error == ErrorCode.KafkaStorageError)
            {
                if (leads)
                {
                    _context.Refusals.Add(partition, brokerId);
                }

                if (offlineDirs.Add(partition))
                {
                    nowOffline.Add(new(partition, brokerId));
                }
            }
            else if (error == ErrorCode.None)
            {
                offlineDirs.Remove(partition);
                if (leads)
                {
                    _context.Refusals.Forget(partition);
                }
                else if (_context.Refusals.Any(partition))
                {
                    refused.Add(partition);
                }
            }
        }

        if (nowOffline.Count > 0)
        {
            scope.Logger.LogInformation(
                "Mark replicas {Replicas} on broker {BrokerId} as offline",
                string.Join(',', nowOffline.Select(replica => replica.Partition)),
                brokerId);
            await brokers.OnReplicasBecomeOfflineAsync(nowOffline);
        }

        if (refused.Count > 0)
        {
            // A topic that allows it gets a leader out of sync; what is left waits for all replicas.
            await scope.Partitions.TriggerOnlineAsync(refused.Contains);
            _lastResorts.Consider(refused);
        }
    }

    private async Task OnIsrChangesAsync()
    {
        var names = await scope.Store.Notifications.GetIsrChangesAsync();
        try
        {
            TopicPartition[] changed = [.. (await scope.Store.Notifications.ReadIsrChangesAsync(names)).Where(_context.Contains)];
            if (changed.Length > 0)
            {
                foreach (var (partition, state) in await scope.Store.PartitionStates.GetAsync(changed))
                {
                    _context.SetLeadership(partition, state);
                }

                scope.Requests.SendUpdateMetadata(_context.LiveOrShuttingDownBrokerIds, changed);
                await reassignments.CompleteWherePossibleAsync(changed);
            }
        }
        finally
        {
            // Also those that could not be understood: no later read will understand them.
            await scope.Store.Notifications.DeleteIsrChangesAsync(names, _context.EpochZkVersion);
        }
    }

    private async Task OnLogDirEventsAsync()
    {
        var names = await scope.Store.Notifications.GetLogDirEventsAsync();
        try
        {
            // Sent to every replica there; the answers tell which of them are gone.
            var brokerIds = await scope.Store.Notifications.ReadLogDirEventsAsync(names);
            await scope.Replicas.MoveAsync(_context.ReplicasOn(brokerIds), ReplicaStatus.OnlineReplica);
        }
        finally
        {
            await scope.Store.Notifications.DeleteLogDirEventsAsync(names, _context.EpochZkVersion);
        }
    }

    /// <summary>From version 5 on grouped by topic id, before by name in each entry.</summary>
    private IEnumerable<(TopicPartition Partition, ErrorCode Error)> ErrorsOf(LeaderAndIsrResponse response)
    {
        foreach (var error in response.PartitionErrors)
        {
            yield return (new(error.TopicName, error.PartitionIndex), error.ErrorCode);
        }

        foreach (var topic in response.Topics)
        {
            if (_context.TopicName(topic.TopicId) is { } name)
            {
                foreach (var error in topic.PartitionErrors)
                {
                    yield return (new(name, error.PartitionIndex), error.ErrorCode);
                }
            }
        }
    }
}
