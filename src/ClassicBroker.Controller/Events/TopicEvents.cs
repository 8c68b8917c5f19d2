using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Controller.Events;

/// <summary>Topics that come, grow and go, as their znodes say. Threading: the controller's loop, within its events.</summary>
internal sealed class TopicEvents(EventScope scope, IRandomSource random)
{
    private readonly ControllerContext _context = scope.Context;

    public void RegisterWatches()
    {
        scope.Store.Session.Watches.Register(
            new ZnodeChildrenHandler(TopicZnode.ParentPath, () => scope.Put("TopicChange", OnTopicChangeAsync)));
        scope.Store.Session.Watches.Register(
            new ZnodeChildrenHandler(DeleteTopicsZnode.ParentPath, () => scope.Put("TopicDeletion", OnTopicDeletionAsync)));
    }

    public void UnregisterWatches()
    {
        scope.Store.Session.Watches.UnregisterChildren(TopicZnode.ParentPath);
        scope.Store.Session.Watches.UnregisterChildren(DeleteTopicsZnode.ParentPath);
        foreach (var topic in _context.AllTopics)
        {
            scope.Store.Session.Watches.UnregisterChange(TopicZnode.Path(topic));
        }
    }

    /// <summary>Reads all topics into the context, for a controller just elected.</summary>
    public async Task LoadAsync()
    {
        var topics = await scope.Store.Topics.GetAllAsync();
        _context.AllTopics.UnionWith(topics);
        await LoadAsync(topics);
    }

    public async Task OnTopicChangeAsync()
    {
        var topics = await scope.Store.Topics.GetAllAsync();
        string[] added = [.. topics.Where(topic => !_context.AllTopics.Contains(topic))];
        string[] gone = [.. _context.AllTopics.Except(topics)];
        foreach (var topic in gone)
        {
            scope.Store.Session.Watches.UnregisterChange(TopicZnode.Path(topic));
            _context.RemoveTopic(topic);
        }

        _context.AllTopics.UnionWith(added);
        var partitions = await LoadAsync(added);
        scope.Logger.LogInformation(
            "New topics: [{Added}], deleted topics: [{Gone}], new partition replica assignment of {Partitions} partitions",
            string.Join(',', added),
            string.Join(',', gone),
            partitions.Count);
        await OnNewPartitionCreationAsync(partitions);
    }

    public async Task OnTopicDeletionAsync()
    {
        var marked = await scope.Store.Topics.GetDeletionsAsync();
        string[] unknown = [.. marked.Where(topic => !_context.AllTopics.Contains(topic))];
        if (unknown.Length > 0)
        {
            scope.Logger.LogWarning("Ignoring request to delete non-existing topics {Topics}", string.Join(',', unknown));
            await scope.Deletions.UnmarkAsync(unknown);
        }

        string[] known = [.. marked.Except(unknown)];
        if (!scope.Config.DeleteTopicEnable)
        {
            await scope.Deletions.UnmarkAsync(known);
            return;
        }

        if (known.Length > 0)
        {
            scope.Logger.LogInformation("Starting topic deletion for topics {Topics}", string.Join(',', known));
            var moving = _context.PartitionsBeingReassigned.Select(partition => partition.Topic).ToHashSet(StringComparer.Ordinal);
            _context.TopicsToBeDeleted.UnionWith(known);
            scope.Deletions.MarkIneligible(known.Where(moving.Contains), "topic reassignment in progress");
            await scope.Deletions.EnqueueAsync(known);
        }
    }

    /// <summary>Takes a broker's word that replicas are deleted, or are not.</summary>
    public async Task OnStopReplicaAnswerAsync(int brokerId, StopReplicaResponse response, IReadOnlySet<TopicPartition> deleted)
    {
        TopicPartition[] ours =
            [.. deleted.Where(partition => _context.TopicsWithDeletionStarted.Contains(partition.Topic))];
        var failed = response.ErrorCode != ErrorCode.None
            ? ours.ToHashSet()
            : response.PartitionErrors
                .Where(error => error.ErrorCode != ErrorCode.None)
                .Select(error => new TopicPartition(error.TopicName, error.PartitionIndex))
                .Where(ours.Contains)
                .ToHashSet();
        await scope.Deletions.FailAsync(failed.Select(partition => new PartitionAndReplica(partition, brokerId)));
        if (failed.Count < ours.Length)
        {
            await scope.Deletions.CompleteAsync(
                ours.Where(partition => !failed.Contains(partition)).Select(partition => new PartitionAndReplica(partition, brokerId)));
        }
    }

