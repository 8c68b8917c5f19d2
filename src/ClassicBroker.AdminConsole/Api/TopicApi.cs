using ClassicBroker.AdminConsole.Clusters;
using ClassicBroker.AdminConsole.Http;
using ClassicBroker.Client;
using ClassicBroker.Primitives;
using ClassicBroker.Protocol;

namespace ClassicBroker.AdminConsole.Api;

/// <summary>One topic: partitions, configs, the groups that read it; more partitions, and records deleted. Stateless.</summary>
internal static class TopicApi
{
    private const int GroupsLookedAtMax = 200;

    /// <summary>As of DeleteRecords: everything there is.</summary>
    private const long DeleteToEnd = -1;

    public static void AddTo(ConsoleRoutes routes)
    {
        routes.Get("/api/topic", "A topic with its partitions and offsets", "name", ConsoleJson.Default.TopicView, ShowAsync);
        routes.Get("/api/topic/configs", "Configs of a topic", "name", ConsoleJson.Default.ConfigList, ConfigsAsync);
        routes.Post("/api/topic/configs", ConsoleRole.Operator, "Changes configs of a topic", ConsoleJson.Default.TopicConfigOrder,
            AlterAsync);
        routes.Post("/api/topic/partitions", ConsoleRole.Operator, "Adds partitions", ConsoleJson.Default.PartitionOrder,
            AddPartitionsAsync);
        routes.Post(
            "/api/topic/truncate", ConsoleRole.Admin, "Deletes records: all, or those of a partition before an offset; confirm is the name",
            ConsoleJson.Default.Truncation, ConsoleJson.Default.Outcomes, TruncateAsync);
        routes.Post("/api/topic/elect", ConsoleRole.Operator, "Lets the preferred replicas lead", ConsoleJson.Default.TopicName,
            ConsoleJson.Default.Outcomes, ElectAsync);
        routes.Get("/api/topic/groups", "Groups that have offsets of a topic, with their lag", "name", ConsoleJson.Default.TopicGroups,
            GroupsAsync);
    }

    private static async Task<TopicView> ShowAsync(ConsoleCall call)
    {
        var topic = await call.Cluster.TopicAsync(call.Required("name"));
        var sizes = await call.Cluster.SizesAsync();
        var partitions = topic.Partitions.Select(each => new TopicPartition(topic.Name, each.Partition)).ToArray();
        var starts = await call.Cluster.OffsetsAsync(partitions, ConsoleCluster.Earliest);
        var ends = await call.Cluster.OffsetsAsync(partitions, ConsoleCluster.Latest);
        var rows = topic.Partitions.Select(each => Row(new(topic.Name, each.Partition), each, sizes, starts, ends)).ToArray();
        return new TopicView
        {
            Name = topic.Name,
            Id = topic.Id.ToString(),
            IsInternal = topic.IsInternal,
            Bytes = sizes.OfTopic(topic.Name),
            Records = rows.Sum(row => row.End is { } end && row.Start is { } start ? end - start : 0),
            RecordsPerSecond = call.Services.Sampler.RateOf(topic.Name),
            Partitions = rows,
        };
    }

    private static PartitionRow Row(
        TopicPartition partition, PartitionDescription description, ClusterSizes sizes,
        IReadOnlyDictionary<TopicPartition, long> starts, IReadOnlyDictionary<TopicPartition, long> ends) => new()
        {
            Partition = description.Partition,
            Leader = description.Leader < 0 ? null : description.Leader,
            LeaderEpoch = description.LeaderEpoch < 0 ? null : description.LeaderEpoch,
            Replicas = description.Replicas,
            Isr = description.Isr,
            Start = starts.TryGetValue(partition, out var start) ? start : null,
            End = ends.TryGetValue(partition, out var end) ? end : null,
            Bytes = sizes.OfPartition(partition),
        };

    private static async Task<BrokersApi.ConfigList> ConfigsAsync(ConsoleCall call)
    {
        await call.Cluster.RequireAsync(ApiKey.DescribeConfigs);
        var resource = ConfigResource.Topic(call.Required("name"));
        var described = (await call.Cluster.Admin.DescribeConfigsAsync([resource], includeSynonyms: true))[0];
        return described.Failure is { } failure ? throw failure : new([.. described.Entries.Select(ConfigRow.Of)]);
    }

    private static Task AlterAsync(ConsoleCall call, TopicConfigOrder order) =>
        new ConfigOrder(order.Changes, order.DryRun).CarryOutAsync(call, ConfigResource.Topic(order.Name));

    private static async Task AddPartitionsAsync(ConsoleCall call, PartitionOrder order)
    {
        await call.Cluster.RequireAsync(ApiKey.CreatePartitions);
        (await call.Cluster.Admin.CreatePartitionsAsync(order.Name, order.Total, validateOnly: order.DryRun)).ThrowIfFailed();
        if (!order.DryRun)
        {
            call.Cluster.Forget();
            call.Audit("add partitions", $"{order.Name}: {order.Total} in all");
            await call.Cluster.AwaitTopicAsync(order.Name, order.Total);
        }
    }

