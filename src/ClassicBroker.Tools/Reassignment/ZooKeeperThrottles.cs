using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>
/// The limits of <see cref="ReplicationThrottles"/>, written into ZooKeeper: brokers are told by a notification. Threading: used by one
/// tool.
/// </summary>
internal sealed class ZooKeeperThrottles(ConfigStore configs)
{
    private static readonly string[] Rates =
        [ReplicationThrottle.LeaderRate, ReplicationThrottle.FollowerRate, ReplicationThrottles.LogDirRate];

    /// <summary>Names the replicas that move and those they are copied from, topic by topic.</summary>
    public async Task LimitReplicasAsync(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> current, IReadOnlyDictionary<TopicPartition, IReadOnlyList<int>> planned)
    {
        foreach (var topic in planned.GroupBy(entry => entry.Key.Topic))
        {
            var moves = topic
                .Select(entry => (entry.Key.Partition, Sources: current[entry.Key], Target: entry.Value))
                .Select(move => (move.Partition, move.Sources, Added: (IReadOnlyList<int>)[.. move.Target.Except(move.Sources)]))
                .Where(move => move.Added.Count > 0)
                .ToArray();
            var leaders = ReplicationThrottle.FormatReplicas(moves.Select(move => (move.Partition, move.Sources)));
            var followers = ReplicationThrottle.FormatReplicas(moves.Select(move => (move.Partition, move.Added)));
            await SetAsync(
                ConfigEntityZnode.Topics,
                topic.Key,
                (ReplicationThrottle.LeaderReplicas, leaders),
                (ReplicationThrottle.FollowerReplicas, followers));
        }
    }

    /// <summary>Limits the bytes a second of brokers; a negative rate leaves what is set.</summary>
    public async Task LimitRatesAsync(IEnumerable<int> brokers, long rate, long logDirRate)
    {
        (string Key, string Value)[] limits =
        [
            .. Rates
                .Select(key => (Key: key, Rate: key == ReplicationThrottles.LogDirRate ? logDirRate : rate))
                .Where(limit => limit.Rate >= 0)
                .Select(limit => (limit.Key, limit.Rate.ToString(CultureInfo.InvariantCulture))),
        ];
        if (limits.Length == 0)
        {
            return;
        }

        foreach (var broker in brokers.Distinct().Order())
        {
            await SetAsync(ConfigEntityZnode.Brokers, Name(broker), limits);
        }
    }

    /// <summary>Removes all limits.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> ClearAsync(IEnumerable<int> brokers, IEnumerable<string> topics)
    {
        var had = false;
        foreach (var broker in brokers.Distinct().Order())
        {
            had |= await RemoveAsync(ConfigEntityZnode.Brokers, Name(broker), Rates);
        }

        foreach (var topic in topics)
        {
            had |= await RemoveAsync(
                ConfigEntityZnode.Topics, topic, ReplicationThrottle.LeaderReplicas, ReplicationThrottle.FollowerReplicas);
        }

        return had;
    }

    private static string Name(int broker) => broker.ToString(CultureInfo.InvariantCulture);

    private async Task SetAsync(string type, string name, params (string Key, string Value)[] limits)
    {
        var overrides = await configs.GetAsync(type, name);
        foreach (var (key, value) in limits)
        {
            overrides[key] = value;
        }

        await configs.ChangeAsync(type, name, overrides);
    }

    private async Task<bool> RemoveAsync(string type, string name, params string[] keys)
    {
        var overrides = await configs.GetAsync(type, name);
        if (keys.Where(overrides.Remove).ToArray() is [])
        {
            return false;
        }

        await configs.ChangeAsync(type, name, overrides);
        return true;
    }
}
