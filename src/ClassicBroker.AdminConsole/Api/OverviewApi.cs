using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Protocol;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>The cluster at a glance. Stateless.</summary>
internal static class OverviewApi
{
    private const int MinIsrTopicsMax = 500;

    public static void AddTo(ConsoleRoutes routes) =>
        routes.Get("/api/overview", "The cluster at a glance", "", ConsoleJson.Default.Overview, ShowAsync);

    private static async Task<Overview> ShowAsync(ConsoleCall call)
    {
        var cluster = call.Cluster;
        var description = await cluster.DescriptionAsync();
        var apis = await cluster.ApisAsync();
        var topics = await cluster.TopicsAsync();
        var sizes = await cluster.SizesAsync();
        return new Overview
        {
            ClusterId = description.ClusterId,
            ControllerId = description.ControllerId,
            Brokers = description.Nodes.Count,
            Unreachable = [.. apis.Nodes.Where(node => node.Failure is not null)
                .Select(node => new UnreachableBroker(node.Broker.Id, node.Failure!.Message))],
            Topics = topics.All.Count,
            Partitions = topics.Partitions,
            Replicas = topics.Replicas,
            UnderReplicated = topics.UnderReplicated,
            Offline = topics.Offline,
            NotPreferred = topics.NotPreferred,
            UnderMinIsr = await UnderMinIsrAsync(cluster, apis, topics),
            Groups = apis.Has(ApiKey.ListGroups) ? (await cluster.GroupsAsync()).Found.Count : null,
            Bytes = sizes.IsKnown ? sizes.Directories.Sum(directory => directory.Replicas.Sum(replica => replica.Size)) : null,
            OfflineDirectories = [.. sizes.Directories.Where(directory => directory.Failure is not null)
                .Select(directory => $"{directory.BrokerId}: {directory.Path}")],
            ZooKeeper = cluster.ReadZnode is { } read ? await ZooKeeperAsync(read, description) : null,
            Versions = [.. apis.Nodes.Where(node => node.Failure is null).GroupBy(node => Generation(node.Apis))
                .OrderBy(each => each.Key, StringComparer.Ordinal)
                .Select(each => new BrokerVersion(each.Key, [.. each.Select(node => node.Broker.Id).Order()]))],
        };
    }

    /// <summary>
    /// Partitions with fewer replicas in sync than their topic asks for. Only topics that lack one can have such, so only their configs
    /// are read, and no more than a bounded number of them.
    /// </summary>
    private static async Task<int?> UnderMinIsrAsync(ConsoleCluster cluster, ClusterApis apis, ClusterTopics topics)
    {
        if (!apis.Has(ApiKey.DescribeConfigs))
        {
            return null;
        }

        var doubtful = topics.All.Where(topic => topic.Partitions.Any(ClusterTopics.IsUnderReplicated)).Take(MinIsrTopicsMax).ToArray();
        if (doubtful.Length == 0)
        {
            return 0;
        }

        var configs = await cluster.Admin.DescribeConfigsAsync([.. doubtful.Select(topic => ConfigResource.Topic(topic.Name))]);
        return doubtful.Zip(configs).Sum(pair =>
            pair.Second.Entries.FirstOrDefault(entry => entry.Name == "min.insync.replicas") is { Value: { } text }
                && int.TryParse(text, out var least)
                ? pair.First.Partitions.Count(partition => partition.Isr.Count < least)
                : 0);
    }

    /// <summary>The session that znodes are read by, and the sessions of the brokers, which own their registrations.</summary>
    private static async Task<ZooKeeperView> ZooKeeperAsync(Func<string, Task<ZnodeReading>> read, ClusterDescription description)
    {
        try
        {
            var brokers = await read("/brokers/ids");
            var sessions = new List<BrokerSession>();
            foreach (var node in description.Nodes.Where(node => brokers.Children.Contains($"{node.Id}")))
            {
                var registration = (await read($"/brokers/ids/{node.Id}")).Data.Stat;
                sessions.Add(new(node.Id, $"0x{registration.EphemeralOwner:x}", registration.CtimeMs));
            }

            return new("Connected", $"0x{brokers.SessionId:x}", sessions);
        }
        catch (Exception lost) when (lost is ZooKeeperException or ApiException)
        {
            return new(lost.Message, null, []);
        }
    }

    /// <summary>A broker does not tell its version: what it serves tells which one it can be at least.</summary>
    private static string Generation(IReadOnlyList<Rpc.ApiVersionRange> apis)
    {
        bool Has(ApiKey api, short version = 0) => apis.Any(range => range.ApiKey == (short)api && range.MaxVersion >= version);
        return Has(ApiKey.Fetch, 17) ? "3.9 or later"
            : Has(ApiKey.Fetch, 16) ? "3.7 or later"
            : Has(ApiKey.Fetch, 15) ? "3.5 or later"
            : Has(ApiKey.Fetch, 13) ? "3.1 or later"
            : Has(ApiKey.Fetch, 12) ? "2.7 or later"
            : Has(ApiKey.Fetch, 11) ? "2.3 or later"
            : Has(ApiKey.Fetch, 7) ? "1.1 or later"
            : Has(ApiKey.Fetch, 4) ? "0.11 or later"
            : "before 0.11";
    }

    /// <summary>The answer. Counts that the cluster cannot tell are null.</summary>
    internal sealed record Overview
    {
        public string? ClusterId { get; init; }

        public int ControllerId { get; init; }

        public int Brokers { get; init; }

        public required IReadOnlyList<UnreachableBroker> Unreachable { get; init; }

        public int Topics { get; init; }

        public int Partitions { get; init; }

        public int Replicas { get; init; }

        public int UnderReplicated { get; init; }

        public int Offline { get; init; }

        public int NotPreferred { get; init; }

        public int? UnderMinIsr { get; init; }

        public int? Groups { get; init; }

        public long? Bytes { get; init; }

        public required IReadOnlyList<string> OfflineDirectories { get; init; }

        public ZooKeeperView? ZooKeeper { get; init; }

        public required IReadOnlyList<BrokerVersion> Versions { get; init; }
    }

    /// <summary>A broker that is registered and does not answer.</summary>
    internal sealed record UnreachableBroker(int Id, string Reason);

    /// <summary>Brokers of one generation.</summary>
    internal sealed record BrokerVersion(string Version, IReadOnlyList<int> Brokers);

    /// <summary>The session with ZooKeeper that znodes are read by, and those of the brokers.</summary>
    internal sealed record ZooKeeperView(string State, string? SessionId, IReadOnlyList<BrokerSession> Brokers);

    /// <summary>The session that owns a broker's registration.</summary>
    internal sealed record BrokerSession(int BrokerId, string SessionId, long SinceMs);
}
