using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>The brokers: what they lead and hold, their log directories, their configs. Stateless.</summary>
internal static class BrokersApi
{
    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get("/api/brokers", "The live brokers", "", ConsoleJson.Default.BrokerList, ListAsync);
        routes.Get("/api/broker", "A broker with its log directories", "id", ConsoleJson.Default.BrokerView, ShowAsync);
        routes.Get("/api/broker/configs", "Configs of a broker; sensitive values are hidden", "id", ConsoleJson.Default.ConfigList,
            ConfigsAsync);
        routes.Post(
            "/api/broker/configs", ConsoleRole.Admin, "Changes dynamic configs of a broker; of all brokers without an id",
            ConsoleJson.Default.BrokerConfigOrder, AlterAsync);
    }

    private static async Task<BrokerList> ListAsync(ConsoleCall call)
    {
        var cluster = call.Cluster;
        var description = await cluster.DescriptionAsync();
        var topics = await cluster.TopicsAsync();
        var sizes = await cluster.SizesAsync();
        var rows = description.Nodes.Select(node => Row(node, description, topics, sizes)).ToArray();
        return new(rows, Skew(rows, row => row.Leaders), Skew(rows, row => row.Replicas));
    }

    private static BrokerRow Row(BrokerNode node, ClusterDescription description, ClusterTopics topics, ClusterSizes sizes)
    {
        var (leaders, replicas, outOfSync) = (0, 0, 0);
        foreach (var partition in topics.All.SelectMany(topic => topic.Partitions))
        {
            leaders += partition.Leader == node.Id ? 1 : 0;
            if (partition.Replicas.Contains(node.Id))
            {
                replicas++;
                outOfSync += partition.Isr.Contains(node.Id) ? 0 : 1;
            }
        }

        var directories = sizes.Directories.Where(directory => directory.BrokerId == node.Id && directory.TotalBytes >= 0).ToArray();
        return new BrokerRow
        {
            Id = node.Id,
            Host = node.Host,
            Port = node.Port,
            Rack = node.Rack,
            IsController = node.Id == description.ControllerId,
            Leaders = leaders,
            Replicas = replicas,
            OutOfSync = outOfSync,
            Bytes = sizes.OfBroker(node.Id),
            DiskTotalBytes = directories.Length > 0 ? directories.Max(directory => directory.TotalBytes) : null,
            DiskFreeBytes = directories.Length > 0 ? directories.Min(directory => directory.UsableBytes) : null,
        };
    }

    /// <summary>How far the broker with the most is above the average, in percent.</summary>
    private static double Skew(IReadOnlyList<BrokerRow> rows, Func<BrokerRow, int> count)
    {
        var average = rows.Count == 0 ? 0 : rows.Average(count);
        return average == 0 ? 0 : Math.Round(100 * ((rows.Max(count) / average) - 1), 1);
    }

    private static async Task<BrokerView> ShowAsync(ConsoleCall call)
    {
        var id = (int)call.Number("id", -1, 0, int.MaxValue);
        var list = await ListAsync(call);
        var row = list.Rows.FirstOrDefault(broker => broker.Id == id)
            ?? throw ApiException.NotFound(
                $"Broker {id} is not among the live brokers: {string.Join(", ", list.Rows.Select(each => each.Id))}.");
        var sizes = await call.Cluster.SizesAsync();
        return new BrokerView(row, [.. sizes.Directories.Where(directory => directory.BrokerId == id).Select(Directory)]);
    }

    private static DirectoryView Directory(LogDirDescription directory) => new(
        directory.Path,
        directory.Failure?.Code.WireName(),
        directory.Replicas.Count,
        directory.Replicas.Sum(replica => replica.Size),
        directory.TotalBytes < 0 ? null : directory.TotalBytes,
        directory.UsableBytes < 0 ? null : directory.UsableBytes,
        directory.Replicas.Count(replica => replica.IsFuture),
        [.. directory.Replicas.OrderByDescending(replica => replica.Size).Take(20)
            .Select(replica => new ReplicaView(replica.Partition.Topic, replica.Partition.Partition, replica.Size, replica.OffsetLag))]);

    private static async Task<ConfigList> ConfigsAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.DescribeConfigs);
        var id = (int)call.Number("id", -1, 0, int.MaxValue);
        var resource = ConfigResource.Broker(id < 0 ? null : id);
        var described = (await call.Cluster.Admin.DescribeConfigsAsync([resource], includeSynonyms: true))[0];
        return described.Failure is { } failure ? throw failure : new([.. described.Entries.Select(ConfigRow.Of)]);
    }

    private static Task AlterAsync(ConsoleCall call, BrokerConfigOrder order) =>
        new ConfigOrder(order.Changes, order.DryRun).CarryOutAsync(call, ConfigResource.Broker(order.Id));

    /// <summary>The brokers, and how unevenly they are loaded.</summary>
    internal sealed record BrokerList(IReadOnlyList<BrokerRow> Rows, double LeaderSkewPercent, double ReplicaSkewPercent);

    /// <summary>A broker. What it does not tell is null.</summary>
    internal sealed record BrokerRow
    {
        public required int Id { get; init; }

        public required string Host { get; init; }

        public required int Port { get; init; }

        public string? Rack { get; init; }

        public bool IsController { get; init; }

        public int Leaders { get; init; }

        public int Replicas { get; init; }

        public int OutOfSync { get; init; }

        public long? Bytes { get; init; }

        public long? DiskTotalBytes { get; init; }

        public long? DiskFreeBytes { get; init; }
    }

    /// <summary>A broker with its log directories.</summary>
    internal sealed record BrokerView(BrokerRow Broker, IReadOnlyList<DirectoryView> Directories);

    /// <summary>A log directory with its largest replicas.</summary>
    internal sealed record DirectoryView(
        string Path, string? Error, int Replicas, long Bytes, long? TotalBytes, long? FreeBytes, int Moving,
        IReadOnlyList<ReplicaView> Largest);

    /// <summary>A replica in a log directory.</summary>
    internal sealed record ReplicaView(string Topic, int Partition, long Bytes, long OffsetLag);

    /// <summary>Configs, by key.</summary>
    internal sealed record ConfigList(IReadOnlyList<ConfigRow> Configs);

    /// <summary>Changes to one broker, or without an id to all.</summary>
    internal sealed record BrokerConfigOrder(int? Id, IReadOnlyDictionary<string, string?>? Changes, bool DryRun);
}
