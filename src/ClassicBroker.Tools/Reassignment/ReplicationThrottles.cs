using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Primitives;

namespace ClassicBroker.Tools.Reassignment;

/// <summary>
/// Sets and clears the limits under which replicas are moved: rates of brokers, and for each topic which of its replicas they hold for
/// (KIP-73, KIP-113). Threading: used by one tool.
/// </summary>
internal sealed class ReplicationThrottles(AdminClient admin, TextWriter output)
{
    /// <summary>The broker's config for what it copies between its log directories.</summary>
    public const string LogDirRate = "replica.alter.log.dirs.io.max.bytes.per.second";

    /// <summary>Limits what flows between brokers while partitions move.</summary>
    /// <param name="moves">For each partition the brokers that have it, and those that are to get it.</param>
    /// <param name="rate">Bytes a second.</param>
    public async Task LimitReplicationAsync(
        IReadOnlyDictionary<TopicPartition, (IReadOnlyList<int> Sources, IReadOnlyList<int> Destinations)> moves, long rate)
    {
        await ReportAsync(() => ReplicationThrottle.SetAsync(admin, moves, rate));
        output.WriteLine($"The inter-broker throttle limit was set to {rate} B/s");
    }

    /// <summary>Limits what brokers copy between their log directories.</summary>
    public async Task LimitLogDirsAsync(IEnumerable<int> brokers, long rate)
    {
        foreach (var broker in brokers.Distinct().Order())
        {
            await SetAsync(ConfigResource.Broker(broker), (LogDirRate, rate.ToString(CultureInfo.InvariantCulture)));
        }

        output.WriteLine($"The replica-alter-dir throttle limit was set to {rate} B/s");
    }

    /// <summary>Removes all limits from the live brokers, those of a plan, and its topics.</summary>
    public async Task ClearAsync(ReassignmentPlan plan)
    {
        var live = (await admin.DescribeClusterAsync()).Nodes.Select(node => node.Id).ToArray();
        var brokers = live.Concat(plan.Partitions.Values.SelectMany(replicas => replicas)).Distinct().Order().ToArray();
        output.WriteLine($"Clearing broker-level throttles on broker{Plural(brokers.Length)} {string.Join(",", brokers)}");
        foreach (var broker in brokers)
        {
            await DeleteAsync(ConfigResource.Broker(broker), ReplicationThrottle.LeaderRate, ReplicationThrottle.FollowerRate, LogDirRate);
        }

        output.WriteLine($"Clearing topic-level throttles on topic{Plural(plan.Topics.Count)} {string.Join(",", plan.Topics)}");
        foreach (var topic in plan.Topics)
        {
            await DeleteAsync(ConfigResource.Topic(topic), ReplicationThrottle.LeaderReplicas, ReplicationThrottle.FollowerReplicas);
        }
    }

    private static string Plural(int count) => count == 1 ? "" : "s";

    private Task SetAsync(ConfigResource resource, params (string Key, string Value)[] configs) =>
        AlterAsync(resource, configs.Select(config => ConfigChange.Set(config.Key, config.Value)).ToArray());

    private Task DeleteAsync(ConfigResource resource, params string[] keys) =>
        AlterAsync(resource, keys.Select(ConfigChange.Delete).ToArray());

    private Task AlterAsync(ConfigResource resource, ConfigChange[] changes) =>
        ReportAsync(async () => (await admin.IncrementalAlterConfigsAsync(resource, changes)).ThrowIfFailed());

    private static async Task ReportAsync(Func<Task> alter)
    {
        try
        {
            await alter();
        }
        catch (KafkaException refused)
        {
            throw JavaException.FromFuture(refused);
        }
    }
}