    private static async Task<Outcomes> TruncateAsync(ConsoleCall call, Truncation order)
    {
        ConsoleCall.RequireConfirmation(order.Confirm, order.Name);
        await call.Cluster.RequireAsync(ApiKey.DeleteRecords);
        var topic = await call.Cluster.TopicAsync(order.Name);
        var before = topic.Partitions
            .Where(each => order.Partition is not { } one || each.Partition == one)
            .ToDictionary(each => new TopicPartition(topic.Name, each.Partition), _ => order.BeforeOffset ?? DeleteToEnd);
        if (before.Count == 0)
        {
            throw ApiException.NotFound($"{topic.Name} has no partition {order.Partition}.");
        }

        var results = await call.Cluster.Admin.DeleteRecordsAsync(before);
        call.Cluster.Forget();
        call.Audit("delete records",
            $"{order.Name} partition {order.Partition?.ToString() ?? "all"} before {order.BeforeOffset?.ToString() ?? "the end"}");
        return Outcomes.Of(results.Select(result => (result.Partition.ToString(), result.Failure)));
    }

    private static async Task<Outcomes> ElectAsync(ConsoleCall call, TopicName order)
    {
        await call.Cluster.RequireAsync(ApiKey.ElectLeaders);
        var topic = await call.Cluster.TopicAsync(order.Name);
        var results = await call.Cluster.Admin.ElectLeadersAsync(
            ElectionType.Preferred, [.. topic.Partitions.Select(each => new TopicPartition(topic.Name, each.Partition))]);
        call.Cluster.Forget();
        call.Audit("elect preferred leaders", order.Name);
        return Outcomes.Of(results
            .Where(result => result.Failure?.Code != ErrorCode.ElectionNotNeeded)
            .Select(result => (result.Partition.ToString(), result.Failure)));
    }

    private static async Task<TopicGroups> GroupsAsync(ConsoleCall call)
    {
        var topic = await call.Cluster.TopicAsync(call.Required("name"));
        await call.Cluster.RequireAsync(ApiKey.ListGroups);
        var groups = (await call.Cluster.GroupsAsync()).ThrowIfFailed();
        var ends = await call.Cluster.OffsetsAsync(
            topic.Partitions.Select(each => new TopicPartition(topic.Name, each.Partition)), ConsoleCluster.Latest);
        var rows = new List<TopicGroup>();
        foreach (var group in groups.Take(GroupsLookedAtMax))
        {
            var offsets = await call.Cluster.Admin.ListGroupOffsetsAsync(group.GroupId);
            var lag = new GroupLag(offsets.Where(offset => offset.Key.Topic == topic.Name).ToDictionary(), ends);
            if (lag.Offsets.Count > 0)
            {
                rows.Add(new(group.GroupId, group.State, lag.Offsets.Count, lag.Total));
            }
        }

        return new(rows, groups.Count > GroupsLookedAtMax ? groups.Count - GroupsLookedAtMax : 0);
    }

    /// <summary>A topic. What is not known is null.</summary>
    internal sealed record TopicView
    {
        public required string Name { get; init; }

        public required string Id { get; init; }

        public bool IsInternal { get; init; }

        public long? Bytes { get; init; }

        public long Records { get; init; }

        public double? RecordsPerSecond { get; init; }

        public required IReadOnlyList<PartitionRow> Partitions { get; init; }
    }

    /// <summary>A partition. Offsets are null where it has no leader.</summary>
    internal sealed record PartitionRow
    {
        public required int Partition { get; init; }

        public int? Leader { get; init; }

        public int? LeaderEpoch { get; init; }

        public required IReadOnlyList<int> Replicas { get; init; }

        public required IReadOnlyList<int> Isr { get; init; }

        public long? Start { get; init; }

        public long? End { get; init; }

        public long? Bytes { get; init; }
    }

    /// <summary>Changes to a topic's configs.</summary>
    internal sealed record TopicConfigOrder(string Name, IReadOnlyDictionary<string, string?>? Changes, bool DryRun);

    /// <summary>How many partitions a topic is to have.</summary>
    internal sealed record PartitionOrder(string Name, int Total, bool DryRun);

    /// <summary>Which records to delete.</summary>
    internal sealed record Truncation(string Name, int? Partition, long? BeforeOffset, string? Confirm);

    /// <summary>Names a topic.</summary>
    internal sealed record TopicName(string Name);

    /// <summary>Groups that read a topic, and how many groups were not looked at.</summary>
    internal sealed record TopicGroups(IReadOnlyList<TopicGroup> Groups, int NotLookedAt);

    /// <summary>A group that reads a topic.</summary>
    internal sealed record TopicGroup(string GroupId, string State, int Partitions, long Lag);
}
