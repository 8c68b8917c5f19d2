using System.Globalization;
using System.Text;
using ClassicBroker.Controller.State;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Runs;

/// <summary>
/// What the active controller has in its memory, against what ZooKeeper holds: alike once the cluster is at rest with all its brokers up
/// (W9). Threading: the run's thread.
/// </summary>
internal sealed class ControllerMemory(SimulatedCluster cluster)
{
    /// <summary>The first thing in which they differ; null where they are alike.</summary>
    public string? Difference()
    {
        var owner = cluster.ZooKeeper.Stat(ControllerZnode.Path) is { } znode ? cluster.Owner(znode.EphemeralOwner) : null;
        if (cluster.Running.FirstOrDefault(broker => broker.Server.IsController && broker != owner) is { } other)
        {
            return $"broker {other.Id} is active as controller, and the controller is broker {owner?.Id}";
        }

        return owner is not { IsRunning: true } || owner.Server.Controller?.Context is not { } context ? "there is no active controller"
            : Differences(context).FirstOrDefault(difference => difference is not null);
    }

    private IEnumerable<string?> Differences(ControllerContext context)
    {
        yield return Compare("its epoch", context.Epoch, ControllerEpochZnode.Decode(Bytes(ControllerEpochZnode.Path)));
        yield return Compare("the version of its epoch", context.EpochZkVersion, cluster.ZooKeeper.Stat(ControllerEpochZnode.Path)!.Value.Version);
        yield return CompareBrokers(context);
        var topics = cluster.ZooKeeper.Children(TopicZnode.ParentPath);
        yield return Compare("topics", Sorted(context.AllTopics), Sorted(topics));
        yield return CompareDeletions(context);
        var stored = topics.ToDictionary(topic => topic, topic => TopicZnode.Decode(topic, Bytes(TopicZnode.Path(topic))));
        foreach (var (topic, assignment) in stored)
        {
            yield return CompareTopic(context, topic, assignment);
        }

        yield return Compare(
            "partitions with a leadership", context.Leadership.Count, stored.Values.Sum(topic => topic.Partitions.Count));
        yield return Compare(
            "reassignments",
            Sorted(context.PartitionsBeingReassigned.Select(partition => partition.ToString())),
            Sorted(stored.SelectMany(topic => topic.Value.Partitions.Where(entry => entry.Value.IsBeingReassigned)
                .Select(entry => new TopicPartition(topic.Key, entry.Key).ToString()))));
        yield return CompareStatuses(context, stored);
    }

    private string? CompareBrokers(ControllerContext context)
    {
        var registered = cluster.ZooKeeper.Children(BrokerIdZnode.ParentPath).Select(id => int.Parse(id, CultureInfo.InvariantCulture));
        return Compare(
            "brokers",
            Sorted(context.LiveOrShuttingDownBrokers.Select(broker => $"{broker.Id} of epoch {broker.Epoch}")),
            Sorted(registered.Select(id => $"{id} of epoch {cluster.ZooKeeper.Stat(BrokerIdZnode.Path(id))!.Value.Czxid}")))
            ?? Compare("brokers that shut down", Sorted(context.ShuttingDownBrokerIds), "");
    }

    private string? CompareDeletions(ControllerContext context) =>
        Compare("topics to be deleted", Sorted(context.TopicsToBeDeleted), Sorted(cluster.ZooKeeper.Children(DeleteTopicsZnode.ParentPath)))
        ?? Compare("deletions that have begun", Sorted(context.TopicsWithDeletionStarted.Except(context.TopicsToBeDeleted)), "")
        ?? Compare("topics that cannot be deleted", Sorted(context.TopicsIneligibleForDeletion.Except(context.TopicsToBeDeleted)), "");

    private string? CompareTopic(ControllerContext context, string topic, TopicAssignment stored)
    {
        var difference = Compare($"the id of {topic}", context.TopicId(topic), stored.TopicId)
            ?? Compare($"the partitions of {topic}", Sorted(context.AssignmentsOf(topic).Keys), Sorted(stored.Partitions.Keys));
        foreach (var (number, assignment) in stored.Partitions)
        {
            var partition = new TopicPartition(topic, number);
            difference ??= Compare($"the replicas of {partition}", context.Assignment(partition), assignment)
                ?? Compare($"the state of {partition}", context.LeadershipOf(partition), cluster.StateOrNull(partition));
        }

        return difference;
    }

    /// <summary>All brokers are up with all their disks, so that every partition and every replica is online.</summary>
    private static string? CompareStatuses(ControllerContext context, Dictionary<string, TopicAssignment> stored)
    {
        var partitions = stored.SelectMany(topic => topic.Value.Partitions.Select(entry => (Partition: new TopicPartition(topic.Key, entry.Key), entry.Value))).ToList();
        var online = context.PartitionsIn(PartitionStatus.OnlinePartition, PartitionStatus.OnlinePartition);
        var others = context.PartitionsIn(PartitionStatus.NewPartition, PartitionStatus.OfflinePartition);
        var replicas = partitions.SelectMany(entry => entry.Value.Replicas.Select(replica => new PartitionAndReplica(entry.Partition, replica)));
        return Compare("partitions online", Sorted(online), Sorted(partitions.Select(entry => entry.Partition)))
            ?? Compare("partitions not online", Sorted(others), "")
            ?? Compare(
                "replicas",
                Sorted(context.ReplicaStatuses.Select(entry => $"{entry.Key} {entry.Value}")),
                Sorted(replicas.Select(replica => $"{replica} {ReplicaStatus.OnlineReplica}")))
            ?? Compare(
                "replicas on failed disks",
                Sorted(context.ReplicaStatuses.Keys.Where(replica => context.IsOnOfflineDir(replica.Replica, replica.Partition))),
                "");
    }

    private byte[] Bytes(string path) => Encoding.UTF8.GetBytes(cluster.ZooKeeper.Text(path)!);

    private static string Sorted<T>(IEnumerable<T> items) => string.Join(", ", items.Select(item => item!.ToString()).Order(StringComparer.Ordinal));

    private static string? Compare<T>(string what, T known, T stored) =>
        EqualityComparer<T>.Default.Equals(known, stored) ? null : $"{what}: the controller has [{known}], ZooKeeper [{stored}]";
}
