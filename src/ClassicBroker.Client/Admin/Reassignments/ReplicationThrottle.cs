using System.Globalization;
using ClassicBroker.Primitives;

namespace ClassicBroker.Client;

/// <summary>
/// Sets and clears the limits under which replicas move: a rate for brokers, and for each topic which replicas it holds for (KIP-73).
/// Stateless.
/// </summary>
public static class ReplicationThrottle
{
    /// <summary>The topic's config that names the replicas limited as leaders.</summary>
    public const string LeaderReplicas = "leader.replication.throttled.replicas";

    /// <summary>The topic's config that names the replicas limited as followers.</summary>
    public const string FollowerReplicas = "follower.replication.throttled.replicas";

    /// <summary>The broker's config for what it sends as a leader.</summary>
    public const string LeaderRate = "leader.replication.throttled.rate";

    /// <summary>The broker's config for what it fetches as a follower.</summary>
    public const string FollowerRate = "follower.replication.throttled.rate";

    /// <summary>Limits brokers while partitions move between them.</summary>
    /// <param name="admin">The cluster.</param>
    /// <param name="moves">For each partition the brokers that have it, and those that are to get it.</param>
    /// <param name="bytesPerSecond">The rate of each broker, in each direction.</param>
    /// <exception cref="KafkaException">A topic or a broker refuses; those before it are limited.</exception>
    public static async Task SetAsync(
        AdminClient admin, IReadOnlyDictionary<TopicPartition, (IReadOnlyList<int> Sources, IReadOnlyList<int> Destinations)> moves,
        long bytesPerSecond)
    {
        foreach (var topic in moves.GroupBy(move => move.Key.Topic))
        {
            await AlterAsync(
                admin,
                ConfigResource.Topic(topic.Key),
                ConfigChange.Set(LeaderReplicas, Replicas(topic.Select(move => (move.Key, move.Value.Sources)))),
                ConfigChange.Set(FollowerReplicas, Replicas(topic.Select(move => (move.Key, move.Value.Destinations)))));
        }

        var rate = bytesPerSecond.ToString(CultureInfo.InvariantCulture);
        foreach (var broker in moves.Values.SelectMany(move => move.Sources.Concat(move.Destinations)).Distinct().Order())
        {
            await AlterAsync(
                admin, ConfigResource.Broker(broker), ConfigChange.Set(LeaderRate, rate), ConfigChange.Set(FollowerRate, rate));
        }
    }

    /// <summary>Removes the limits from topics and from brokers.</summary>
    /// <param name="admin">The cluster.</param>
    /// <param name="topics">Whose replicas are no longer limited.</param>
    /// <param name="brokers">Whose rates are no longer limited.</param>
    /// <exception cref="KafkaException">A topic or a broker refuses.</exception>
    public static async Task ClearAsync(AdminClient admin, IEnumerable<string> topics, IEnumerable<int> brokers)
    {
        foreach (var topic in topics)
        {
            await AlterAsync(admin, ConfigResource.Topic(topic), ConfigChange.Delete(LeaderReplicas),
                ConfigChange.Delete(FollowerReplicas));
        }

        foreach (var broker in brokers)
        {
            await AlterAsync(admin, ConfigResource.Broker(broker), ConfigChange.Delete(LeaderRate), ConfigChange.Delete(FollowerRate));
        }
    }

    private static string Replicas(IEnumerable<(TopicPartition Partition, IReadOnlyList<int> Brokers)> moves) =>
        string.Join(',', moves.OrderBy(move => move.Partition)
            .SelectMany(move => move.Brokers.Select(broker => $"{move.Partition.Partition}:{broker}")));

    private static async Task AlterAsync(AdminClient admin, ConfigResource resource, params ConfigChange[] changes) =>
        (await admin.IncrementalAlterConfigsAsync(resource, changes)).ThrowIfFailed();
}