    private void WatchTopic(string topic) =>
        scope.Store.Session.Watches.Register(new ZnodeChangeHandler(
            TopicZnode.Path(topic),
            DataChanged: () => scope.Put("PartitionModifications", () => OnPartitionModificationsAsync(topic))));

    private async Task OnPartitionModificationsAsync(string topic)
    {
        if (await scope.Store.Topics.GetAsync(topic) is not { } stored || !_context.AllTopics.Contains(topic))
        {
            return;
        }

        stored = await EnsureTopicIdAsync(topic, stored);
        var added = stored.Partitions.Where(entry => !_context.Contains(new(topic, entry.Key))).ToArray();
        if (_context.IsQueuedForDeletion(topic))
        {
            if (added.Length > 0)
            {
                scope.Logger.LogWarning("Skipping adding partitions of topic {Topic} since it is currently being deleted", topic);
                await RestoreAsync(topic);
            }
        }
        else if (added.Length > 0)
        {
            scope.Logger.LogInformation(
                "New partitions to be added to {Topic}: {Partitions}", topic, string.Join(',', added.Select(entry => entry.Key)));
            foreach (var (partition, assignment) in added)
            {
                _context.SetAssignment(new(topic, partition), assignment);
            }

            await OnNewPartitionCreationAsync([.. added.Select(entry => new TopicPartition(topic, entry.Key))]);
        }
    }

    /// <summary>Partitions that no broker will ever serve leave the znode of a topic that is on its way out.</summary>
    private Task RestoreAsync(string topic) =>
        scope.Store.Topics.SetAsync(topic, new(_context.TopicId(topic), _context.AssignmentsOf(topic)), _context.EpochZkVersion);

    private async Task<IReadOnlyList<TopicPartition>> LoadAsync(IReadOnlyList<string> topics)
    {
        foreach (var topic in topics)
        {
            WatchTopic(topic);
        }

        var stored = await scope.Store.Topics.GetAsync(topics);
        var withIds = await stored.Select(entry => EnsureTopicIdAsync(entry.Key, entry.Value)).AwaitAllAsync();
        var partitions = new List<TopicPartition>();
        for (var index = 0; index < stored.Count; index++)
        {
            foreach (var (number, assignment) in withIds[index].Partitions)
            {
                var partition = new TopicPartition(stored[index].Key, number);
                _context.SetAssignment(partition, assignment);
                partitions.Add(partition);
                if (assignment.IsBeingReassigned)
                {
                    _context.PartitionsBeingReassigned.Add(partition);
                }
            }
        }

        return partitions;
    }

    /// <summary>
    /// A topic made by an older tool gets its id here, once; the id of a known topic never changes. An id that is stored is known at any
    /// protocol version: what this controller writes of the topic must keep it.
    /// </summary>
    private async Task<TopicAssignment> EnsureTopicIdAsync(string topic, TopicAssignment stored)
    {
        if (stored.TopicId.IsZero && scope.Config.InterBrokerProtocol.SupportsTopicIds())
        {
            var known = _context.TopicId(topic);
            var id = known.IsZero ? random.NextUuid() : known;
            await scope.Store.Topics.UpdateAsync(
                topic,
                current =>
                {
                    stored = current.TopicId.IsZero ? current with { TopicId = id } : current;
                    return current.TopicId.IsZero ? stored : null;
                },
                _context.EpochZkVersion);
        }

        if (!stored.TopicId.IsZero)
        {
            _context.SetTopicId(topic, stored.TopicId);
        }

        return stored;
    }

    private async Task OnNewPartitionCreationAsync(IReadOnlyList<TopicPartition> partitions)
    {
        if (partitions.Count == 0)
        {
            return;
        }

        PartitionAndReplica[] replicas = [.. partitions.SelectMany(_context.ReplicasOf)];
        scope.Partitions.Move(partitions, PartitionStatus.NewPartition);
        await scope.Replicas.MoveAsync(replicas, ReplicaStatus.NewReplica);
        await scope.Partitions.BringOnlineAsync(partitions, ElectionStrategy.Offline);
        await scope.Replicas.MoveAsync(replicas, ReplicaStatus.OnlineReplica);
    }
}
