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
                ConfigChange.Set(LeaderReplicas, ReplicasOf(topic, move => move.Sources)),
                ConfigChange.Set(FollowerReplicas, ReplicasOf(topic, move => move.Destinations)));
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

    /// <summary>The value of a topic's config that names limited replicas, such as <c>0:1,0:2,1:3</c>.</summary>
    /// <param name="replicas">Partitions of one topic, each with its limited brokers, in the order in which they are named.</param>
    public static string FormatReplicas(IEnumerable<(int Partition, IReadOnlyList<int> Brokers)> replicas) =>
        string.Join(',', replicas.SelectMany(entry => entry.Brokers.Select(broker => $"{entry.Partition}:{broker}")));

    private static string ReplicasOf(
        IEnumerable<KeyValuePair<TopicPartition, (IReadOnlyList<int> Sources, IReadOnlyList<int> Destinations)>> moves,
        Func<(IReadOnlyList<int> Sources, IReadOnlyList<int> Destinations), IReadOnlyList<int>> brokersOf) =>
        FormatReplicas(moves.OrderBy(move => move.Key).Select(move => (move.Key.Partition, brokersOf(move.Value))));

    private static async Task AlterAsync(AdminClient admin, ConfigResource resource, params ConfigChange[] changes) =>
        (await admin.IncrementalAlterConfigsAsync(resource, changes)).ThrowIfFailed();
}
