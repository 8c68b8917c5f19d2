using ClassicBroker.Controller.Requests;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.State;

/// <summary>
/// Deletes topics (Kafka's TopicDeletionManager): brokers are told that the topic goes, its replicas are stopped and then deleted, and
/// when every one of them has confirmed its znodes are removed. A topic with a dead replica or a reassignment under way is parked and
/// taken up again when that has passed. The mark in ZooKeeper stays until the end, so that any controller can go on.
/// Threading: the controller's loop.
/// </summary>
internal sealed class TopicDeletions(
    ControllerConfig config,
    ControllerContext context,
    MetadataStore store,
    PartitionStateMachine partitions,
    ReplicaStateMachine replicas,
    BrokerRequests requests,
    ILogger logger)
{
    /// <summary>Takes up what a former controller left; nothing is sent yet.</summary>
    public async Task StartAsync(IReadOnlyCollection<string> marked, IReadOnlyCollection<string> ineligible)
    {
        if (!config.DeleteTopicEnable)
        {
            await UnmarkAsync(marked);
            return;
        }

        context.TopicsToBeDeleted.UnionWith(marked);
        context.TopicsIneligibleForDeletion.UnionWith(ineligible.Where(context.TopicsToBeDeleted.Contains));
    }

    /// <summary>Marks without effect, because topics may not be deleted or are not there, are removed.</summary>
    public Task UnmarkAsync(IReadOnlyCollection<string> topics)
    {
        if (topics.Count > 0)
        {
            logger.LogInformation("Removing the deletion marks of topics {Topics}.", string.Join(',', topics));
        }

        return store.Topics.UnmarkForDeletionAsync(topics, context.EpochZkVersion);
    }

    public Task EnqueueAsync(IReadOnlyCollection<string> topics)
    {
        context.TopicsToBeDeleted.UnionWith(topics);
        return ResumeAsync();
    }

    /// <summary>Takes up topics again that what held them back may no longer hold.</summary>
    public async Task ResumeForAsync(IEnumerable<string> topics)
    {
        string[] resumed = [.. topics.Where(context.IsQueuedForDeletion).Distinct()];
        if (resumed.Length > 0)
        {
            context.TopicsIneligibleForDeletion.ExceptWith(resumed);
            await ResumeAsync();
        }
    }

    public void MarkIneligible(IEnumerable<string> topics, string reason)
    {
        string[] halted = [.. topics.Where(context.IsQueuedForDeletion).Distinct()];
        if (halted.Length > 0)
        {
            context.TopicsIneligibleForDeletion.UnionWith(halted);
            logger.LogInformation("Halted deletion of topics {Topics} due to {Reason}", string.Join(',', halted), reason);
        }
    }

    /// <summary>Replicas that could not be deleted: their brokers died, or said so.</summary>
    public async Task FailAsync(IEnumerable<PartitionAndReplica> failed)
    {
        PartitionAndReplica[] ours = [.. failed.Where(replica => context.IsQueuedForDeletion(replica.Topic))];
        if (ours.Length > 0)
        {
            MarkIneligible(ours.Select(replica => replica.Topic), "replica deletion failure");
            await replicas.MoveAsync(ours, ReplicaStatus.ReplicaDeletionIneligible);
            await ResumeAsync();
        }
    }

    /// <summary>Replicas whose brokers have confirmed.</summary>
    public async Task CompleteAsync(IEnumerable<PartitionAndReplica> deleted)
    {
        await replicas.MoveAsync(
            [.. deleted.Where(replica => context.IsQueuedForDeletion(replica.Topic))], ReplicaStatus.ReplicaDeletionSuccessful);
        await ResumeAsync();
    }

    /// <summary>Does for every marked topic the step that it is ready for.</summary>
    public async Task ResumeAsync()
    {
        var retry = new List<string>();
        var begin = new List<string>();
        foreach (var topic in context.TopicsToBeDeleted.ToArray())
        {
            var isUnderWay = context.AnyReplicaIn(topic, ReplicaStatus.ReplicaDeletionStarted);
            if (context.AllReplicasIn(topic, ReplicaStatus.ReplicaDeletionSuccessful))
            {
                await RemoveAsync(topic);
                logger.LogInformation("Deletion of topic {Topic} successfully completed", topic);
                continue;
            }

            if (!isUnderWay && context.AnyReplicaIn(topic, ReplicaStatus.ReplicaDeletionIneligible))
            {
                retry.Add(topic);
            }

            if (!isUnderWay && !context.TopicsIneligibleForDeletion.Contains(topic))
            {
                begin.Add(topic);
            }
        }

        await replicas.MoveAsync(
            [.. retry.SelectMany(topic =>
                context.ReplicasIn(topic, ReplicaStatus.ReplicaDeletionIneligible))], ReplicaStatus.OfflineReplica);
        if (begin.Count > 0)
        {
            logger.LogInformation("Deletion of topic {Topics} (re)started", string.Join(',', begin));
            await BeginAsync(begin);
        }
    }

    private async Task BeginAsync(List<string> topics)
    {
        string[] unseen = [.. topics.Where(topic => !context.TopicsWithDeletionStarted.Contains(topic))];
        TopicPartition[] going = [.. unseen.SelectMany(context.PartitionsOf)];
        partitions.Move(going, PartitionStatus.OfflinePartition);
        partitions.Move(going, PartitionStatus.NonExistentPartition);
        context.TopicsWithDeletionStarted.UnionWith(unseen);

        // Brokers stop serving the topics before their replicas go.
        requests.SendUpdateMetadata(context.LiveOrShuttingDownBrokerIds, topics.SelectMany(context.PartitionsOf));
        await DeleteReplicasAsync(topics);
    }

    private async Task DeleteReplicasAsync(List<string> topics)
    {
        PartitionAndReplica[] all = [.. topics.SelectMany(topic => context.ReplicasOf(topic))];
        PartitionAndReplica[] dead = [.. all.Where(replica => !context.IsReplicaOnline(replica.Replica, replica.Partition))];
        PartitionAndReplica[] alive =
        [
            .. all.Where(replica => context.IsReplicaOnline(replica.Replica, replica.Partition)
                && context.StatusOf(replica) != ReplicaStatus.ReplicaDeletionSuccessful),
        ];
        await replicas.MoveAsync(
            [.. dead.Where(replica => context.StatusOf(replica) is ReplicaStatus.OfflineReplica or ReplicaStatus.ReplicaDeletionStarted)],
            ReplicaStatus.ReplicaDeletionIneligible);
        await replicas.MoveAsync(alive, ReplicaStatus.OfflineReplica);
        await replicas.MoveAsync(alive, ReplicaStatus.ReplicaDeletionStarted);
        MarkIneligible(dead.Select(replica => replica.Topic), "offline replicas");
    }

    private async Task RemoveAsync(string topic)
    {
        store.Session.Watches.UnregisterChange(TopicZnode.Path(topic));
        await replicas.MoveAsync(context.ReplicasIn(topic, ReplicaStatus.ReplicaDeletionSuccessful), ReplicaStatus.NonExistentReplica);
        await store.Topics.DeleteAsync(topic, context.EpochZkVersion);
        context.RemoveTopic(topic);
    }
}
